"""How long answers are expected to take."""

import pytest

from voicebot.turns.waits import Waits

pytestmark = pytest.mark.unit


def test_what_was_seen_replaces_what_was_expected() -> None:
    waits = Waits(3.0)
    assert waits.left_s(1.0) == 2.0
    for _ in range(50):
        waits.note(6.0)
    assert waits.left_s(1.0) == pytest.approx(5.0, abs=0.1)


def test_an_answer_that_is_late_is_expected_to_take_half_as_long_again() -> None:
    assert Waits(3.0).left_s(4.0) == 2.0
