from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from voicebot.errors import ConfigError
from voicebot.settings.load import load
from voicebot.tts.converter.assembly import build_hosted

pytestmark = pytest.mark.unit


def test_checkpoints_that_are_not_set_or_not_there_are_told_before_anything_starts(tmp_path: Path) -> None:
    for folder, problem in ((None, "there are no checkpoints"), (tmp_path, "there is no config.json in")):
        server = load(env={}, overrides={"speech_server.checkpoints": folder}).speech_server
        with pytest.raises(ConfigError, match=problem) as caught:
            build_hosted(FakeTts(), server, None)
        assert "speech_server.checkpoints" in str(caught.value.hint)


def test_the_converter_folder_of_the_unpacked_archive_is_found(tmp_path: Path) -> None:
    if find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed; pip install 'voicebot[openvoice]'")
    (tmp_path / "converter").mkdir()
    for name in ("config.json", "checkpoint.pth"):
        (tmp_path / "converter" / name).touch()
    server = load(env={}, overrides={"speech_server.checkpoints": tmp_path}).speech_server
    info = build_hosted(FakeTts(), server, None).info
    assert (info.name, info.takes_reference, info.sample_rates_hz) == ("openvoice", True, (22050,))
    assert str(tmp_path / "converter") in info.version
