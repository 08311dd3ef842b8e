import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.clip import Clip
from voicebot.audio.measure import clipped_samples, loudness_lufs, peak_dbfs
from voicebot.audio.shape import fade, join, limit_peak, match_loudness, silence, trim
from voicebot.errors import InputError
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.engines.local import LocalTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.unit


def tone(dbfs: float = -6.0, duration_s: float = 1.0, sample_rate_hz: int = 8000, hz: float = 300.0) -> Clip:
    at_s = np.arange(round(sample_rate_hz * duration_s)) / sample_rate_hz
    return Clip((32767 * 10 ** (dbfs / 20) * np.cos(2 * np.pi * hz * at_s)).astype(np.int16), sample_rate_hz)


@pytest.fixture(scope="module")
def speech() -> Clip:
    return collect(LocalTts(LocalTtsSettings()).stream(SpeechRequest("안녕하세요, 차집사입니다. 무엇을 도와드릴까요?")))


def biggest_step(clip: Clip) -> int:
    return int(np.max(np.abs(np.diff(clip.samples.astype(int), prepend=0, append=0))))


def test_trim_keeps_the_sound() -> None:
    padded = Clip(np.concatenate([np.zeros(4000), tone().samples, np.zeros(8000)]).astype(np.int16), 8000)
    trimmed = trim(padded)
    assert trimmed.duration_s == pytest.approx(1.04, abs=0.02)
    assert np.count_nonzero(trimmed.samples) == np.count_nonzero(padded.samples)


def test_trim_of_silence_is_empty() -> None:
    assert trim(silence(1, 8000)).duration_s == 0


def test_fade_takes_the_steps_away() -> None:
    assert biggest_step(tone()) > 16000
    assert biggest_step(fade(tone())) < 4500
    assert np.array_equal(fade(tone()).samples[40:-40], tone().samples[40:-40])


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_fade_of_almost_nothing(length: int) -> None:
    assert len(fade(Clip(np.full(length, 100, dtype=np.int16), 8000)).samples) == length


def test_joins_do_not_click(speech: Clip) -> None:
    cuts = [Clip(part, speech.sample_rate_hz) for part in np.array_split(speech.samples, 7)]
    within = biggest_step(speech)
    assert biggest_step(join(cuts, gap_s=0.1)) <= within
    assert biggest_step(join(cuts)) <= within


def test_join_puts_silence_between_and_not_around() -> None:
    assert join([tone(), tone(), tone()], gap_s=0.25).duration_s == 3.5
    assert join([tone()], gap_s=0.25).duration_s == 1.0


@pytest.mark.parametrize("clips", [[], [tone(), tone(sample_rate_hz=16000)]])
def test_join_refuses_what_does_not_fit(clips: list[Clip]) -> None:
    with pytest.raises(InputError):
        join(clips)


def test_peaks_are_limited_and_the_rest_is_left() -> None:
    quiet, loud = tone(-20), tone(0, 0.1)
    clip = Clip(np.concatenate([quiet.samples, loud.samples, quiet.samples]), 8000)
    limited = limit_peak(clip)
    assert -3.1 < peak_dbfs(limited) <= -3.0
    assert np.array_equal(limited.samples[:7900], quiet.samples[:7900])
    assert biggest_step(limited) <= biggest_step(clip)


def test_clip_under_the_limit_stays_as_it_is() -> None:
    assert np.array_equal(limit_peak(tone(-6)).samples, tone(-6).samples)


@given(st.lists(st.integers(-32768, 32767), max_size=300), st.sampled_from([8000, 22050]))
def test_no_sample_is_above_the_limit(samples: list[int], sample_rate_hz: int) -> None:
    limited = limit_peak(Clip(np.array(samples, dtype=np.int16), sample_rate_hz))
    assert len(limited.samples) == len(samples)
    assert peak_dbfs(limited) <= -3.0


@pytest.mark.parametrize("gain", [0.05, 0.3, 1.0])
def test_speech_comes_to_one_loudness(speech: Clip, gain: float) -> None:
    matched = match_loudness(Clip((speech.samples * gain).astype(np.int16), speech.sample_rate_hz))
    assert loudness_lufs(matched) == pytest.approx(-20.0, abs=0.5)
    assert peak_dbfs(matched) <= -3.0
    assert clipped_samples(matched) == 0


def test_silence_is_not_made_louder() -> None:
    assert not match_loudness(silence(1, 8000)).samples.any()
