"""Other sample rates, for a whole clip or for a stream."""

import numpy as np
import soxr
from numpy.typing import NDArray

from voicebot.audio.clip import Clip, to_int16


class Resampler:
    """Changes the rate of a stream; pieces fed one by one give what the whole would give.

    Args:
        from_hz: The rate of what is fed.
        to_hz: The rate of what comes back.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the samples that are ready; the filter keeps the last few milliseconds for later."""
        return self._next(samples, is_last=False)

    def finish(self) -> NDArray[np.int16]:
        """Return the last samples; nothing can be fed after this."""
        return self._next(np.zeros(0, dtype=np.int16), is_last=True)

    def _next(self, samples: NDArray[np.int16], is_last: bool) -> NDArray[np.int16]:
        if self._stream is None:
            return samples
        # In 32-bit floats, because soxr dithers its 16-bit output: silence would not stay silent.
        return to_int16(self._stream.resample_chunk(samples.astype(np.float32), last=is_last))


def resample(clip: Clip, to_hz: int) -> Clip:
    """Return a clip at another rate."""
    resampler = Resampler(clip.sample_rate_hz, to_hz)
    return Clip(np.concatenate([resampler.feed(clip.samples), resampler.finish()]), to_hz)
