"""A booking that was made in this talk, and what is kept of it when it is changed or cancelled."""

from voicebot.chat.commands import squeezed
from voicebot.chat.moves import State, without
from voicebot.chat.tasks import SLOTS
from voicebot.korean.patterns import pattern

SAME_DAY = r"같은날|그날|당일|날짜는(?:그대로|똑같|안바)|시간만"
_OTHER_BRANCH = r"지점(?:만|을|도|좀)*(?:바꾸|바꿀|바꿔|변경|옮기|옮길|옮겨)"
_NAMES = {
    "service": "정비|작업|서비스",
    "branch": "지점|장소|어디",
    "was": "원래",
    "date": "날짜|날|요일",
    "time": "시간|시각|몇시",
}


def is_made(state: State) -> bool:
    """Say whether a booking was completed in this talk that can be changed or cancelled."""
    return bool(state.get("booked") and state.get("date") and not state.get("task"))


def named_slot(text: str, slots: list[str]) -> str:
    """Return the first of `slots` that `text` names ("날짜요"), or an empty string."""
    key = squeezed(text)
    return next((slot for slot in slots if pattern(_NAMES[slot]).search(key)), "")


def begun(intent: str, state: State, text: str) -> dict[str, str]:
    """Return the state in which a request begins: what is known of the booking that it is about is kept."""
    kept: dict[str, str] = {}
    if state.get("task") and state.get("was"):
        kept = {"was": state["was"]}
    elif is_made(state) and intent == "booking_change":
        kept = {"was": state["date"], "date": state["date"], "time": state.get("time", "")}
    elif is_made(state) and intent == "booking_cancel":
        kept = {"was": state["date"], "branch": state.get("made_at", "")}
    start = {
        **without(state, *SLOTS, "changing", "around", "toward", "paused"),
        **kept,
        "task": intent,
        "topic": intent,
    }
    key = squeezed(text)
    if intent == "booking_change" and not kept:
        start["changing"] = "branch" if pattern(_OTHER_BRANCH).search(key) else ""
        start["changing"] = start["changing"] or ("time" if pattern(SAME_DAY).search(key) else "")
    return start if kept else without(start, "booked")
