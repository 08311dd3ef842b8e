"""How long an answer is waited for: learned from the answers before it."""

import threading

_WEIGHT = 0.2
"""How much the newest wait counts."""


class Waits:
    """The time from a caller's words to the first clip of a live answer, as this process has seen it.

    Args:
        expected_s: What is expected before anything was seen.
    """

    def __init__(self, expected_s: float) -> None:
        self._expected_s = expected_s
        self._lock = threading.Lock()

    def note(self, waited_s: float) -> None:
        """Learn from an answer that was ready after `waited_s`."""
        with self._lock:
            self._expected_s += _WEIGHT * (max(waited_s, 0.0) - self._expected_s)

    def left_s(self, waited_s: float) -> float:
        """Return how much longer an answer will take that has been waited for so long.

        One that is later than expected takes half as long again.
        """
        left_s = self._expected_s - waited_s
        return left_s if left_s > 0 else waited_s / 2
