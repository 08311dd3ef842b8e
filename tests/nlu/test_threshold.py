"""Budgets of false hits, and what is known about the true rate."""

import math

import pytest

from voicebot.nlu.threshold import at, clopper_pearson, curve, fit, wilson

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 100, 0.0, 0.0362167), (3, 100, 0.0062295, 0.0851761), (50, 1000, 0.0373354, 0.0653905), (10, 10, 0.6915029, 1.0)],
)  # fmt: skip
def test_clopper_pearson_agrees_with_the_tables(successes: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(successes, trials) == pytest.approx((low, high), abs=1e-6)


def test_wilson_lies_inside_the_unit_interval() -> None:
    low, high = wilson(1, 1)
    assert 0 < low < high == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_threshold_keeps_the_budget() -> None:
    points = curve([0.9, 0.8, 0.7, 0.6], [True, True, False, True], [True, True, False, True])
    assert fit(points, 0.0).threshold == 0.8
    assert fit(points, 0.25).hits == 1.0
    assert at(points, 0.75).false == 0.0


def test_no_threshold_fits_when_the_best_score_is_wrong() -> None:
    assert math.isinf(fit(curve([0.9], [False], [False]), 0.0).threshold)


def test_equal_scores_are_accepted_together() -> None:
    assert len(curve([0.5, 0.5], [True, False], [True, True])) == 1
