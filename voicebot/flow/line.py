"""The telephone line: clips of both ends on one time line, and the recording of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.clip import Clip
from voicebot.audio.measure import active_ranges
from voicebot.audio.resample import resample
from voicebot.audio.shape import limit_peak, trim
from voicebot.audio.wav import write_stereo_wav
from voicebot.clock import VirtualClock
from voicebot.disk import require_writable
from voicebot.errors import InputError

RATE_HZ = 8000
_PEAK_DBFS = -1.0
_KEEP_S = 0.02


def require_recordable(path: Path | None) -> None:
    """Refuse a place where no recording can be written, before the call.

    Raises:
        ConfigError: The folder may not be written to.
        InputError: The name is a folder's, or says another kind of file than WAV.
    """
    if path and path.suffix.lower() not in (".wav", ""):
        raise InputError(f"{path}: calls are recorded as WAV", hint="end it with .wav")
    require_writable(path)


@dataclass(frozen=True)
class Placement:
    """Where a clip can be heard, in seconds from the start of the call."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class CallRecording:
    """Both ends of a call, equally long, at 8 kHz."""

    caller: Clip
    bot: Clip

    def save(self, path: Path | str) -> None:
        """Write a WAV file with the caller on the left and the bot on the right.

        Raises:
            ConfigError: The place does not exist or may not be written to.
            StorageError: The disk is full.
        """
        write_stereo_wav(path, self.caller, self.bot)


class Line:
    """A line on which time passes by playing.

    Args:
        clock: Moves on while a clip plays; the line's zero is its present time.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.started_at_s = clock.now()
        self._bot: list[tuple[float, Clip]] = []
        self._caller: list[tuple[float, Clip]] = []

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since the start of the call."""
        return self._clock.now() - self.started_at_s

    def wait(self, seconds: float) -> None:
        """Let both ends be silent."""
        self._clock.sleep(seconds)

    def play(self, clip: Clip) -> Placement:
        """Play a clip to the caller, with whatever silence is at its ends."""
        return self._place(self._bot, clip)

    def hear(self, clip: Clip) -> Placement:
        """Let the caller be heard at once: silence at the ends of the clip is left out."""
        return self._place(self._caller, trim(clip, keep_s=_KEEP_S))

    def recording(self) -> CallRecording:
        """Return what both ends have said up to now."""
        length = round(self.elapsed_s * RATE_HZ)
        return CallRecording(caller=_mix(self._caller, length), bot=_mix(self._bot, length))

    def _place(self, side: list[tuple[float, Clip]], clip: Clip) -> Placement:
        clip = resample(clip, RATE_HZ)
        start_s = self.elapsed_s
        side.append((start_s, clip))
        self._clock.sleep(clip.duration_s)
        ranges = active_ranges(clip) or [(0.0, clip.duration_s)]
        return Placement(start_s + ranges[0][0], start_s + ranges[-1][1])


def _mix(side: list[tuple[float, Clip]], length: int) -> Clip:
    """Return clips added up at their places, with the peaks kept below the end of the scale."""
    ends = [round(start_s * RATE_HZ) + len(clip.samples) for start_s, clip in side]
    total: NDArray[np.float64] = np.zeros(max([length, *ends]), dtype=np.float64)
    for (_, clip), end in zip(side, ends, strict=True):
        total[end - len(clip.samples) : end] += clip.samples
    peak = np.max(np.abs(total), initial=0.0)
    scale = min(1.0, 32767 / peak) if peak else 1.0
    return limit_peak(Clip(np.rint(total * scale).astype(np.int16), RATE_HZ), _PEAK_DBFS)
