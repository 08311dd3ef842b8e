"""The kinds of booking requests: what each needs, and the words in which it is asked for and read back."""

from collections.abc import Mapping
from dataclasses import dataclass

SLOTS = ("service", "branch", "was", "date", "time")


@dataclass(frozen=True)
class Task:
    """One kind of request: what it needs, how it is read back, and what is said when it is complete.

    Slots after ``optional`` are kept and read back when they are there, and not asked for.
    """

    slots: tuple[str, ...]
    opening: str
    summary: str
    done: str
    given_up: str
    optional: tuple[str, ...] = ()


CANNOT_COME = "못 오시는군요. 다른 날로 옮기실 수도 있고, 취소하실 수도 있어요."
_BY_TEXT = "상담원이 확인해서 문자로 알려 드릴게요. 더 필요하신 것이 있으세요?"
TASKS: Mapping[str, Task] = {
    "booking_new": Task(
        ("service", "branch", "date", "time"),
        "예약 도와드릴게요.",
        "<date> <time>, <branch>, <service> 예약 맞으세요?",
        "예약 신청을 받았어요. 상담원이 확인하면 {booking.sms_within} 안에 확정 문자가 가요. 더 필요하신 것이 있으세요?",
        "네, 예약은 하지 않을게요. 더 필요하신 것이 있으세요?",
    ),
    "booking_change": Task(
        ("was", "date", "time"),
        "예약 변경을 도와드릴게요.",
        "<was> 예약을 <new> 것 맞으세요?",
        f"변경 신청을 받았어요. {_BY_TEXT}",
        "네, 예약은 그대로 둘게요. 더 필요하신 것이 있으세요?",
        ("branch", "service"),
    ),
    "booking_cancel": Task(
        ("was", "branch"),
        "예약 취소를 도와드릴게요.",
        "<was> <branch> 예약을 취소하는 것 맞으세요?",
        f"취소 신청을 받았어요. {_BY_TEXT}",
        "네, 예약은 그대로 둘게요. 더 필요하신 것이 있으세요?",
    ),
}
QUESTIONS = {
    "service": "어떤 정비가 필요하세요?",
    "branch": "<branches> 가운데 어느 지점으로 할까요?",
    "was": "지금 예약하신 날이 언제인가요?",
    "date": "어느 날로 해 드릴까요?",
    "time": "몇 시가 좋으세요?",
    "fix": "어느 것을 고칠까요? 말씀해 주세요.",
}
"""How a slot is asked for, and what is to be put right."""
QUESTIONS_OF_TASK = {
    ("booking_change", "date"): "어느 날로 옮겨 드릴까요?",
    ("booking_change", "time"): "몇 시로 옮겨 드릴까요?",
    ("booking_cancel", "branch"): "<branches> 가운데 어느 지점 예약인가요?",
}
"""Where what is missing is asked for in other words."""
