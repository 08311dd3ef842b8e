"""The threshold that fits a budget."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cache.coverage.test_measure import SCRIPT, coverage, write
from voicebot.cache.coverage.queries import read_queries
from voicebot.cache.coverage.tuning import Trace, check_budget, tune, tune_text
from voicebot.errors import GateError, InputError
from voicebot.nlu.threshold import at, curve, fit

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Scored:
    score: float
    is_right: bool
    is_answerable: bool = True
    decided: bool | None = None


def traced(scored: Iterable[Scored]) -> Trace:
    trace = Trace()
    for one in scored:
        trace.add(one)
    return trace


RIGHT = [Scored(score, True) for score in (0.99, 0.95, 0.90, 0.60)]
WRONG = [Scored(score, False) for score in (0.93, 0.70, 0.50, 0.20, 0.10, 0.05)]


@pytest.mark.parametrize(
    ("budget", "threshold", "hits", "false_hits"),
    [(0.0, 0.95, 2, 0), (0.09, 0.95, 2, 0), (0.1, 0.90, 3, 1), (0.2, 0.60, 4, 2), (0.9, 0.60, 4, 2)],
)
def test_the_most_hits_within_the_budget_at_the_strictest_threshold(
    budget: float, threshold: float, hits: int, false_hits: int
) -> None:
    report = tune(RIGHT + WRONG, budget, 0.5)
    assert (report.threshold, report.hits, report.false_hits, report.is_met) == (threshold, hits, false_hits, True)
    assert (report.now.hits, report.now.false_hits) == (4, 3)


def test_the_upper_bound_stands_beside_the_rate() -> None:
    scored = [Scored(0.9, True)] * 99 + [Scored(0.95, False)]
    report = tune(scored, 0.01, 0.5)
    assert (report.hits, report.false_hits, report.false_hit_rate) == (99, 1, 0.01)
    assert report.false_hit_rate_upper == pytest.approx(0.05445939, abs=1e-7)
    assert "95 % upper bound 5.45%" in tune_text(report)


@pytest.mark.parametrize("of", [100, 300, 700])
def test_a_budget_counts_whole_queries_whatever_floating_point_says(of: int) -> None:
    for budget_percent in range(1, 100):
        allowed = of * budget_percent // 100
        scored = [Scored(0.9, False)] * allowed + [Scored(0.8, True)] * (of - allowed)
        assert tune(scored, budget_percent / 100, 0.5).threshold == 0.8


def test_it_agrees_with_the_curve_of_the_model() -> None:
    chance = random.Random(7)
    for _ in range(20):
        scored = [
            Scored(round(chance.random(), 3), is_right, is_right or chance.random() < 0.5)
            for is_right in (chance.random() < 0.7 for _ in range(40))
        ]
        points = curve([s.score for s in scored], [s.is_right for s in scored], [s.is_answerable for s in scored])
        for budget in (0.02, 0.1, 0.3):
            report, point = tune(scored, budget, 0.5), fit(points, budget)
            assert report.hit_rate == pytest.approx(point.hits)
            if report.hits:
                assert report.threshold == pytest.approx(point.threshold)
                assert report.false_hit_rate == pytest.approx(point.false)
                assert report.false_hit_rate_upper == pytest.approx(point.false_upper)
            now = at(points, 0.5)
            assert (report.now.hit_rate, report.now.false_hit_rate) == pytest.approx((now.hits, now.false))


def test_a_threshold_has_four_digits_where_they_are_enough() -> None:
    assert tune([Scored(0.876543, True), Scored(0.5, False)], 0.0, 0.5).threshold == 0.8765
    assert tune([Scored(0.876543, True), Scored(0.876541, False)], 0.0, 0.5).threshold == 0.876543
    near_one = tune([Scored(1 - 3.21987e-7, True), Scored(1 - 4e-7, False)], 0.0, 0.5).threshold
    assert 1 - near_one == pytest.approx(3.22e-7, rel=0.001)
    assert tune([Scored(1.0, True)], 0.0, 0.5).threshold == 1.0


def test_what_no_threshold_decides_counts_at_every_threshold() -> None:
    trace = traced([Scored(1, True, decided=True), Scored(1, False, decided=True), Scored(0.9, False, decided=False)])
    assert [(trace.at(t).hits, trace.at(t).false_hits) for t in (0.0, 1.0)] == [(1, 1), (1, 1)]


def test_a_budget_that_exact_matches_already_break_is_not_met() -> None:
    report = tune([Scored(1, False, decided=True), Scored(0.9, True)], 0.1, 0.5)
    assert (report.threshold, report.is_met) == (1.0, False)
    with pytest.raises(GateError, match="1 of 2 queries are false hits"):
        check_budget(report)


def test_tuning_asks_the_same_way_as_coverage(tmp_path: Path) -> None:
    cover = coverage(script=SCRIPT)
    report = tune(cover.outcomes(read_queries(write(tmp_path))), 0.1, cover.finder.threshold)
    assert (report.threshold, report.hits, report.false_hits) == (0.9, 4, 0)
    assert (report.now.hits, report.now.false_hits) == (4, 2)


@pytest.mark.parametrize("budget", [float("nan"), -0.1, 5])
def test_a_budget_is_between_0_and_1(budget: float) -> None:
    with pytest.raises(InputError):
        tune(RIGHT, budget, 0.5)
