from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.flow import tone
from voicebot.audio.clip import Clip
from voicebot.audio.measure import active_ranges, clipped_samples
from voicebot.clock import VirtualClock
from voicebot.flow.dtmf import key_tones
from voicebot.flow.line import Line

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(start_s=1000.0, timer=lambda: 0.0)


@pytest.fixture
def line(clock: VirtualClock) -> Line:
    return Line(clock)


def test_playing_takes_the_time_of_the_clip(line: Line, clock: VirtualClock) -> None:
    line.play(tone(1.5, rate_hz=22050))

    assert line.elapsed_s == pytest.approx(1.5, abs=0.001)
    assert clock.now() == pytest.approx(1001.5, abs=0.001)


def test_a_placement_is_where_the_sound_is_not_the_silence_around_it(line: Line) -> None:
    line.wait(0.5)

    placed = line.play(tone(1.0, before_s=0.3, after_s=0.7, rate_hz=16000))

    assert (placed.start_s, placed.end_s) == (pytest.approx(0.8, abs=0.02), pytest.approx(1.8, abs=0.02))
    assert line.elapsed_s == pytest.approx(2.5, abs=0.001)


def test_the_caller_begins_at_once(line: Line) -> None:
    line.wait(1.0)

    placed = line.hear(tone(1.0, before_s=0.3, after_s=0.7))

    assert (placed.start_s, placed.end_s) == (pytest.approx(1.0, abs=0.05), pytest.approx(2.0, abs=0.05))
    assert line.elapsed_s == pytest.approx(2.0, abs=0.05)


def test_the_recording_has_the_sound_where_the_placements_say(line: Line, tmp_path: Path) -> None:
    bot = [line.play(tone(0.6, before_s=0.25, after_s=0.1))]
    line.wait(0.3)
    caller = [line.hear(tone(0.8, before_s=0.2, after_s=0.2))]
    line.wait(0.9)
    bot.append(line.play(tone(0.4, rate_hz=24000)))
    line.recording().save(tmp_path / "call.wav")

    samples, rate_hz = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert (rate_hz, samples.shape[1]) == (8000, 2)
    for side, placements in enumerate((caller, bot)):
        found = active_ranges(Clip(samples[:, side], rate_hz))
        assert len(found) == len(placements)
        for (start_s, end_s), placed in zip(found, placements, strict=True):
            assert start_s == pytest.approx(placed.start_s, abs=0.05)
            assert end_s == pytest.approx(placed.end_s, abs=0.05)


def test_overlapping_and_loud_clips_do_not_clip(line: Line, clock: VirtualClock) -> None:
    loud = tone(0.5, level=32767)
    with clock.aside():
        line.play(loud)
    line.play(loud)

    recording = line.recording()
    assert clipped_samples(recording.bot) == 0
    assert np.max(np.abs(recording.bot.samples)) > 20000


def test_both_sides_are_as_long_as_the_call(line: Line) -> None:
    line.play(tone(0.5))
    line.wait(1.0)

    recording = line.recording()
    assert len(recording.caller.samples) == len(recording.bot.samples) == 12000
    assert not recording.caller.samples.any()


def test_silent_and_empty_clips_can_be_placed(line: Line) -> None:
    silent = Clip(np.zeros(800, dtype=np.int16), 8000)

    assert line.play(silent).end_s == pytest.approx(0.1)
    line.hear(silent)
    line.play(Clip(np.zeros(0, dtype=np.int16), 22050))
    assert line.elapsed_s == pytest.approx(0.1)


def test_each_key_has_its_two_tones() -> None:
    clip = key_tones("5", 8000)
    spectrum = np.abs(np.fft.rfft(clip.samples))
    strongest = sorted(np.argsort(spectrum)[-2:] * 8000 / len(clip.samples))

    assert strongest == pytest.approx([770, 1336], abs=10)
    assert key_tones("0123456789*#", 8000).duration_s == pytest.approx(12 * 0.18 - 0.08, abs=0.001)
