"""The match threshold fitted to a budget of false hits."""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from voicebot.cache.coverage.figures import decimal, percent, span
from voicebot.cache.coverage.threshold_file import SETTING, write_threshold
from voicebot.errors import GateError, InputError
from voicebot.nlu.threshold import clopper_pearson

ENVIRONMENT_NAME = "VOICEBOT_CACHE__MATCH_THRESHOLD"
DIGITS = 4
"""Decimals of a threshold that is not very near to 1; more says nothing that a development set can know."""
_MAX_POINTS = 200


class Judged(Protocol):
    """What a threshold would decide about one query."""

    @property
    def score(self) -> float:
        """The best candidate's probability."""
        ...

    @property
    def is_right(self) -> bool:
        """True when the best candidate is the expected answer."""
        ...

    @property
    def is_answerable(self) -> bool:
        """True when some answer is expected."""
        ...

    @property
    def decided(self) -> bool | None:
        """Whether it is a hit at any threshold (True), at none (False), or as the threshold says (None)."""
        ...


@dataclass(frozen=True)
class CurvePoint:
    """What one threshold gives."""

    threshold: float
    hits: int
    hit_rate: float | None
    false_hits: int
    false_hit_rate: float


class Trace:
    """The scores of many queries, 8 bytes each: what any threshold would have given.

    It agrees with `voicebot.nlu.threshold`, and needs an interval for no more points than are shown.
    """

    def __init__(self) -> None:
        self.queries = 0
        self.answerable = 0
        self._always = [0, 0]
        self._scores = (array("d"), array("d"))

    def add(self, judged: Judged) -> None:
        """Count one query."""
        self.queries += 1
        self.answerable += judged.is_answerable
        if judged.decided is None:
            self._scores[judged.is_right].append(judged.score)
        elif judged.decided:
            self._always[judged.is_right] += 1

    def at(self, threshold: float) -> CurvePoint:
        """Return what `threshold` gives."""
        false_hits, hits = (
            always + int((np.asarray(scores) >= threshold).sum())
            for always, scores in zip(self._always, self._scores, strict=True)
        )
        hit_rate = hits / self.answerable if self.answerable else None
        return CurvePoint(threshold, hits, hit_rate, false_hits, false_hits / max(1, self.queries))

    def curve(self) -> tuple[CurvePoint, ...]:
        """Return at most some 200 points from the strictest threshold to the loosest, dense where false hits are few."""
        scores = np.unique(np.concatenate([np.asarray(part) for part in self._scores]))[::-1]
        places = np.unique(np.geomspace(1, max(1, len(scores)), _MAX_POINTS).astype(int)) - 1
        thresholds = [1.0, *(float(score) for score in scores[places[: len(scores)]]), 0.0]
        return tuple(self.at(threshold) for threshold in dict.fromkeys(thresholds))

    def fit(self, budget: float) -> float:
        """Return the threshold with the most hits among those whose false-hit rate is at most `budget`.

        Of the thresholds with equally many hits it is the strictest, for a wrong answer costs more than a miss. When no
        threshold meets the budget it is 1.
        """
        wrong, right = (np.sort(np.asarray(scores))[::-1] for scores in self._scores)
        allowed = _most(budget, self.queries) - self._always[False]
        if allowed < 0:
            return 1.0
        limit = float(wrong[allowed]) if allowed < len(wrong) else -math.inf
        kept: NDArray[np.float64] = right[right > limit]
        if not len(kept):
            return 1.0
        rounded = _round_down(float(kept[-1]))
        return rounded if rounded > limit else float(kept[-1])


def _round_down(threshold: float) -> float:
    """Return a threshold with four digits, or more where it is so near to 1 that four would move it far."""
    if threshold >= 1:
        return 1.0
    digits = max(DIGITS, 3 - math.floor(math.log10(1 - threshold)))
    rounded = round(threshold, digits)
    return rounded if rounded <= threshold else round(rounded - 10**-digits, digits)


def _most(budget: float, of: int) -> int:
    """Return the largest count whose share of `of` is at most `budget`, whatever floating point makes of the product."""
    near = math.floor(budget * of)
    return near + 1 if near < of and (near + 1) / of <= budget else near


@dataclass(frozen=True)
class TuneReport:
    """A threshold fitted to a development set.

    Attributes:
        threshold: To be set as `cache.match_threshold`.
        budget: The false-hit rate that was allowed on the development set.
        is_met: False when no threshold meets the budget.
        queries: How many were asked.
        answerable: How many of them have an answer.
        hits: Right answers at the threshold.
        hit_rate: Of the answerable queries.
        hit_rate_interval: 95 %, Clopper-Pearson.
        false_hits: Wrong answers at the threshold.
        false_hit_rate: Of all queries.
        false_hit_rate_upper: The upper end of its 95 % Clopper-Pearson interval.
        now: The same counts at the threshold in force.
        setting: Where to set the threshold.
        written_to: The configuration file that was changed, or an empty string.
        is_dry_run: True when that file would be changed, and was not.
    """

    threshold: float
    budget: float
    is_met: bool
    queries: int
    answerable: int
    hits: int
    hit_rate: float | None
    hit_rate_interval: tuple[float, float]
    false_hits: int
    false_hit_rate: float
    false_hit_rate_upper: float
    now: CurvePoint
    setting: str = SETTING
    written_to: str = ""
    is_dry_run: bool = False

    def written(self, config: Path, dry_run: bool = False) -> Self:
        """Set the threshold in a configuration file and return the report that says so. See `write_threshold`."""
        return replace(self, written_to=write_threshold(config, self.threshold, dry_run), is_dry_run=dry_run)


def tune(judged: Iterable[Judged], budget: float, threshold_now: float) -> TuneReport:
    """Return the threshold that fits a false-hit budget on a development set."""
    if not 0 <= budget <= 1:
        raise InputError("the budget must lie between 0 and 1")
    trace = Trace()
    for one in judged:
        trace.add(one)
    point = trace.at(trace.fit(budget))
    return TuneReport(
        threshold=point.threshold,
        budget=budget,
        is_met=point.false_hit_rate <= budget,
        queries=trace.queries,
        answerable=trace.answerable,
        hits=point.hits,
        hit_rate=point.hit_rate,
        hit_rate_interval=clopper_pearson(point.hits, trace.answerable),
        false_hits=point.false_hits,
        false_hit_rate=point.false_hit_rate,
        false_hit_rate_upper=clopper_pearson(point.false_hits, trace.queries)[1],
        now=trace.at(threshold_now),
    )


def check_budget(report: TuneReport) -> None:
    """Raise GateError when no threshold meets the budget."""
    if not report.is_met:
        raise GateError(
            f"no threshold meets the budget: {report.false_hits} of {report.queries} queries are false hits "
            f"({report.false_hit_rate:.2%}) even at the strictest; {report.budget:.2%} is allowed",
            hint="two cached answers may share a question; voicebot cache coverage lists the false hits",
        )


def tune_text(report: TuneReport) -> str:
    """Return a report as a person reads it."""
    rate = percent(report.hit_rate) + (f" ({span(report.hit_rate_interval)})" if report.answerable else "")
    now = report.now
    lines = [
        f"threshold   {decimal(report.threshold)}",
        f"hits        {report.hits} of {report.answerable}, {rate}",
        f"false hits  {report.false_hits} of {report.queries}, {report.false_hit_rate:.2%}; budget {report.budget:.2%}; "
        f"95 % upper bound {report.false_hit_rate_upper:.2%}",
        f"now         {now.hits} hits and {now.false_hits} false hits at {decimal(now.threshold)}",
    ]
    return "\n".join([*lines, f"set         {SETTING}: {decimal(report.threshold)} {_place(report)}"])


def _place(report: TuneReport) -> str:
    if not report.written_to:
        return f"in the configuration file, or {ENVIRONMENT_NAME}={decimal(report.threshold)} in the environment"
    return f"{'would be written' if report.is_dry_run else 'is written'} to {report.written_to}"
