"""What transcription is made of: speech in, results out, segments kept, and a task that one process hands to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voicebot.transcribe.ebml import Readable
from voicebot.transcribe.sound import Track
from voicebot.transcribe.task import TranscribeTask


@dataclass(frozen=True)
class Result:
    """What a recogniser makes of a stretch of one side's audio, in seconds of what it was sent.

    Attributes:
        id: Stays the same from the first partial result to the final one.
        start_s: Where the words begin.
        end_s: Where they end.
        text: The words.
        is_partial: True while they may still change.
    """

    id: str
    start_s: float
    end_s: float
    text: str
    is_partial: bool


class SpeechStream(Protocol):
    """One side of a call on its way to a recogniser."""

    def send(self, pcm: bytes) -> None:
        """Send samples: 16 bit, little-endian, mono, 8000 Hz. Returns at once."""
        ...

    def take(self) -> list[Result]:
        """Return the results that have come since the last time.

        Raises:
            EngineError: The stream has ended before it should.
        """
        ...

    def finish(self, timeout_s: float) -> bool:
        """Say that there is no more, and wait for the last results; return False when they do not come in time."""
        ...

    def abort(self) -> None:
        """Stop, whatever is still to come."""
        ...


class StreamRecogniser(Protocol):
    """Turns live audio into text."""

    def open(self) -> SpeechStream:
        """Begin a stream.

        Raises:
            ConfigError: Credentials or settings do not allow it.
            EngineError: The service refuses or is out of reach.
        """
        ...


class MediaSource(Protocol):
    """Where a call's audio comes from."""

    def open(self, task: TranscribeTask) -> Readable:
        """Return the stream from where the task goes on.

        Raises:
            StorageError: It cannot be reached now.
            NotFoundError: There is no such stream.
        """
        ...


@dataclass(frozen=True)
class Segment:
    """What was said in one go, masked.

    Attributes:
        id: The contact's id, a slash and the recogniser's own.
        contact_id: The call.
        track: ``customer`` or ``bot``.
        start_s: Seconds since the call's audio began.
        end_s: The same.
        text: The words, with personal data as labels.
        is_partial: True while they may still change.
    """

    id: str
    contact_id: str
    track: Track
    start_s: float
    end_s: float
    text: str
    is_partial: bool


class TranscriptStore(Protocol):
    """Transcripts of calls."""

    def begin(self, contact_id: str) -> bool:
        """Note that a call is being transcribed; return False when that was noted before. `remove` takes it back."""
        ...

    def put(self, segment: Segment) -> None:
        """Keep a segment; one of the same id is replaced, but a final one never by a partial one."""
        ...

    def remove(self, segment_id: str) -> None:
        """Remove a segment."""
        ...

    def of(self, contact_id: str) -> Iterator[Segment]:
        """Yield a call's segments, by their start."""
        ...

    def delete(self, contact_id: str) -> int:
        """Remove a call's transcript; return how many segments it had."""
        ...


class Relay(Protocol):
    """Has another process go on."""

    def start(self, task: TranscribeTask) -> None:
        """Hand a task over."""
        ...
