from pathlib import Path

import pytest

from voicebot.errors import ConfigError
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.registry import build_engine, load_object

pytestmark = pytest.mark.unit


def test_engine_is_built_by_name() -> None:
    assert build_engine("local", LocalTtsSettings()).info.name == "local"


def test_unknown_engine_lists_the_names() -> None:
    with pytest.raises(ConfigError, match="'parrot'") as caught:
        build_engine("parrot", None)
    assert "local" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("extra", "hint"), [("parrot", "pip install 'voicebot[parrot]'"), (None, "pip install parrot_sdk")]
)
def test_missing_package_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str | None, hint: str
) -> None:
    (tmp_path / "parrot_adapter.py").write_text("import parrot_sdk.speech\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="ParrotTts needs the package parrot_sdk") as caught:
        load_object("parrot_adapter:ParrotTts", extra=extra)
    assert caught.value.hint == hint


def test_missing_module_of_our_own_is_a_bug() -> None:
    with pytest.raises(ModuleNotFoundError):
        load_object("voicebot.tts.engines.nowhere:Nobody")


def test_a_class_that_its_module_does_not_have_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"voicebot\.errors:Nobody: the module has no 'Nobody'"):
        load_object("voicebot.errors:Nobody")
