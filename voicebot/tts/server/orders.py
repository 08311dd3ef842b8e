"""What another program asks of the speech server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicebot.tts.protocol import AudioChunk, SpeechRequest, closing

if TYPE_CHECKING:
    from voicebot.audio.clip import Encoding


@dataclass(frozen=True)
class Order:
    """A text to say, by whichever engine.

    Args:
        request: The text and how to say it.
        engine: One of the server's engines; None is its own choice.
        has_speed: The speed was asked for; else the engine's own is used.
        uses_cache: What was said once may be given again.
    """

    request: SpeechRequest
    engine: str | None = None
    has_speed: bool = False
    uses_cache: bool = True


@dataclass(frozen=True)
class Speech:
    """A stream that has begun: its format is known, and an error before its first audio has been raised.

    Args:
        engine: Who speaks.
        encoding: What the bytes are.
        sample_rate_hz: At what rate.
        pieces: The raw audio; closing it ends the work.
    """

    engine: str
    encoding: Encoding
    sample_rate_hz: int
    pieces: Iterator[bytes] = field(repr=False)


def begun(engine: str, chunks: Iterator[AudioChunk]) -> Speech:
    """Return a stream with its first audio made.

    Raises:
        VoicebotError: Whatever comes instead of the first audio.
    """
    first = next(chunks)

    def pieces() -> Iterator[bytes]:
        with closing(chunks):
            yield first.data
            for chunk in chunks:
                yield chunk.data

    return Speech(engine, first.encoding, first.sample_rate_hz, pieces())
