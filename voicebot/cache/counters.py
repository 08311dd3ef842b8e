"""How often callers were answered: counted in memory, kept by day."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal, Protocol

from voicebot.clock import Clock
from voicebot.errors import StorageError

KST = timezone(timedelta(hours=9))
"""Days are Korea's."""

Event = Literal["exact", "paraphrase", "miss", "spared_chars"]
EVENTS: tuple[Event, ...] = ("exact", "paraphrase", "miss", "spared_chars")

Key = tuple[str, str, Event]
"""A day (``2026-11-25``), an intent or an empty string, and what happened."""

Counts = Mapping[Key, int]

FLUSH_EVENTS = 200
"""Counts are kept after so many lookups at the latest."""


@dataclass(frozen=True)
class Count:
    """One counter."""

    day: str
    intent: str
    event: Event
    count: int


class CounterStore(Protocol):
    """Counters that only grow."""

    def add(self, counts: Counts) -> None:
        """Add to counters, all of them or none."""
        ...

    def read(self, first_day: str, last_day: str) -> Iterator[Count]:
        """Yield the counters of some days, in the order of days; a counter may come in parts."""
        ...


class LookupMeter:
    """Counts lookups in memory and hands the sums to a store now and then, so that a turn rarely waits for it.

    A store that fails costs nothing: the sums are kept for the next time. A process that ends in between loses at most
    what `flush_s` and `FLUSH_EVENTS` allow.

    Args:
        store: Keeps the counts.
        clock: Tells the day, and when to hand over.
        flush_s: How many seconds counts may wait; 0 hands over each lookup.
    """

    def __init__(self, store: CounterStore, clock: Clock, flush_s: float) -> None:
        self._store = store
        self._clock = clock
        self._flush_s = flush_s
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        self._lookups = 0
        self._since_s = clock.now()

    def count(self, intent: str, event: Event, spared_chars: int = 0) -> None:
        """Count one lookup.

        Args:
            intent: What the caller asked for, or an empty string.
            event: How it ended.
            spared_chars: Characters of the answer that need not be synthesised.
        """
        now_s = self._clock.now()
        day = day_of(now_s)
        with self._lock:
            self._counts[day, intent, event] += 1
            if spared_chars:
                self._counts[day, intent, "spared_chars"] += spared_chars
            self._lookups += 1
            is_due = now_s - self._since_s >= self._flush_s or self._lookups >= FLUSH_EVENTS
        if is_due:
            self.flush()

    def flush(self) -> None:
        """Hand over what was counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._lookups = 0
            self._since_s = self._clock.now()
        if not counts:
            return
        try:
            self._store.add(counts)
        except StorageError:
            with self._lock:
                self._counts.update(counts)


def day_of(now_s: float) -> str:
    """Return the day in Korea at a time in seconds since the Unix epoch."""
    return datetime.fromtimestamp(now_s, KST).strftime("%Y-%m-%d")


def days_until(last_day: str, days: int) -> list[str]:
    """Return so many days in order, of which the last is `last_day`."""
    last = datetime.strptime(last_day, "%Y-%m-%d")
    return [(last - timedelta(days=n)).strftime("%Y-%m-%d") for n in reversed(range(days))]
