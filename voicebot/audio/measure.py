"""Numbers about a clip: level, loudness, clipping, bandwidth, and where somebody speaks."""

import math

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.clip import FULL_SCALE, Clip

CLIPPED_LEVEL = 32124
"""The loudest value of G.711 mu-law; 16-bit audio that reaches it has no headroom either."""

TELEPHONE_BAND_HZ = 3400.0
"""A telephone line loses what is above this."""

_BLOCK_S = 0.4
_STEP_S = 0.1
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_FILTER_TAIL_S = 1.0
_FRAME_S = 0.01


def peak_dbfs(clip: Clip) -> float:
    """Return the highest sample in decibels below full scale; -inf for silence."""
    return _decibels(float(np.max(np.abs(_unit(clip)), initial=0.0)) ** 2)


def rms_dbfs(clip: Clip) -> float:
    """Return the mean level in decibels below full scale; -inf for silence."""
    return _decibels(_power(_unit(clip)))


def clipped_samples(clip: Clip) -> int:
    """Return how many samples are at the end of the scale, of 16 bits or of mu-law."""
    return int(np.count_nonzero(np.abs(clip.samples.astype(np.int32)) >= CLIPPED_LEVEL))


def loudness_lufs(clip: Clip) -> float:
    """Return the integrated loudness; -inf for silence.

    A clip shorter than one block of 400 ms counts as one block.

    Source:
        ITU-R BS.1770-4 (10/2015), annex 1: K-weighting, blocks of 400 ms every 100 ms, gates of -70 LUFS and -10 LU.
    """
    weighted = _k_weighted(_unit(clip), clip.sample_rate_hz)
    block = min(round(_BLOCK_S * clip.sample_rate_hz), len(weighted))
    if not block:
        return -math.inf
    sums = np.concatenate([[0.0], np.cumsum(weighted**2)])
    starts = np.arange(0, len(weighted) - block + 1, round(_STEP_S * clip.sample_rate_hz))
    powers = np.maximum(sums[starts + block] - sums[starts], 0.0) / block
    powers = powers[powers > _power_of_lufs(_ABSOLUTE_GATE_LUFS)]
    if not len(powers):
        return -math.inf
    gate = float(np.mean(powers)) * 10 ** (_RELATIVE_GATE_LU / 10)
    return _LUFS_OFFSET + _decibels(float(np.mean(powers[powers > gate])))


def band_energy_above(clip: Clip, hz: float = TELEPHONE_BAND_HZ) -> float:
    """Return the share of the energy above a frequency, 0.0 to 1.0."""
    size = _power_of_two(len(clip.samples))
    energy = np.abs(np.fft.rfft(_unit(clip), size)) ** 2
    frequencies = np.fft.rfftfreq(size, 1 / clip.sample_rate_hz)
    total = float(np.sum(energy))
    return float(np.sum(energy[frequencies > hz])) / total if total else 0.0


def active_ranges(
    clip: Clip, threshold_dbfs: float = -45.0, min_gap_s: float = 0.25, min_length_s: float = 0.03
) -> list[tuple[float, float]]:
    """Return where there is sound, as (start, end) in seconds to about 10 ms.

    Args:
        clip: What to look through.
        threshold_dbfs: The level of a 10 ms frame from which it counts as sound.
        min_gap_s: A shorter silence is part of the sound around it.
        min_length_s: A shorter sound is none.
    """
    frame = max(1, round(_FRAME_S * clip.sample_rate_hz))
    padded = np.pad(_unit(clip), (0, -len(clip.samples) % frame))
    is_loud = np.mean(padded.reshape(-1, frame) ** 2, axis=1) >= 10 ** (threshold_dbfs / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_loud, [False]]))) * frame / clip.sample_rate_hz
    ranges: list[tuple[float, float]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if ranges and start - ranges[-1][1] < min_gap_s:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return [(start, min(end, clip.duration_s)) for start, end in ranges if end - start >= min_length_s]


_LUFS_OFFSET = -0.691


def _power_of_lufs(lufs: float) -> float:
    return float(10 ** ((lufs - _LUFS_OFFSET) / 10))


def _k_weighted(samples: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Return samples through the K-weighting filter, as a frequency response over parts that overlap by its tail."""
    tail = round(_FILTER_TAIL_S * rate_hz)
    size = _power_of_two(4 * tail)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = _shelf(z, rate_hz) * _high_pass(z, rate_hz)
    weighted = np.zeros(len(samples) + size)
    for at in range(0, len(samples), size - tail):
        part = np.fft.rfft(samples[at : at + size - tail], size)
        weighted[at : at + size] += np.fft.irfft(part * response, size)
    return weighted[: len(samples)]


def _shelf(z: NDArray[np.complex128], rate_hz: int) -> NDArray[np.complex128]:
    """Return the response of stage 1: +4 dB above about 1.7 kHz, for the head.

    Source:
        BS.1770-4 gives coefficients for 48 kHz only; these are the analogue values that they come from (libebur128,
        filter design by De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018).
    """
    k = math.tan(math.pi * 1681.974450955533 / rate_hz)
    q = 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    top = (high + band * k / q + k * k) + 2 * (k * k - high) * z + (high - band * k / q + k * k) * z**2
    return np.asarray(top / _poles(z, k, q))


def _high_pass(z: NDArray[np.complex128], rate_hz: int) -> NDArray[np.complex128]:
    """Return the response of stage 2, which takes out what is below about 40 Hz; source as for `_shelf`.

    BS.1770-4 leaves its gain unnormalised: 1, -2, 1 over a denominator that starts with 1.
    """
    k = math.tan(math.pi * 38.13547087602444 / rate_hz)
    q = 0.5003270373238773
    return (1 - 2 * z + z**2) * (1 + k / q + k * k) / _poles(z, k, q)


def _poles(z: NDArray[np.complex128], k: float, q: float) -> NDArray[np.complex128]:
    return (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z**2


def _power_of_two(at_least: int) -> int:
    """Return a length that Fourier transforms are fast at."""
    return 1 << max(at_least - 1, 1).bit_length()


def _unit(clip: Clip) -> NDArray[np.float64]:
    return clip.samples.astype(np.float64) / FULL_SCALE


def _power(samples: NDArray[np.float64]) -> float:
    return float(np.mean(samples**2)) if len(samples) else 0.0


def _decibels(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else -math.inf
