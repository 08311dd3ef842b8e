"""Measures of intents, against tables counted by hand."""

import pytest

from voicebot.nlu.intent_report import intent_report

pytestmark = pytest.mark.unit


def test_measures_are_those_of_a_table_counted_by_hand() -> None:
    expected = ["a"] * 4 + ["b"] * 4 + ["out_of_scope"] * 2
    told = ["a", "a", "a", "b", "b", "b", "out_of_scope", "out_of_scope", "out_of_scope", "a"]
    document = intent_report(expected, told)
    assert document["accuracy"] == 0.6
    assert document["accuracy_interval"] == pytest.approx((0.26237808, 0.87844774), abs=1e-7)
    assert document["macro_f1"] == pytest.approx((6 / 8 + 4 / 7 + 2 / 5) / 3)
    assert document["out_of_scope_recall"] == 0.5
    assert document["in_scope_rejected"] == 0.25
    assert document["by_intent"][0] | {"recall_interval": None} == {
        "intent": "a", "lines": 4, "precision": 0.75, "recall": 0.75, "recall_interval": None, "f1": 0.75,
    }  # fmt: skip
    assert [tuple(one.values()) for one in document["confusions"]] == [
        ("b", "out_of_scope", 2), ("a", "b", 1), ("out_of_scope", "a", 1),
    ]  # fmt: skip


def test_the_interval_of_macro_f1_is_the_same_every_time_and_holds_the_value() -> None:
    expected, told = ["a", "b"] * 50, ["a", "b", "a", "a"] * 25
    first, again = intent_report(expected, told), intent_report(expected, told)
    assert first == again
    low, high = first["macro_f1_interval"]
    assert low < first["macro_f1"] < high


def test_without_out_of_scope_lines_there_is_no_recall_of_them() -> None:
    document = intent_report(["a", "b"], ["a", "b"])
    assert (document["out_of_scope_recall"], document["out_of_scope_recall_interval"]) == (None, None)
