"""Rows of the table, and the ways to time."""

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
APART = "\n## A million answers\n"
"""Where the part of the page begins that is measured by itself."""


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    measured: str
    asked: str

    def line(self) -> str:
        """Return the row in Markdown."""
        return f"| {self.what} | {self.measured} | {self.asked} |"


def table(rows: Sequence[Row]) -> str:
    """Return rows as a table in Markdown."""
    return "\n".join(["| what | measured | asked |", "|---|---|---|", *(row.line() for row in rows), ""])


def process_ratio(ours: Sequence[str], theirs: Sequence[str], runs: int = 15) -> tuple[float, float, float]:
    """Return the median ratio of two processes run in turn, and the median milliseconds of each."""
    pairs = []
    for n in range(runs + 1):
        pair = (_process_s(ours), _process_s(theirs))
        if n:  # the first pair warms the disk cache
            pairs.append(pair)
    ratio = statistics.median(a / b for a, b in pairs)
    return ratio, *(1000 * statistics.median(times) for times in zip(*pairs, strict=True))  # type: ignore[return-value]


def _process_s(command: Sequence[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started_s


def call_ms(work: Callable[[], object], runs: int = 200) -> tuple[float, float]:
    """Return the median and the 99th percentile of one call, in milliseconds."""
    times = []
    for _ in range(runs):
        started_s = time.perf_counter()
        work()
        times.append((time.perf_counter() - started_s) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]
