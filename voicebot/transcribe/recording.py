"""A call's audio as a WAV file, the customer left and the bot right: a part an invocation, joined when the call has ended."""

import io
import wave
from array import array
from collections.abc import Iterator

from voicebot.cache.protocol import BlobStore
from voicebot.transcribe.sound import BYTES_PER_S, RATE_HZ, Track

CONTENT_TYPE = "audio/vnd.wave"
_SIDES: tuple[Track, ...] = ("customer", "bot")


class Recorder:
    """Collects what one invocation hears, each side at its place in time.

    Args:
        from_s: Seconds of the call that are recorded already.
    """

    def __init__(self, from_s: float) -> None:
        self.from_s = from_s
        self._sides: dict[Track, bytearray] = {side: bytearray() for side in _SIDES}

    @property
    def until_s(self) -> float:
        """Seconds of the call up to which there is a recording."""
        return self.from_s + max(len(side) for side in self._sides.values()) / BYTES_PER_S

    def frame(self, track: Track, start_s: float, pcm: bytes) -> None:
        """Put samples in their place; what lies before this recording is left out."""
        side = self._sides[track]
        at = 2 * round((start_s - self.from_s) * RATE_HZ)
        if at < len(side):
            pcm = pcm[len(side) - at :] if at >= len(side) - len(pcm) else b""
            at = len(side)
        if pcm:
            side.extend(bytes(at - len(side)))
            side.extend(pcm)

    def side(self, track: Track) -> bytes:
        """Return one side's samples."""
        return bytes(self._sides[track])

    def wav(self) -> bytes:
        """Return a WAV file of both sides, the shorter one filled with silence; nothing when nothing was heard."""
        length = max(len(side) for side in self._sides.values())
        if not length:
            return b""
        both = array("h", bytes(2 * length))
        for place, side in enumerate(_SIDES):
            both[place::2] = array("h", bytes(self._sides[side].ljust(length, b"\0")))
        return _wav([both.tobytes()])


class Recordings:
    """Recordings in a blob store.

    Args:
        blobs: Where they are.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def keep(self, contact_id: str, part: int, wav: bytes) -> None:
        """Keep one part."""
        if wav:
            self._blobs.put(f"{_folder(contact_id)}/{part:04}.wav", wav, CONTENT_TYPE)

    def join(self, contact_id: str) -> str:
        """Make one file of a call's parts, remove them, and return its key; an empty string when there are none."""
        keys = sorted(self._blobs.scan(f"{_folder(contact_id)}/"))
        if not keys:
            return ""
        whole = f"{_folder(contact_id)}.wav"
        self._blobs.put(whole, _wav(list(self._samples(keys))), CONTENT_TYPE)
        for key in keys:
            self._blobs.delete(key)
        return whole

    def _samples(self, keys: list[str]) -> Iterator[bytes]:
        for key in keys:
            with self._blobs.open(key) as file, wave.open(io.BytesIO(file.read())) as part:
                yield part.readframes(part.getnframes())


def _folder(contact_id: str) -> str:
    return f"recordings/{contact_id}"


def _wav(samples: list[bytes]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        for part in samples:
            file.writeframes(part)
    return buffer.getvalue()
