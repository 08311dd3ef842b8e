"""Where to say yes: a threshold fitted to a budget of false hits, and what is known about the true rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the curve.

    Attributes:
        threshold: Accept from here.
        hits: Right answers accepted, of the queries that have one.
        false_count: Wrong answers accepted.
        queries: All queries.
    """

    threshold: float
    hits: float
    false_count: int
    queries: int

    @property
    def false(self) -> float:
        """Wrong answers accepted, of all queries."""
        return self.false_count / max(1, self.queries)

    @property
    def false_upper(self) -> float:
        """The 95 % Clopper-Pearson upper bound of `false`."""
        return clopper_pearson(self.false_count, self.queries)[1]


def curve(scores: Sequence[float], right: Sequence[bool], known: Sequence[bool]) -> list[Point]:
    """Return the points at every distinct score, strictest first.

    Args:
        scores: Of each query's best candidate.
        right: Whether that candidate is the right answer.
        known: Whether the query has a right answer at all.
    """
    values = np.asarray(scores, np.float64)
    order = np.argsort(-values, kind="stable")
    is_right = np.asarray(right, bool)[order]
    hits, false = np.cumsum(is_right), np.cumsum(~is_right)
    last = np.append(values[order][1:] != values[order][:-1], True) if len(values) else np.zeros(0, bool)
    answerable = max(1, int(np.sum(known)))
    return [
        Point(float(values[order[i]]), float(hits[i] / answerable), int(false[i]), len(values))
        for i in np.flatnonzero(last)
    ]


def fit(points: Sequence[Point], budget: float) -> Point:
    """Return the point with most hits whose false hits stay within `budget`; one above all scores when none does."""
    good = [point for point in points if point.false <= budget]
    if good:
        return max(good, key=lambda point: point.hits)
    return Point(math.inf, 0.0, 0, points[0].queries if points else 0)


def at(points: Sequence[Point], threshold: float) -> Point:
    """Return what a threshold gives: the last point that is not below it."""
    above = [point for point in points if point.threshold >= threshold]
    return above[-1] if above else Point(threshold, 0.0, 0, points[0].queries if points else 0)


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval of a proportion.

    Source:
        Clopper and Pearson, Biometrika 26 (1934) 404-413; by the quantiles of the beta distribution.
    """
    if trials <= 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else _beta_quantile(tail, successes, trials - successes + 1)
    high = 1.0 if successes == trials else _beta_quantile(1 - tail, successes + 1, trials - successes)
    return low, high


def wilson(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the score interval of a proportion (Wilson, JASA 22 (1927) 209-212)."""
    if trials <= 0:
        return 0.0, 1.0
    rate, square = successes / trials, z * z
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    spread = z * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if _incomplete_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return I_x(a, b) by its continued fraction (Lentz; DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny, c, d, result = 1e-300, 1.0, 0.0, 1.0
    for step in range(400):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        result *= c * d
        if abs(1 - c * d) < 1e-12:
            break
    return front * (result - 1)
