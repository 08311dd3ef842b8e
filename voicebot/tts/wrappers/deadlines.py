"""Time limits of our own, which hold for an engine that has none, breaks them or hangs."""

import math
import queue
import threading
import time
from collections.abc import Iterator
from itertools import takewhile

from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.limited import LimitedTts
from voicebot.tts.wrappers.wrapper import Wrapper

FIRST_AUDIO_S = 8.0
TOTAL_S = 30.0


class DeadlinesTts(Wrapper):
    """Gives up an engine that is late; the engine works in a thread, so that nothing it does can hold the listener.

    The wait in a queue under this (`LimitedTts`) does not count: it has a bound of its own. Nor does the time that a
    slow listener takes: what was made in time is given, however late.

    Args:
        engine: The engine.
        first_audio_s: Seconds for the first audio.
        total_s: Seconds for all of it.
    """

    def __init__(self, engine: SpeechEngine, first_audio_s: float = FIRST_AUDIO_S, total_s: float = TOTAL_S) -> None:
        super().__init__(engine)
        self.total_s = total_s
        self._first_audio_s = first_audio_s

    def stream(self, request: SpeechRequest, within_s: float = math.inf) -> Iterator[AudioChunk]:
        """Return the engine's audio, all of it within `total_s`, and within `within_s` if that is less.

        Raises:
            EngineError: The engine is late.
        """
        total_s = min(self.total_s, within_s)
        limit_s = min(self._first_audio_s, total_s)
        work = _Work(self._engine, request, total_s)
        try:
            while True:
                try:
                    item = work.made.get(timeout=work.left_s(limit_s))
                except queue.Empty:
                    if work.left_s(limit_s) > 0:  # it has stood in line until now
                        continue
                    is_first = limit_s < total_s
                    raise self._late("no audio", self._first_audio_s) if is_first else self._unfinished() from None
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                if isinstance(item, _Late):
                    raise self._unfinished()
                if item.data:
                    limit_s = total_s
                    yield item
        finally:
            work.abandon()

    def _unfinished(self) -> EngineError:
        return self._late("not finished", self.total_s)

    def _late(self, problem: str, limit_s: float) -> EngineError:
        return EngineError(
            f"{problem} within {limit_s:g} s",
            engine=self._engine.info.name,
            retryable=True,
            hint="look at the engine, or raise its time limits under tts",
        )


class _Late:
    """Says that the time was over before the audio was."""


class _Work:
    """An engine at work in a thread of its own; its audio, its end (None) or its error wait in `made`."""

    def __init__(self, engine: SpeechEngine, request: SpeechRequest, total_s: float) -> None:
        self.made: queue.SimpleQueue[AudioChunk | BaseException | _Late | None] = queue.SimpleQueue()
        self._engine = engine
        self._request = request
        self._total_s = total_s
        self._started_s = math.inf
        self._is_abandoned = False
        threading.Thread(target=self._make, name="speech engine", daemon=True).start()

    def left_s(self, limit_s: float) -> float:
        """Return how much of a time limit is left; all of it before the engine has begun."""
        return max(0.0, min(self._started_s - time.monotonic(), 0.0) + limit_s)

    def abandon(self) -> None:
        """Stop the engine at its next chunk."""
        self._is_abandoned = True

    def _begin(self) -> None:
        self._started_s = time.monotonic()

    def _stream(self) -> Iterator[AudioChunk]:
        if isinstance(self._engine, LimitedTts):
            return self._engine.stream(self._request, self._begin)
        self._begin()
        return self._engine.stream(self._request)

    def _make(self) -> None:
        try:
            with closing(self._stream()) as chunks:
                for audio in takewhile(lambda _: not self._is_abandoned, chunks):
                    if self._is_over():
                        self.made.put(_Late())
                        return
                    self.made.put(audio)
            self.made.put(None)
        except BaseException as exc:  # it is raised again on the listener's side
            # An engine with a limit as long as this one finds out at the same moment.
            self.made.put(_Late() if isinstance(exc, EngineError) and self._is_over() else exc)

    def _is_over(self) -> bool:
        return time.monotonic() > self._started_s + self._total_s
