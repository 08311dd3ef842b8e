from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.errors import InputError, NotFoundError
from voicebot.tts.reference import load_reference

pytestmark = pytest.mark.unit


def recording(path: Path, rate_hz: int = 24000, duration_s: float = 5.0, level: float = 0.3, **more: object) -> Path:
    at_s = np.arange(round(rate_hz * duration_s)) / rate_hz
    sound = level * np.sin(2 * np.pi * 180 * at_s) * np.abs(np.sin(np.pi * 2 * at_s))
    soundfile.write(path, np.clip(sound, -1, 1), rate_hz, **more)
    return path


@pytest.mark.parametrize(
    "more", [{}, {"rate_hz": 16000}, {"rate_hz": 48000, "subtype": "PCM_24"}, {"duration_s": 29}, {"subtype": "FLOAT"}]
)
def test_good_recording_is_taken_whole(tmp_path: Path, more: dict[str, object]) -> None:
    path = recording(tmp_path / "a.wav", **more)  # type: ignore[arg-type]
    assert load_reference(path).data == path.read_bytes()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"rate_hz": 8000}, "8,000 Hz is too low"),
        ({"duration_s": 2.5}, r"2\.5 s long; it must be 3 to 30 s"),
        ({"duration_s": 31}, r"31\.0 s long"),
        ({"level": 0.0}, "silent .*no sound in it"),
        ({"level": 0.002}, "far too quiet"),
        ({"level": 5.0}, "clipped"),
    ],
)
def test_bad_recording_is_refused_with_the_reason(tmp_path: Path, more: dict[str, float], reason: str) -> None:
    path = recording(tmp_path / "a.wav", **more)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=reason) as caught:
        load_reference(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"8,000 Hz.*1\.0 s long.*clipped"):
        load_reference(recording(tmp_path / "a.wav", rate_hz=8000, duration_s=1, level=5))


def test_long_silence_around_a_word_is_not_enough(tmp_path: Path) -> None:
    sound = np.zeros(24000 * 6)
    sound[24000:36000] = 0.5 * np.sin(np.arange(12000) / 20)
    soundfile.write(tmp_path / "a.wav", sound, 24000)
    with pytest.raises(InputError, match=r"only 0\.5 s of it are not silent"):
        load_reference(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a WAV file"):
        load_reference(recording(tmp_path / name))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"text", b"RIFF1234WAVEjunk"])
def test_what_is_no_audio_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(InputError):
        load_reference(tmp_path / "a.wav")


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_reference(tmp_path / "a.wav")
