"""Callers who say that an approved answer was not what they asked."""

import logging
from dataclasses import replace

import pytest

from voicebot.turns.protocol import Job
from voicebot.turns.reports import report_false_hit

pytestmark = pytest.mark.unit

HIT = Job("c.1", "c", 1, "보험 되나요", "네", True, "insurance_accident", {}, "done", 0.0, 0.0, 0, ())


@pytest.mark.parametrize(
    "said",
    [
        "그게 아니고 자차 보험이요",
        "아니 그거 말고요",
        "그 말이 아니라 견적이요",
        "다른 걸 물어봤는데요",
        "엉뚱한 소리 하시네요",
        "잘못 알아들으셨어요",
        "그게 아니라요",
    ],
)
def test_a_caller_who_objects_to_a_cached_answer_is_logged_without_words(
    said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert report_false_hit(said, [HIT])
    assert caplog.messages == ["false hit reported: turn c.1, intent insurance_accident"]


@pytest.mark.parametrize(
    "said", ["네 감사합니다", "그럼 다른 지점은요", "아니요 없어요", "다른 것도 물어볼게요", "예약은 어떻게 해요"]
)
def test_what_is_no_objection_is_not_reported(said: str) -> None:
    assert not report_false_hit(said, [HIT])


def test_only_the_last_answer_counts_and_only_from_the_cache() -> None:
    live = replace(HIT, id="c.2", turn=2, is_hit=False)
    assert not report_false_hit("그거 말고요", [HIT, live])
    assert not report_false_hit("그거 말고요", [])
