from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.clip import Clip
from voicebot.audio.wav import read_audio
from voicebot.errors import ConfigError
from voicebot.tts.play import find_player, play

pytestmark = pytest.mark.unit

CLIP = Clip(np.full(800, 1000, dtype=np.int16), 8000)


def test_first_player_that_is_there_is_used() -> None:
    assert find_player(lambda name: "/bin/ffplay" if name == "ffplay" else None)[0] == "/bin/ffplay"
    assert find_player(lambda name: f"/bin/{name}") == ("/bin/aplay", "-q")


def test_no_player_is_told_with_what_to_do() -> None:
    with pytest.raises(ConfigError, match="nothing here can play") as caught:
        find_player(lambda name: None)
    assert "aplay" in str(caught.value.hint)


def program(folder: Path, body: str) -> tuple[str, ...]:
    path = folder / "player"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return (str(path),)


def test_player_gets_a_wav(tmp_path: Path) -> None:
    play(CLIP, program(tmp_path, f'cp "$1" {tmp_path}/heard.wav'))
    assert read_audio(tmp_path / "heard.wav").samples.tolist() == CLIP.samples.tolist()


def test_player_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="player ended with 3"):
        play(CLIP, program(tmp_path, "exit 3"))
