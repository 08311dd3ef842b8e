"""No more requests than a provider allows: so many at once, so many a minute, first come first served."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicebot.clock import Clock, SystemClock
from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

MAX_CONCURRENT = 16
MAX_WAIT_S = 60.0
_WINDOW_S = 60.0


class Gate:
    """A queue before one engine; whoever shares the engine's account in this process shares the gate.

    Args:
        engine: The engine's name, for errors.
        max_concurrent: How many requests run at once.
        per_minute: How many requests start within any 60 seconds; None is any number.
        max_wait_s: The longest wait for a turn.
        clock: The time.
    """

    def __init__(
        self,
        engine: str,
        max_concurrent: int = MAX_CONCURRENT,
        per_minute: int | None = None,
        max_wait_s: float = MAX_WAIT_S,
        clock: Clock | None = None,
    ) -> None:
        self._name = engine
        self._max_concurrent = max_concurrent
        self._per_minute = per_minute
        self._max_wait_s = max_wait_s
        self._clock = clock or SystemClock()
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._running = 0
        self._started_s: deque[float] = deque(maxlen=per_minute)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and keep it for the block.

        Raises:
            EngineError: It would come too late.
        """
        self._enter()
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _enter(self) -> None:
        ticket = object()
        until_s = self._clock.now() + self._max_wait_s
        with self._changed:
            self._line.append(ticket)
            try:
                while not (self._line[0] is ticket and self._running < self._max_concurrent):
                    left_s = until_s - self._clock.now()
                    if left_s <= 0 or not self._changed.wait(left_s):
                        raise self._busy()
            except BaseException:
                self._leave_line(ticket)
                raise
        try:
            self._await_rate(until_s)  # at the head of the line, so nobody overtakes meanwhile
        except BaseException:
            with self._changed:
                self._leave_line(ticket)
            raise
        with self._changed:
            self._running += 1
            self._started_s.append(self._clock.now())
            self._leave_line(ticket)

    def _await_rate(self, until_s: float) -> None:
        if self._per_minute is None or len(self._started_s) < self._per_minute:
            return
        now_s = self._clock.now()
        pause_s = self._started_s[0] + _WINDOW_S - now_s
        if now_s + pause_s > until_s:
            raise self._busy()
        self._clock.sleep(pause_s)

    def _leave_line(self, ticket: object) -> None:
        self._line.remove(ticket)
        self._changed.notify_all()

    def _busy(self) -> EngineError:
        return EngineError(
            f"too many requests: no turn within {self._max_wait_s:g} s",
            engine=self._name,
            retryable=True,
            hint="use fewer workers, or raise tts.max_concurrent or tts.requests_per_minute",
        )


class LimitedTts(Wrapper):
    """Lets requests through a gate; a turn lasts as long as the engine's stream.

    Args:
        engine: The engine.
        gate: The queue before it.
    """

    def __init__(self, engine: SpeechEngine, gate: Gate) -> None:
        super().__init__(engine)
        self._gate = gate

    def stream(self, request: SpeechRequest, on_turn: Callable[[], None] = lambda: None) -> Iterator[AudioChunk]:
        """Return the engine's audio when the turn has come, which `on_turn` hears of."""
        with self._gate.turn():
            on_turn()
            with closing(self._engine.stream(request)) as chunks:
                yield from chunks
