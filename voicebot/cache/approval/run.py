"""What the threads of an approval run share: what is claimed, what may still be begun, what came of it."""

import threading
from collections import deque
from collections.abc import Callable

from voicebot.cache.approval.report import ApprovalReport, ItemResult, Limits, Stop
from voicebot.cache.protocol import InboxItem
from voicebot.clock import Clock
from voicebot.errors import RefusedError

MOST_SILENT = 5
"""So many failures in a row that may pass mean that the engine is down, whatever the items are."""


class SpendingLimitError(RefusedError):
    """The next item would cost more than is left."""


class ApprovalRun:
    """One run, safe to use from its threads.

    Args:
        clock: The time.
        limits: When to end early.
        on_item: Hears of each item that is done, one at a time.
        price_usd: What a text costs; None when that is unknown.
        workers: How many threads there are.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        on_item: Callable[[ItemResult], None],
        price_usd: Callable[[str], float | None],
        workers: int,
    ) -> None:
        self.report = ApprovalReport()
        self.spent_usd = 0.0
        self._clock = clock
        self._limits = limits
        self._on_item = on_item
        self._price_usd = price_usd
        self._batch = 2 * workers
        self._started_s = clock.now()
        self._claiming = threading.Lock()
        self._lock = threading.Lock()
        self._claimed: deque[InboxItem] = deque()
        self._left = limits.items
        self._is_over = False
        self._doubtful: list[tuple[InboxItem, str]] = []

    def elapsed_s(self) -> float:
        """Return how long the run has taken."""
        return self._clock.now() - self._started_s

    def stop(self, why: Stop = "") -> None:
        """Have every thread end after the item that it is at."""
        with self._lock:
            self._is_over = True
            self.report.stopped = self.report.stopped or why

    def next(self, claim: Callable[[int], list[InboxItem]]) -> InboxItem | None:
        """Return an item to work on, or None when this thread is done."""
        with self._claiming:
            if self._limits.seconds is not None and self.elapsed_s() >= self._limits.seconds:
                self.stop("time")
            if self._is_over:
                return None
            if not self._claimed:
                n = self._batch if self._left is None else min(self._batch, self._left)
                if n == 0:
                    self.stop("limit")
                    return None
                self._claimed.extend(claim(n))
                self._left = None if self._left is None else self._left - len(self._claimed)
            return self._claimed.popleft() if self._claimed else None

    def buy(self, text: str) -> None:
        """Take the price of a text from what may be spent.

        Raises:
            SpendingLimitError: Not so much is left.
        """
        price_usd = self._price_usd(text) or 0.0
        with self._lock:
            if self._limits.usd is not None and self.spent_usd + price_usd > self._limits.usd:
                raise SpendingLimitError("the next item would cost more than is left")
            self.spent_usd += price_usd

    def doubt(self, item: InboxItem, reason: str) -> None:
        """Keep an item whose failure may be the engine's, until another one succeeds or the run ends."""
        with self._lock:
            self._doubtful.append((item, reason))
            if len(self._doubtful) >= MOST_SILENT:
                self._is_over = True
                self.report.stopped = "engine"

    def doubtful(self, *, is_last: bool = False) -> list[tuple[InboxItem, str]]:
        """Take the items whose failure was their own; none when the engine is down.

        At the end of a run it is taken to be down when several items failed and none succeeded.
        """
        with self._lock:
            has_spoken = self.report.approved or self.report.held
            if is_last and not has_spoken and len(self._doubtful) > 1:
                self.report.stopped = "engine"
            if self.report.stopped == "engine":
                return []
            taken, self._doubtful = self._doubtful, []
            return taken

    def finished(self, result: ItemResult, *, is_renewal: bool = False, is_dead: bool = False) -> None:
        """Count an item."""
        with self._lock:
            line = f"item {result.item}: {result.reason}"
            if result.outcome == "approved":
                self.report.approved += 1
                self.report.renewed += is_renewal
            elif result.outcome == "held":
                self.report.held.append(line)
            else:
                self.report.failed.append(line)
                self.report.dead += is_dead
            self._on_item(result)
