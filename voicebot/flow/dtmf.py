"""The tones of a telephone's keys."""

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.clip import Clip

_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477)
_KEYS = ("123", "456", "789", "*0#")
_TONES = {
    key: (low, high) for row, low in zip(_KEYS, _LOW_HZ, strict=True) for key, high in zip(row, _HIGH_HZ, strict=True)
}
_TONE_S = 0.1
_GAP_S = 0.08
_LEVEL = 4000.0

KEYS = frozenset(_TONES)
"""The keys that a caller can press."""


def key_tones(digits: str, sample_rate_hz: int) -> Clip:
    """Return the sound of keys pressed one after another.

    Source:
        ITU-T Q.23 (11/88) for the frequencies.
    """
    at = np.arange(round(_TONE_S * sample_rate_hz)) / sample_rate_hz
    gap = np.zeros(round(_GAP_S * sample_rate_hz))
    parts = [part for digit in digits for part in (_tone(digit, at), gap)]
    return Clip(np.concatenate(parts[:-1]).astype(np.int16), sample_rate_hz)


def _tone(digit: str, at: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = _TONES[digit]
    return np.asarray(_LEVEL * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at)))
