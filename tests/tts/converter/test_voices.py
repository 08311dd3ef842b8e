from pathlib import Path

import pytest

from voicebot.errors import ConfigError, NotFoundError
from voicebot.tts.converter.voices import VoiceFolder

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "voices"
    folder.mkdir()
    for name in ("mina.pth", "jun.wav", "notes.txt"):
        (folder / name).touch()
    (tmp_path / "secret.pth").touch()
    (tmp_path / "own.pth").touch()
    return folder


def test_voices_are_the_embeddings_and_recordings_and_the_own_one(folder: Path) -> None:
    voices = VoiceFolder(folder, folder.parent / "own.pth")
    assert {voice.id for voice in voices.list()} == {"own", "mina", "jun"}
    assert voices.find("mina") == folder / "mina.pth"
    assert voices.find("jun") == folder / "jun.wav"
    assert voices.find(None) == folder.parent / "own.pth"


def test_a_path_is_a_voice_only_where_it_is_one_of_them(folder: Path) -> None:
    voices = VoiceFolder(folder, folder.parent / "own.pth")
    assert voices.find(str(folder / "mina.pth")) == folder / "mina.pth"
    assert voices.find(str(folder.parent / "own.pth")) == folder.parent / "own.pth"
    for path in (str(folder.parent / "secret.pth"), "../secret", "../secret.pth", "/etc/passwd", "notes"):
        with pytest.raises(NotFoundError) as caught:
            voices.find(path)
        assert str(folder.parent) not in caught.value.message


def test_the_version_changes_with_the_voices(folder: Path) -> None:
    voices = VoiceFolder(folder)
    before = voices.version()
    assert voices.version() == before
    (folder / "notes.txt").write_text("no voice")
    assert voices.version() == before
    (folder / "mina.pth").write_bytes(b"another")
    changed = voices.version()
    assert changed != before
    (folder / "jun.wav").unlink()
    assert voices.version() not in (before, changed)


def test_no_voice_at_all_is_a_setting_that_is_missing() -> None:
    with pytest.raises(ConfigError, match="no voice to imitate"):
        VoiceFolder().find(None)
