"""What every speech engine takes, gives and says about itself.

An engine turns a text into audio, a piece at a time. A wrapper (cache, chunks, formats) is an engine too. This module
imports nothing heavy, so that a program can name these types without loading numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from voicebot.errors import EngineError, VoicebotError

if TYPE_CHECKING:
    from voicebot.audio.clip import Clip, Encoding


@dataclass(frozen=True)
class SpeechRequest:
    """One text to say, and how.

    Args:
        text: The words.
        voice: A voice of the engine; None is the one in its settings.
        style: A manner of speaking that the engine knows by name.
        speed: 1.0 is the voice's own speed, 2.0 twice as fast.
        pitch: Semitones above (or below) the voice's own; None leaves it alone.
        temperature: How freely a model may vary; None is the engine's own.
        reference: A recording (a whole audio file) of the voice to imitate.
        sample_rate_hz: The rate wanted; None is the engine's own.
        encoding: The encoding wanted.
    """

    text: str
    voice: str | None = None
    style: str | None = None
    speed: float = 1.0
    pitch: float | None = None
    temperature: float | None = None
    reference: bytes | None = None
    sample_rate_hz: int | None = None
    encoding: Encoding = "pcm_s16le"

    def saying(self, text: str) -> SpeechRequest:
        """Return this request with another text, or this one when the text is the same."""
        return self if text == self.text else replace(self, text=text)


@dataclass(frozen=True)
class AudioChunk:
    """A piece of mono audio without a header; a sample may be cut at the end and go on in the next piece."""

    data: bytes
    encoding: Encoding
    sample_rate_hz: int


@dataclass(frozen=True)
class EngineInfo:
    """What an engine can do.

    Args:
        name: Its name in the registry.
        streaming: True when audio arrives while later audio is still being made.
        sample_rates_hz: Rates it can give, its own first.
        encodings: Encodings it can give, its own first.
        languages: Language codes, such as "ko".
        takes_reference: True when it can imitate a recording.
        max_chars: The longest text of one request.
        price_per_1k_chars_usd: Price of 1,000 characters; None when unknown, 0.0 when free.
        version: Changes whenever the same request would give other audio: program, model, data.
    """

    name: str
    streaming: bool
    sample_rates_hz: tuple[int, ...]
    encodings: tuple[Encoding, ...]
    languages: tuple[str, ...]
    takes_reference: bool
    max_chars: int
    price_per_1k_chars_usd: float | None
    version: str


@dataclass(frozen=True)
class VoiceInfo:
    """One voice of an engine; `id` is what `SpeechRequest.voice` takes."""

    id: str
    name: str
    language: str
    gender: str | None = None


@dataclass(frozen=True)
class Health:
    """Whether an engine could speak now; `detail` says what it runs on, or what is wrong and what to do."""

    ok: bool
    detail: str


class SpeechEngine(Protocol):
    """Text in, audio out."""

    @property
    def info(self) -> EngineInfo:
        """Return what this engine can do; never touches the network."""
        ...

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request, piece by piece, in the format of the engine's choice.

        Errors come from this call or from the iterator. Closing or dropping the iterator ends the work.
        """
        ...

    def voices(self) -> list[VoiceInfo]:
        """Return the voices that a request may name."""
        ...

    def health(self) -> Health:
        """Return whether the engine could speak now; never raises for an engine that is down."""
        ...


def health_of(check: Callable[[], str]) -> Health:
    """Return good health with what `check` says, or bad health with the error that it raised."""
    try:
        return Health(True, check())
    except VoicebotError as exc:
        return Health(False, in_one_line(exc))


def in_one_line(error: VoicebotError) -> str:
    """Return what an error says and what to do, for a report on an engine's health."""
    return f"{error.message}; {error.hint}" if error.hint else error.message


@contextmanager
def closing(stream: Iterator[AudioChunk]) -> Iterator[Iterator[AudioChunk]]:
    """Give back a stream and close it at the end of the block, so that an abandoned engine stops at once."""
    try:
        yield stream
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def collect(chunks: Iterable[AudioChunk], *, engine: str = "speech") -> Clip:
    """Return a whole stream as one clip.

    Args:
        chunks: Pieces of one format.
        engine: The name to put in an error.

    Raises:
        EngineError: There are no pieces, or their formats differ.
    """
    from voicebot.audio.clip import SAMPLE_BYTES, Clip  # numpy stays out of this module

    pieces = list(chunks)
    formats = {(piece.encoding, piece.sample_rate_hz) for piece in pieces}
    if len(formats) != 1:
        problem = "the stream changed its audio format on the way" if formats else "no audio came back"
        raise EngineError(problem, engine=engine, retryable=False)
    encoding, sample_rate_hz = formats.pop()
    data = b"".join(piece.data for piece in pieces)
    whole = len(data) - len(data) % SAMPLE_BYTES[encoding]
    return Clip.from_bytes(data[:whole], encoding, sample_rate_hz)
