"""What each request took and cost; never what was said."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from voicebot.clock import Timer
from voicebot.errors import VoicebotError
from voicebot.tts.protocol import AudioChunk, EngineInfo, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

Outcome = Literal["done", "failed", "abandoned"]
_SAMPLE_BYTES = {"pcm_s16le": 2, "mulaw": 1}


@dataclass(frozen=True)
class Measured:
    """One request.

    Args:
        engine: The engine's name.
        outcome: How it ended; "abandoned" when the listener went.
        error: The kind of the error, if it failed.
        first_audio_s: Seconds until the first audio; None when there was none.
        total_s: Seconds until the end, as the listener took it.
        characters: Characters of the text.
        audio_bytes: Bytes of audio.
        audio_s: Seconds of audio.
        price_usd: By the engine's price; 0.0 for what gave no audio, None when the price is unknown.
    """

    engine: str
    outcome: Outcome
    error: str | None
    first_audio_s: float | None
    total_s: float
    characters: int
    audio_bytes: int
    audio_s: float
    price_usd: float | None


class MeteredTts(Wrapper):
    """Reports what each request took.

    Args:
        engine: The engine, under any cache.
        report: Takes the figures, in whichever thread listened.
        timer: A monotonic timer in seconds.
    """

    def __init__(
        self, engine: SpeechEngine, report: Callable[[Measured], None], timer: Timer = time.perf_counter
    ) -> None:
        super().__init__(engine)
        self._report = report
        self._timer = timer

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the engine's audio; the figures follow its end."""
        started_s = self._timer()
        first_audio_s: float | None = None
        audio_bytes, audio_s = 0, 0.0
        outcome: Outcome = "abandoned"
        error: str | None = None
        try:
            with closing(self._engine.stream(request)) as chunks:
                for audio in chunks:
                    if first_audio_s is None and audio.data:
                        first_audio_s = self._timer() - started_s
                    audio_bytes += len(audio.data)
                    audio_s += len(audio.data) / _SAMPLE_BYTES[audio.encoding] / audio.sample_rate_hz
                    yield audio
            outcome = "done"
        except VoicebotError as exc:
            outcome, error = "failed", type(exc).__name__
            raise
        finally:
            info = self._engine.info
            characters = len(request.text)
            price_usd = price(info, characters) if audio_bytes else 0.0
            total_s = self._timer() - started_s
            self._report(
                Measured(info.name, outcome, error, first_audio_s, total_s, characters, audio_bytes, audio_s, price_usd)
            )


def price(info: EngineInfo, characters: int) -> float | None:
    """Return what an engine asks for so many characters in US dollars; None when that is unknown."""
    return None if info.price_per_1k_chars_usd is None else info.price_per_1k_chars_usd * characters / 1000


@dataclass(frozen=True)
class Total:
    """The sums of an engine's requests; `price_usd` counts what has a price."""

    requests: int = 0
    failed: int = 0
    characters: int = 0
    audio_bytes: int = 0
    audio_s: float = 0.0
    price_usd: float = 0.0
    total_s: float = 0.0
    slowest_first_audio_s: float = 0.0

    def line(self) -> str:
        """Return it in words."""
        price = f", ${self.price_usd:,.4f}" if self.price_usd else ""
        return (
            f"{self.requests} requests, {self.failed} failed; first audio after {self.slowest_first_audio_s * 1000:.0f} ms at "
            f"most, {self.total_s:.2f} s in all; {self.characters:,} characters, {self.audio_s:.1f} s of audio{price}"
        )


class Meter:
    """Adds figures up by engine; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: dict[str, Total] = {}

    def __call__(self, measured: Measured) -> None:
        """Add one request."""
        with self._lock:
            total = self._totals.get(measured.engine, Total())
            self._totals[measured.engine] = replace(
                total,
                requests=total.requests + 1,
                failed=total.failed + (measured.outcome == "failed"),
                characters=total.characters + measured.characters,
                audio_bytes=total.audio_bytes + measured.audio_bytes,
                audio_s=total.audio_s + measured.audio_s,
                price_usd=total.price_usd + (measured.price_usd or 0.0),
                total_s=total.total_s + measured.total_s,
                slowest_first_audio_s=max(total.slowest_first_audio_s, measured.first_audio_s or 0.0),
            )

    def totals(self) -> dict[str, Total]:
        """Return the sums so far, by engine."""
        with self._lock:
            return dict(self._totals)
