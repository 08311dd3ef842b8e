"""Time, as something that is passed in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`."""
        time.sleep(max(0.0, seconds))


class VirtualClock:
    """Time that passes only when told to, and for work that is really done.

    A simulated call plays minutes of audio in an instant (`sleep`), while the work of handlers and engines takes the
    time that it truly takes (`working`), so that delays in the simulated call are those that a caller would hear.

    Args:
        start_s: The first reading, seconds since the Unix epoch.
        timer: A monotonic timer in seconds, which measures the work.
    """

    def __init__(self, start_s: float = 0.0, timer: "Timer" = time.perf_counter) -> None:
        self._now_s = start_s
        self._timer = timer
        self._work_started_s: float | None = None

    def now(self) -> float:
        """Return seconds since the Unix epoch, with the work under way counted."""
        if self._work_started_s is None:
            return self._now_s
        return self._now_s + (self._timer() - self._work_started_s)

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` at once."""
        self._now_s += max(0.0, seconds)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the time that the block really takes pass on this clock."""
        outer = self._work_started_s
        if outer is None:
            self._work_started_s = self._timer()
        try:
            yield
        finally:
            if outer is None:
                self._now_s = self.now()
                self._work_started_s = None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Run the block beside the main line: its own time passes inside it and is taken back after it."""
        at_s = self.now()
        was_working = self._work_started_s is not None
        self._now_s, self._work_started_s = at_s, self._timer()
        try:
            yield
        finally:
            self._now_s = at_s
            self._work_started_s = self._timer() if was_working else None


class Timer(Protocol):
    """A monotonic timer."""

    def __call__(self) -> float:
        """Return seconds from an arbitrary start."""
        ...
