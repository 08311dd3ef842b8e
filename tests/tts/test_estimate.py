from dataclasses import replace

import pytest

from tests.fakes.speech import FakeTts
from voicebot.errors import RefusedError
from voicebot.tts.estimate import Estimate, approve_cost, estimate

pytestmark = pytest.mark.unit

COST = Estimate("eleven", 100_000, 5.0)


def test_price_is_for_the_spoken_form() -> None:
    cost = estimate(replace(FakeTts().info, price_per_1k_chars_usd=10.0), ["3개", "네"])
    assert cost == Estimate("fake", len("세 개") + 1, pytest.approx(0.04))


def test_unknown_price_is_said_to_be() -> None:
    cost = estimate(replace(FakeTts().info, price_per_1k_chars_usd=None), ["네"])
    assert cost.price_usd is None
    assert "not known" in cost.line()
    approve_cost(cost, 0.0)


def test_money_is_spent_up_to_the_limit_or_with_somebodys_word() -> None:
    approve_cost(COST, 5.0)
    approve_cost(COST, 1.0, is_approved=True)
    asked: list[str] = []
    approve_cost(COST, 1.0, ask=lambda question: not asked.append(question))  # type: ignore[func-returns-value]
    assert "$5.0000" in asked[0]


@pytest.mark.parametrize("ask", [None, lambda question: False])
def test_nobody_to_ask_is_a_refusal(ask: None) -> None:
    with pytest.raises(RefusedError, match=r"\$5\.00, more than \$1\.00") as caught:
        approve_cost(COST, 1.0, ask=ask)
    assert "--yes" in str(caught.value.hint)
