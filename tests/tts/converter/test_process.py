"""The true conversion, in its own process: loaded from a folder, killed, hung, replaced."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.clip import Clip
from voicebot.audio.measure import rms_dbfs
from voicebot.audio.wav import wav_bytes
from voicebot.errors import ConfigError, EngineError, InputError
from voicebot.tts.converter.process import ConverterProcesses
from voicebot.tts.converter.task import Options

pytestmark = pytest.mark.system


def speech(duration_s: float = 0.7, rate_hz: int = 16000, hz: float = 150) -> Clip:
    at_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    voice = sum(np.sin(2 * np.pi * hz * n * at_s) / n for n in range(1, 10)) * np.abs(np.sin(8 * at_s))
    return Clip((6000 * voice).astype(np.int16), rate_hz)


@pytest.fixture(scope="module")
def converter(checkpoints: Path) -> Iterator[ConverterProcesses]:
    converter = ConverterProcesses(Options(checkpoints / "converter"), convert_s=120.0)
    yield converter
    converter.close()
    assert converter.pids() == []


@pytest.mark.parametrize("duration_s", [0.05, 0.7])
def test_speech_keeps_its_length_and_gets_the_converters_rate(
    converter: ConverterProcesses, checkpoints: Path, duration_s: float
) -> None:
    clip = converter.convert(speech(duration_s), checkpoints / "ses" / "mina.pth")
    assert clip.sample_rate_hz == 22050
    assert clip.duration_s == pytest.approx(duration_s, abs=0.001)
    assert rms_dbfs(clip) > -60


def test_the_target_decides_the_voice_and_the_same_request_gives_the_same_audio(
    converter: ConverterProcesses, checkpoints: Path
) -> None:
    mina, jun = (checkpoints / "ses" / f"{name}.pth" for name in ("mina", "jun"))
    first, again, other = (converter.convert(speech(), target).samples for target in (mina, mina, jun))
    assert np.array_equal(first, again)
    assert np.max(np.abs(first.astype(int) - other.astype(int))) > 100


def test_an_embedding_may_be_sent_and_a_recording_may_be_imitated(
    converter: ConverterProcesses, checkpoints: Path
) -> None:
    path = checkpoints / "ses" / "mina.pth"
    sent = converter.convert(speech(), path.read_bytes())
    assert np.array_equal(sent.samples, converter.convert(speech(), path).samples)
    imitated = converter.convert(speech(), wav_bytes(speech(3.0, 24000, 220)))
    assert not np.array_equal(sent.samples, imitated.samples)


def test_what_is_neither_is_refused_and_the_process_goes_on(converter: ConverterProcesses, checkpoints: Path) -> None:
    converter.start()
    pids = converter.pids()
    for target in (b"noise", b"PK\x03\x04 no embedding", checkpoints / "converter" / "checkpoint.pth"):
        with pytest.raises(InputError):
            converter.convert(speech(), target)
    assert converter.pids() == pids
    assert converter.health().ok


def test_a_process_that_died_is_replaced(converter: ConverterProcesses, checkpoints: Path) -> None:
    converter.start()
    (pid,) = converter.pids()
    os.kill(pid, signal.SIGKILL)
    while converter.pids():
        time.sleep(0.01)
    assert len(converter.convert(speech(), checkpoints / "ses" / "mina.pth").samples)
    assert converter.pids() != [pid]


def test_a_process_that_dies_at_work_is_an_error_that_may_pass(checkpoints: Path) -> None:
    converter = ConverterProcesses(Options(checkpoints / "converter"), convert_s=120.0)
    converter.start()
    (pid,) = converter.pids()
    os.kill(pid, signal.SIGSTOP)  # so that it is killed while the task waits
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(EngineError, match="died") as caught:
        converter.convert(speech(), checkpoints / "ses" / "mina.pth")
    assert caught.value.retryable
    assert converter.pids() == []
    converter.close()


def test_a_process_that_hangs_is_ended_in_time(checkpoints: Path) -> None:
    converter = ConverterProcesses(Options(checkpoints / "converter"), convert_s=0.5)
    converter.start()
    (pid,) = converter.pids()
    os.kill(pid, signal.SIGSTOP)
    started_s = time.monotonic()
    with pytest.raises(EngineError, match=r"more than 0\.5 s to convert") as caught:
        converter.convert(speech(), checkpoints / "ses" / "mina.pth")
    assert time.monotonic() - started_s < 10
    assert caught.value.retryable
    assert converter.pids() == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [("", "no such file"), ("{}", "cannot be loaded"), ('{"model": {"gin_channels": 8}}', "cannot be loaded")],
)
def test_a_folder_that_is_no_checkpoint_is_told(checkpoints: Path, tmp_path: Path, broken: str, message: str) -> None:
    if broken:
        (tmp_path / "config.json").write_text(broken)
        (tmp_path / "checkpoint.pth").symlink_to(checkpoints / "converter" / "checkpoint.pth")
    converter = ConverterProcesses(Options(tmp_path))
    assert converter.health().ok
    with pytest.raises(ConfigError, match=message):
        converter.start()
    assert not converter.health().ok
    assert message in converter.health().detail
    assert converter.pids() == []
