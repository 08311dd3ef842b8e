"""Clips made from clips: trimmed, faded, joined, louder, limited."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.clip import FULL_SCALE, Clip, to_int16
from voicebot.audio.measure import active_ranges, loudness_lufs
from voicebot.errors import InputError

PEAK_DBFS = -3.0
TARGET_LUFS = -20.0
FADE_S = 0.005
_LIMITER_S = 0.005


def silence(duration_s: float, sample_rate_hz: int) -> Clip:
    """Return a clip with nothing in it."""
    return Clip(np.zeros(round(duration_s * sample_rate_hz), dtype=np.int16), sample_rate_hz)


def trim(clip: Clip, threshold_dbfs: float = -50.0, keep_s: float = 0.02) -> Clip:
    """Return a clip without the silence at its ends, but for `keep_s`; an empty clip when it is all silence."""
    ranges = active_ranges(clip, threshold_dbfs)
    if not ranges:
        return Clip(clip.samples[:0], clip.sample_rate_hz)
    start = max(0, round((ranges[0][0] - keep_s) * clip.sample_rate_hz))
    end = round((ranges[-1][1] + keep_s) * clip.sample_rate_hz)
    return Clip(clip.samples[start:end], clip.sample_rate_hz)


def fade(clip: Clip, fade_s: float = FADE_S) -> Clip:
    """Return a clip that begins and ends at zero, without a step."""
    length = min(round(fade_s * clip.sample_rate_hz), len(clip.samples) // 2)
    if not length:
        return clip
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length)
    samples = clip.samples.astype(np.float64)
    samples[:length] *= ramp
    samples[-length:] *= ramp[::-1]
    return _clip(samples, clip.sample_rate_hz)


def join(clips: Sequence[Clip], gap_s: float = 0.0) -> Clip:
    """Return clips one after another, each faded at its ends, with silence between them.

    Raises:
        InputError: There are none, or their rates differ.
    """
    rates = {clip.sample_rate_hz for clip in clips}
    if len(rates) != 1:
        problem = f"clips of {sorted(rates)} Hz cannot be joined" if rates else "there are no clips to join"
        raise InputError(problem, hint="resample them to one rate first" if rates else None)
    rate_hz = rates.pop()
    gap = silence(gap_s, rate_hz).samples
    parts = [part for clip in clips for part in (gap, fade(clip).samples)]
    return Clip(np.concatenate(parts[1:]), rate_hz)


def limit_peak(clip: Clip, peak_dbfs: float = PEAK_DBFS) -> Clip:
    """Return a clip with no sample above a level; only the milliseconds around a peak get quieter."""
    return _clip(_limited(clip.samples.astype(np.float64), clip.sample_rate_hz, peak_dbfs), clip.sample_rate_hz)


def match_loudness(clip: Clip, target_lufs: float = TARGET_LUFS, peak_dbfs: float = PEAK_DBFS) -> Clip:
    """Return a clip at a loudness, with its peaks limited; silence stays silence."""
    loudness = loudness_lufs(clip)
    if math.isinf(loudness):
        return clip
    louder = clip.samples.astype(np.float64) * 10 ** ((target_lufs - loudness) / 20)
    return _clip(_limited(louder, clip.sample_rate_hz, peak_dbfs), clip.sample_rate_hz)


def _limited(samples: NDArray[np.float64], rate_hz: int, peak_dbfs: float) -> NDArray[np.float64]:
    """Return samples under a gain that is low enough around each peak, and smooth."""
    ceiling = math.floor(FULL_SCALE * 10 ** (peak_dbfs / 20))
    if np.max(np.abs(samples), initial=0.0) <= ceiling:
        return samples
    gain = ceiling / np.maximum(np.abs(samples), ceiling)
    reach = max(1, round(_LIMITER_S * rate_hz))
    width = 2 * reach + 1
    # The mean over a window of the lowest gain over the same window is nowhere above the gain that is needed.
    lowest = _lowest_in_window(np.pad(gain, 2 * reach, constant_values=1.0), width)
    sums = np.concatenate([[0.0], np.cumsum(lowest)])
    smooth: NDArray[np.float64] = samples * (sums[width:] - sums[:-width]) / width
    return np.clip(smooth, -ceiling, ceiling)


def _lowest_in_window(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the minimum of each window of `width` values, in about log2(width) passes."""
    done = 1
    while done < width:
        step = min(done, width - done)
        values = np.minimum(values[:-step], values[step:])
        done += step
    return values


def _clip(samples: NDArray[np.float64], rate_hz: int) -> Clip:
    return Clip(to_int16(samples), rate_hz)
