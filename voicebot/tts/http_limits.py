"""Time limits of our own around work that waits for somebody else's server.

No time-out of a socket bounds a whole request: name lookup, addresses tried one after another and headers that drip
in each have their own. So the work runs in a thread, and whoever listens waits exactly as long as the limits say.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk

Item = TypeVar("Item")

_SOCKET_GRACE_S = 1.0


class LimitSettings(Protocol):
    """The limits among an engine's settings."""

    @property
    def connect_s(self) -> float:
        """Seconds for the connection."""
        ...

    @property
    def first_byte_s(self) -> float:
        """Seconds for the first audio, and the longest gap later."""
        ...

    @property
    def total_s(self) -> float:
        """Seconds for the whole request."""
        ...


@dataclass(frozen=True)
class Limits:
    """How long an engine may take.

    Args:
        engine: Its name, for errors.
        connect_s: Seconds for the connection.
        first_byte_s: Seconds for the first audio; also the longest gap later.
        total_s: Seconds for the whole request.
    """

    engine: str
    connect_s: float
    first_byte_s: float
    total_s: float

    @classmethod
    def of(cls, engine: str, settings: LimitSettings) -> "Limits":
        """Return the limits in an engine's settings; no part may take longer than the whole."""
        total_s = settings.total_s
        return cls(engine, min(settings.connect_s, total_s), min(settings.first_byte_s, total_s), total_s)

    @property
    def socket_s(self) -> float:
        """How long a socket may stay silent before its thread gives up; the listener has given up by then."""
        return self.first_byte_s + _SOCKET_GRACE_S

    def first_byte_error(self) -> EngineError:
        """Return the error of a server that is silent from the beginning."""
        return self._late(f"no audio within {self.first_byte_s:g} s", "first_byte_s")

    def gap_error(self) -> EngineError:
        """Return the error of a server that falls silent."""
        return self._late(f"the audio stopped for {self.first_byte_s:g} s", "first_byte_s")

    def total_error(self) -> EngineError:
        """Return the error of a server that does not come to an end."""
        return self._late(f"not finished within {self.total_s:g} s", "total_s")

    def connect_error(self) -> EngineError:
        """Return the error of a server that does not take the connection."""
        return self._late(f"no connection within {self.connect_s:g} s", "connect_s")

    def _late(self, problem: str, setting: str) -> EngineError:
        return EngineError(
            problem,
            engine=self.engine,
            retryable=True,
            hint=f"look at the server and the network, or raise tts.{self.engine}.{setting}",
        )


class Lifeline:
    """Held by work in a thread; the listener pulls it to end work that waits for a socket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cut = False
        self._on_cut: Callable[[], None] | None = None

    @property
    def is_cut(self) -> bool:
        """Whether nobody listens any more."""
        return self._is_cut

    def on_cut(self, action: Callable[[], None] | None) -> None:
        """Have `action` called when the listener goes, at once if it has gone."""
        with self._lock:
            self._on_cut = action
            is_cut = self._is_cut
        if is_cut and action is not None:
            action()

    def cut(self) -> None:
        """End the work."""
        with self._lock:
            self._is_cut = True
            action, self._on_cut = self._on_cut, None
        if action is not None:
            action()


def bounded(
    work: Callable[[Lifeline], Generator[Item, None, None]], limits: Limits, ends_s: float | None = None
) -> Generator[Item, None, None]:
    """Yield what `work` yields in a thread of its own, within the limits; closing this ends the work.

    A listener that is slow costs nothing: what has been made by then is given, however late.

    Args:
        work: Yields items; bytes or chunks among them are the audio that the first-byte limit waits for.
        limits: How long it may take.
        ends_s: When it must have ended, on the monotonic clock, where this is a part of something longer.

    Raises:
        EngineError: A limit was passed; and whatever `work` raises.
    """
    made: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    lifeline = Lifeline()
    must_end_s = time.monotonic() + limits.total_s if ends_s is None else ends_s

    def run() -> None:
        try:
            with closing(work(lifeline)) as items:
                for item in items:
                    if lifeline.is_cut:
                        return
                    made.put(item)
                    if time.monotonic() > must_end_s:
                        raise limits.total_error()
            made.put(_End(None))
        except BaseException as exc:  # it is raised again on the listener's side
            made.put(_End(exc))

    threading.Thread(target=run, name=f"{limits.engine} request", daemon=True).start()
    first_s: float | None = time.monotonic() + limits.first_byte_s
    try:
        while True:
            until_s = min(first_s or time.monotonic() + limits.first_byte_s, must_end_s)
            try:
                item = made.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                if until_s >= must_end_s:
                    raise limits.total_error() from None
                raise (limits.first_byte_error() if first_s else limits.gap_error()) from None
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            if isinstance(item, bytes | AudioChunk):
                first_s = None
            yield item
    finally:
        lifeline.cut()


@dataclass(frozen=True)
class _End:
    """How the work ended."""

    error: BaseException | None
