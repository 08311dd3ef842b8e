"""Recordings of a voice to imitate, checked before they are sent anywhere."""

from dataclasses import dataclass
from pathlib import Path

from voicebot.audio.clip import Clip
from voicebot.audio.measure import active_ranges, clipped_samples, peak_dbfs, rms_dbfs
from voicebot.audio.wav import audio_length_s, read_audio
from voicebot.disk import explained
from voicebot.errors import InputError

MIN_RATE_HZ = 16_000
MIN_S, MAX_S = 3.0, 30.0
MAX_READ_S = 300.0
"""Longer files are not even looked at: samples take eight times the room of the file."""

MIN_SPEECH_S = 1.0
MIN_LEVEL_DBFS = -45.0
MAX_CLIPPED_SHARE = 0.001
_MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class Reference:
    """A recording that can be imitated; `data` is the whole file."""

    data: bytes
    duration_s: float
    sample_rate_hz: int


def load_reference(path: Path) -> Reference:
    """Return a recording that is good enough to imitate.

    Raises:
        InputError: It is not, with all the reasons.
        NotFoundError: There is no such file.
    """
    with explained(path), path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    return check_reference(data, str(path))


def check_reference(data: bytes, name: str) -> Reference:
    """Return a whole file as a recording that is good enough to imitate.

    Args:
        data: The file, or as much of it as shows that it is too large.
        name: What to call it.

    Raises:
        InputError: It is not, with all the reasons.
    """
    if not data:
        raise InputError(f"{name}: the file is empty", hint=_HINT)
    if len(data) > _MAX_BYTES:
        raise InputError(f"{name}: the file has more than {_MAX_BYTES:,} bytes", hint=_HINT)
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise InputError(f"{name}: this is not a WAV file", hint=_HINT)
    length_s = audio_length_s(data)
    if length_s > MAX_READ_S:
        raise InputError(f"{name}: {length_s:.0f} s long; it must be {MIN_S:g} to {MAX_S:g} s", hint=_HINT)
    try:
        clip = read_audio(data)
    except InputError as exc:
        raise InputError(f"{name}: {exc.message.partition(': ')[2]}", hint=_HINT) from exc
    reasons = problems(clip)
    if reasons:
        raise InputError(f"{name}: {'; '.join(reasons)}", hint=_HINT)
    return Reference(data, clip.duration_s, clip.sample_rate_hz)


def problems(clip: Clip) -> list[str]:
    """Return why a recording cannot be imitated well; nothing when it can."""
    reasons = []
    if clip.sample_rate_hz < MIN_RATE_HZ:
        reasons.append(f"{clip.sample_rate_hz:,} Hz is too low a rate; at least {MIN_RATE_HZ:,} Hz are needed")
    if not MIN_S <= clip.duration_s <= MAX_S:
        reasons.append(f"{clip.duration_s:.1f} s long; it must be {MIN_S:g} to {MAX_S:g} s")
    if rms_dbfs(clip) < MIN_LEVEL_DBFS:
        level = "no sound in it" if peak_dbfs(clip) < -90 else f"{rms_dbfs(clip):.0f} dBFS"
        reasons.append(f"it is silent or far too quiet ({level}; at least {MIN_LEVEL_DBFS:g} dBFS)")
    elif (speech_s := sum(end - start for start, end in active_ranges(clip))) < MIN_SPEECH_S:
        reasons.append(f"only {speech_s:.1f} s of it are not silent; at least {MIN_SPEECH_S:g} s are needed")
    share = clipped_samples(clip) / max(1, len(clip.samples))
    if share > MAX_CLIPPED_SHARE:
        reasons.append(f"it is clipped: {share:.1%} of the samples are at the end of the scale")
    return reasons


_HINT = f"record {MIN_S:g} to {MAX_S:g} s of one clear voice as WAV, {MIN_RATE_HZ // 1000} kHz or more, not too loud"
