import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.clip import Clip
from voicebot.audio.resample import Resampler, resample

pytestmark = pytest.mark.unit


def tone(hz: float, sample_rate_hz: int, duration_s: float = 1.0) -> Clip:
    at_s = np.arange(round(sample_rate_hz * duration_s)) / sample_rate_hz
    return Clip((16000 * np.sin(2 * np.pi * hz * at_s)).astype(np.int16), sample_rate_hz)


def level_db(clip: Clip, hz: float) -> float:
    """Return the level at a frequency, 0 dB being the tone of `tone`."""
    samples = clip.samples * np.hanning(len(clip.samples))
    at_s = np.arange(len(samples)) / clip.sample_rate_hz
    part = 2 * abs(np.sum(samples * np.exp(-2j * np.pi * hz * at_s))) / np.sum(np.hanning(len(samples)))
    return float(20 * np.log10(part / 16000 + 1e-12))


@given(st.lists(st.integers(0, 3000), max_size=12))
def test_pieces_give_what_the_whole_gives(sizes: list[int]) -> None:
    clip = tone(440, 22050, 0.5)
    resampler = Resampler(22050, 8000)
    cuts = np.minimum(np.cumsum(sizes, dtype=int), len(clip.samples))
    parts = [resampler.feed(part) for part in np.split(clip.samples, cuts)]
    pieces = np.concatenate([*parts, resampler.finish()])
    assert np.array_equal(pieces, resample(clip, 8000).samples)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(22050, 8000), (24000, 8000), (44100, 8000), (8000, 16000), (8000, 8000)]
)
def test_length_and_level_stay(from_hz: int, to_hz: int) -> None:
    clip = resample(tone(1000, from_hz), to_hz)
    assert clip.sample_rate_hz == to_hz
    assert len(clip.samples) == pytest.approx(to_hz, abs=1)
    assert level_db(clip, 1000) == pytest.approx(0.0, abs=0.05)


def test_what_a_telephone_cannot_carry_does_not_fold_back() -> None:
    assert level_db(resample(tone(5000, 24000), 8000), 3000) < -80
    assert level_db(resample(tone(3300, 24000), 8000), 3300) > -0.1


def test_silence_stays_silent() -> None:
    silent = Clip(np.zeros(22050, dtype=np.int16), 22050)
    assert not resample(silent, 8000).samples.any()


def test_empty_clip_stays_empty() -> None:
    assert len(resample(Clip(np.zeros(0, dtype=np.int16), 22050), 8000).samples) == 0


def test_full_scale_does_not_wrap() -> None:
    square = Clip(np.tile(np.repeat(np.array([32767, -32768], dtype=np.int16), 20), 200), 22050)
    assert np.max(np.abs(np.diff(np.sign(resample(square, 16000).samples[100:200])))) == 2
    assert resample(square, 16000).samples.max() == 32767
