import math

import numpy as np
import pytest

from voicebot.audio.clip import Clip, mulaw_decode, mulaw_encode
from voicebot.audio.measure import (
    active_ranges,
    band_energy_above,
    clipped_samples,
    loudness_lufs,
    peak_dbfs,
    rms_dbfs,
)
from voicebot.audio.shape import silence

pytestmark = pytest.mark.unit

RATES = [8000, 16000, 22050, 24000, 44100, 48000]


def tone(hz: float, dbfs: float, sample_rate_hz: int = 48000, duration_s: float = 3.0) -> Clip:
    at_s = np.arange(round(sample_rate_hz * duration_s)) / sample_rate_hz
    return Clip(np.rint(32768 * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * at_s)).astype(np.int16), sample_rate_hz)


def joined(*clips: Clip) -> Clip:
    return Clip(np.concatenate([clip.samples for clip in clips]), clips[0].sample_rate_hz)


def test_peak_and_mean_of_a_tone() -> None:
    assert peak_dbfs(tone(1000, -6)) == pytest.approx(-6, abs=0.01)
    assert rms_dbfs(tone(1000, -6)) == pytest.approx(-9.01, abs=0.01)


@pytest.mark.parametrize("clip", [silence(1, 8000), silence(0, 8000)], ids=["silence", "nothing"])
def test_silence_has_no_level(clip: Clip) -> None:
    assert peak_dbfs(clip) == rms_dbfs(clip) == loudness_lufs(clip) == -math.inf
    assert band_energy_above(clip) == 0
    assert active_ranges(clip) == []


@pytest.mark.parametrize("rate_hz", RATES)
def test_loudness_of_the_reference_tone_at_any_rate(rate_hz: int) -> None:
    """BS.1770-4, annex 1: a 997 Hz sine at 0 dBFS in one channel is -3.01 LUFS."""
    assert loudness_lufs(tone(997, -20, rate_hz)) == pytest.approx(-23.01, abs=0.05)


def test_loudness_of_a_short_tone() -> None:
    assert loudness_lufs(tone(997, -20, duration_s=0.2)) == pytest.approx(-23.01, abs=0.1)


def test_loudness_follows_the_filter_of_the_recommendation() -> None:
    """The coefficients for 48 kHz that BS.1770-4 prints (tables 1 and 2), against ours at 100 Hz and 5 kHz."""
    for hz in (50.0, 100.0, 5000.0, 10000.0):
        z = np.exp(-2j * np.pi * hz / 48000)
        shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
            1 - 1.69065929318241 * z + 0.73248077421585 * z**2
        )
        high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
        expected = -0.691 - 20 - 3.0103 + 20 * math.log10(abs(shelf * high_pass))
        assert loudness_lufs(tone(hz, -20)) == pytest.approx(expected, abs=0.02)


def test_pauses_do_not_make_speech_quieter() -> None:
    speech = tone(997, -20)
    assert loudness_lufs(joined(speech, silence(10, 48000), speech)) == pytest.approx(-23.01, abs=0.3)


def test_much_quieter_parts_do_not_count() -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23 and 10 s at -36 dBFS read as -23 LUFS in stereo, 3 less in mono."""
    clip = joined(tone(1000, -36, duration_s=10), tone(1000, -23, duration_s=60), tone(1000, -36, duration_s=10))
    assert loudness_lufs(clip) == pytest.approx(-26.0, abs=0.1)


def test_clipping_is_counted_before_and_after_mulaw() -> None:
    cut = Clip(np.clip(32768 * 2 * np.sin(np.arange(4800) / 7), -32768, 32767).astype(np.int16), 48000)
    assert clipped_samples(tone(1000, -1, duration_s=0.1)) == 0
    assert clipped_samples(cut) > 1000
    assert clipped_samples(Clip(mulaw_decode(mulaw_encode(cut.samples)), 8000)) > 1000


def test_energy_that_a_telephone_loses() -> None:
    assert band_energy_above(tone(1000, -20)) < 0.001
    assert band_energy_above(tone(5000, -20)) > 0.999
    both = Clip(tone(1000, -20).samples + tone(5000, -20).samples, 48000)
    assert band_energy_above(both) == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("rate_hz", RATES)
def test_sound_is_found_within_20_ms(rate_hz: int) -> None:
    clip = joined(
        silence(0.503, rate_hz), tone(300, -20, rate_hz, 0.8), silence(0.6, rate_hz), tone(300, -30, rate_hz, 0.337)
    )
    (first, second) = active_ranges(clip)
    assert first == pytest.approx((0.503, 1.303), abs=0.02)
    assert second == pytest.approx((1.903, 2.24), abs=0.02)


def test_short_pauses_and_clicks_are_left_out() -> None:
    click = silence(0.5, 8000)
    click.samples[2000] = 20000
    clip = joined(tone(300, -20, 8000, 0.5), silence(0.1, 8000), tone(300, -20, 8000, 0.5), silence(1, 8000), click)
    assert active_ranges(clip) == [pytest.approx((0.0, 1.1), abs=0.02)]
