"""A piece of mono audio in memory, and the two encodings it travels in."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import InputError

Encoding = Literal["pcm_s16le", "mulaw"]
SAMPLE_BYTES: dict[Encoding, int] = {"pcm_s16le": 2, "mulaw": 1}
FULL_SCALE = 32768


@dataclass(frozen=True, eq=False)
class Clip:
    """Mono audio; `samples` is one-dimensional, 16-bit, full scale +/-32767."""

    samples: NDArray[np.int16]
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return len(self.samples) / self.sample_rate_hz

    @classmethod
    def from_bytes(cls, data: bytes, encoding: Encoding, sample_rate_hz: int) -> "Clip":
        """Return a clip for raw audio without a header.

        Raises:
            InputError: `data` ends in the middle of a sample.
        """
        if encoding == "mulaw":
            return cls(mulaw_decode(data), sample_rate_hz)
        if len(data) % SAMPLE_BYTES[encoding]:
            raise InputError(f"16-bit audio cannot have an odd number of bytes ({len(data)})")
        return cls(np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False), sample_rate_hz)

    def to_bytes(self, encoding: Encoding) -> bytes:
        """Return the raw audio without a header."""
        if encoding == "mulaw":
            return mulaw_encode(self.samples)
        return self.samples.astype("<i2", copy=False).tobytes()


def to_int16(samples: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.int16]:
    """Return samples on the 16-bit scale rounded, with what is beyond it cut off."""
    return np.clip(np.rint(samples), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def mulaw_encode(samples: NDArray[np.int16]) -> bytes:
    """Return G.711 mu-law bytes, one a sample.

    Decoded bytes encode to themselves, but for 0x7F: mu-law has two zeros, and 0 encodes to 0xFF.

    Source:
        ITU-T G.711 (11/88), table 2a; the bias of 33 (132 in 16 bits) makes the segment the position of the top bit.
    """
    return _ENCODE[samples.view(np.uint16)].tobytes()


def mulaw_decode(data: bytes) -> NDArray[np.int16]:
    """Return 16-bit linear samples for G.711 mu-law bytes.

    Args:
        data: One byte a sample, without a header.

    Returns:
        Array of shape (len(data),), between -32124 and 32124.

    Source:
        ITU-T G.711 (11/88), table 2a.
    """
    return _DECODE[np.frombuffer(data, dtype=np.uint8)]


_BIAS = 0x84
_CLIP = 32635


def _decode_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    segment = (code >> 4 & 7).astype(np.int32)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + _BIAS << segment) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    """Return the codes of all samples, in the order of their bits read as unsigned numbers."""
    sample = np.arange(2 * FULL_SCALE, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    code = np.where(sample < 0, 0x80, 0) | segment << 4 | (magnitude >> segment + 3 & 0x0F)
    return np.asarray(~code & 0xFF, dtype=np.uint8)


_DECODE = _decode_table()
_ENCODE = _encode_table()
