import io
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.audio.clip import Clip, Encoding, mulaw_decode, mulaw_encode
from voicebot.audio.wav import check_connect_prompt, read_audio, wav_bytes, write_audio, write_stereo_wav
from voicebot.errors import InputError

pytestmark = pytest.mark.unit


def tone(sample_rate_hz: int = 8000, duration_s: float = 0.5, hz: float = 440.0) -> Clip:
    at_s = np.arange(round(sample_rate_hz * duration_s)) / sample_rate_hz
    return Clip((10000 * np.sin(2 * np.pi * hz * at_s)).astype(np.int16), sample_rate_hz)


# Reading


@pytest.mark.parametrize("sample_rate_hz", [8000, 11025, 22050, 44100, 48000])
def test_wav_comes_back_as_it_was(sample_rate_hz: int) -> None:
    clip = read_audio(wav_bytes(tone(sample_rate_hz)))
    assert clip.sample_rate_hz == sample_rate_hz
    assert np.array_equal(clip.samples, tone(sample_rate_hz).samples)


def test_channels_are_mixed(tmp_path: Path) -> None:
    write_stereo_wav(tmp_path / "call.wav", tone(), Clip(np.zeros(10, dtype=np.int16), 8000))
    assert np.max(np.abs(read_audio(tmp_path / "call.wav").samples - tone().samples / 2)) <= 0.5


def test_float_beyond_full_scale_is_cut(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "loud.wav", np.array([2.0, -2.0, 0.5]), 8000, subtype="FLOAT")
    assert read_audio(tmp_path / "loud.wav").samples.tolist() == [32767, -32768, 16384]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"RIFF", "not an audio file"),
        ("안녕하세요".encode() * 100, "not an audio file"),
        (b'{"error": "quota"}', "not an audio file"),
        (wav_bytes(Clip(np.zeros(0, dtype=np.int16), 8000)), "no sound in it"),
    ],
)
def test_file_that_is_not_audio_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_audio(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.wav: there is no such file"):
        read_audio(tmp_path / "gone.wav")


def test_folder_is_not_audio(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=tmp_path.name):
        read_audio(tmp_path)


# Writing


def test_mulaw_wav_is_what_connect_wants() -> None:
    data = wav_bytes(tone(duration_s=0.1001), "mulaw")
    assert data[:4] + data[8:16] == b"RIFFWAVEfmt "
    assert struct.unpack_from("<IHHIIHHH", data, 16) == (18, 7, 1, 8000, 8000, 1, 8, 0)
    assert data[38:42] == b"fact"
    assert struct.unpack_from("<II", data, 42) == (4, 801)
    assert struct.unpack_from("<4sI", data, 50) == (b"data", 801)
    assert len(data) % 2 == 0
    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)
    assert check_connect_prompt(data) == []


def test_mulaw_wav_is_read_by_libsndfile() -> None:
    with soundfile.SoundFile(io.BytesIO(wav_bytes(tone(), "mulaw"))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (8000, 1, "ULAW")
        assert np.array_equal(file.read(dtype="int16"), mulaw_decode(mulaw_encode(tone().samples)))


@pytest.mark.parametrize(("suffix", "loss"), [("wav", 0), ("flac", 0), ("ogg", 800), ("mp3", 800)])
def test_extension_chooses_the_kind(tmp_path: Path, suffix: str, loss: int) -> None:
    path = tmp_path / f"out.{suffix}"
    clip = tone(24000, 20.0)
    write_audio(path, clip)
    back = read_audio(path)
    assert back.sample_rate_hz == 24000
    assert back.duration_s == pytest.approx(20.0, abs=0.1)
    middle = slice(24000, 48000)
    assert np.max(np.abs(back.samples[middle].astype(int) - clip.samples[middle])) <= loss
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("name", ["out.aac", "out"])
def test_other_extension_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        write_audio(tmp_path / name, tone())
    assert ".flac" in str(caught.value.hint)


def test_rate_that_the_kind_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mp3 files cannot hold audio at 9000 Hz"):
        write_audio(tmp_path / "out.mp3", tone(9000))


def test_rates_of_the_kind_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_audio(tmp_path / "out.opus", tone(22050))
    assert caught.value.hint == "use a rate of 8000, 12000, 16000, 24000, 48000 Hz, or .wav"
    write_audio(tmp_path / "out.opus", tone(48000))


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "target.wav")
    write_audio(tmp_path / "link.wav", tone())
    assert (tmp_path / "link.wav").is_symlink()
    assert (tmp_path / "target.wav").is_file()


def test_sides_of_a_call_are_filled_to_one_length(tmp_path: Path) -> None:
    write_stereo_wav(tmp_path / "call.wav", tone(duration_s=0.5), tone(duration_s=1.0, hz=300))
    samples, sample_rate_hz = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert (samples.shape, sample_rate_hz) == ((8000, 2), 8000)
    assert np.array_equal(samples[:4000, 0], tone().samples)
    assert not samples[4000:, 0].any()
    assert np.array_equal(samples[:, 1], tone(duration_s=1.0, hz=300).samples)


def test_sides_of_different_rates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="8000 Hz and right 16000 Hz"):
        write_stereo_wav(tmp_path / "call.wav", tone(), tone(16000))


# Disks that refuse

PROGRAM = """
import os, resource, sys
import numpy as np
from voicebot.audio.clip import Clip
from voicebot.audio.wav import write_audio
from voicebot.errors import VoicebotError
if sys.argv[2] == "limited":
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
if os.geteuid() == 0:  # root may write anywhere; here and not before the start, because Python may lie in root's home
    os.setuid(65534 if sys.argv[2] == "nobody" else 0)
try:
    write_audio(sys.argv[1], Clip(np.ones(100_000, dtype=np.int16), 8000))
except VoicebotError as exc:
    print(type(exc).__name__, exc.message, "|", exc.hint)
"""


def write_elsewhere(path: Path, process: str) -> str:
    """Return the error of writing 200 kB in a process that is "limited", "nobody" or "plain"."""
    command = [sys.executable, "-c", PROGRAM, str(path), process]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    write_audio(path, tone())
    before = path.read_bytes()
    error = write_elsewhere(path, "limited")
    assert error.startswith(f"StorageError {path}")
    assert "| None" not in error
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "full.wav").symlink_to("/dev/full")
    assert write_elsewhere(tmp_path / "full.wav", "plain").startswith("StorageError")
    assert Path("/dev/full").is_char_device()


def test_read_only_folder_is_a_matter_of_configuration() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o555)
        error = write_elsewhere(Path(name) / "out.wav", "nobody")
        assert error.startswith(f"ConfigError {name}")
        assert "| None" not in error
        assert os.listdir(name) == []
        os.chmod(name, 0o755)


# What Connect plays

GOOD = wav_bytes(tone(), "mulaw")


def changed(at: int, form: str, value: int) -> bytes:
    data = bytearray(GOOD)
    struct.pack_into(form, data, at, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"ID3\x04 this is an mp3", "not a RIFF"),
        (GOOD[:11], "not a RIFF"),
        (GOOD[:30], "no format chunk"),
        (changed(20, "<H", 1), "format tag 1 (PCM)"),
        (changed(20, "<H", 6), "format tag 6 (A-law)"),
        (changed(22, "<H", 2), "2 channels"),
        (changed(24, "<I", 16000), "16000 Hz"),
        (changed(34, "<H", 16), "16 bits"),
        (changed(4, "<I", 0xFFFFFFFF), "the header says 4,294,967,303 bytes"),
        (changed(54, "<I", 0x7FFFFFFF), "the header says 2,147,483,647 bytes of audio"),
        (GOOD[:-100], "the header says"),
        (wav_bytes(Clip(np.zeros(0, dtype=np.int16), 8000), "mulaw"), "no audio"),
        (wav_bytes(Clip(np.zeros(8000 * 300, dtype=np.int16), 8000), "mulaw"), "300 s long"),
        (wav_bytes(Clip(np.zeros(50_000_000, dtype=np.int16), 8000), "mulaw"), "the limit is 50,000,000"),
    ],
)
def test_reason_why_connect_would_not_play_it(data: bytes, reason: str) -> None:
    assert any(reason in text for text in check_connect_prompt(data)), check_connect_prompt(data)


@pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw"])
def test_all_reasons_are_given_at_once(encoding: Encoding) -> None:
    reasons = check_connect_prompt(wav_bytes(tone(16000), encoding))
    assert len(reasons) == (1 if encoding == "mulaw" else 3)


def test_prompt_with_more_chunks_is_fine() -> None:
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    data = GOOD[:12] + extra + GOOD[12:]
    assert check_connect_prompt(data[:4] + struct.pack("<I", len(data) - 8) + data[8:]) == []


def test_prompt_is_read_from_a_file(tmp_path: Path) -> None:
    write_audio(tmp_path / "prompt.wav", tone(), "mulaw")
    assert check_connect_prompt(tmp_path / "prompt.wav") == []
    with pytest.raises(InputError, match="gone"):
        check_connect_prompt(tmp_path / "gone.wav")
