"""Answers that mean something only as answers to the question that was asked: "아무 때나요", "같은 날이요", "소리가 나서요"."""

import datetime as dt
from dataclasses import replace

from voicebot.chat.branches import Branches
from voicebot.chat.commands import is_no, squeezed
from voicebot.chat.days import Date
from voicebot.chat.moves import State
from voicebot.chat.readback import HALVES
from voicebot.chat.revisions import SAME_DAY
from voicebot.chat.services import GENERAL_CHECK
from voicebot.chat.slots import Reading
from voicebot.korean.patterns import pattern
from voicebot.korean.spoken_numbers import to_written

ANY_TIME = "아무 때나"
SAME_TIME = "같은 시간"
_SYMPTOM = r"이상(?:해|한|하)|소리|소음|떨[려리림]|진동|냄새|덜[덜컹]|털털|출렁|쏠[려리]|밀려|안나가|힘이없|울컥|잘모르|모르겠|어디가(?:고장|문제)"
_DANGER = r"연기|불[이꽃]|안걸|멈[췄춰]|밀려|안들어|터졌"
"""Who says so needs help and no booking."""
_SHIFT = r"(?:(?P<hours>\d{1,2})\s*시간\s*)?(?:(?P<minutes>\d{1,2})\s*분|(?P<half>(?<=시간 )반|(?<=시간)반))?\s*(?:정도|쯤)?\s*만?\s*(?:더\s*)?(?:(?P<later>늦|뒤|미[루뤄뤘]|이따)|(?P<sooner>일찍|빨리|당[기겨]|앞))"


def implied(text: str, reading: Reading, state: State, branches: Branches, now: dt.datetime) -> Reading:
    """Return `reading` with what `text` means after the question that `state` remembers."""
    asked = state.get("asked", "")
    if asked == "time" and reading.is_any_time:
        return replace(reading, time=hour_of(reading, state), is_any_time=False, is_bare=True)
    is_other_place = is_no(text) and bool(state.get("branch"))
    if (asked == "branch" or is_other_place) and branches.near(text):
        return replace(reading, branch=branches.near(text), is_bare=True)
    if asked in ("date", "confirm") and state.get("was") and pattern(SAME_DAY).search(squeezed(text)):
        same = Date(dt.date.fromisoformat(state["was"]), True)
        return replace(reading, dates=(same,), time=hour_of(reading, state), is_bare=True)
    if asked == "date" and (reading.is_any_day or reading.is_any_time):
        return replace(reading, dates=(Date(branches.first_day(now, state), True),), is_any_time=False, is_bare=True)
    is_check = asked == "service" or state.get("service") == GENERAL_CHECK
    if is_check and pattern(_SYMPTOM).search(squeezed(text)) and not pattern(_DANGER).search(squeezed(text)):
        return replace(reading, service=GENERAL_CHECK, is_bare=True)
    if shifted := _shifted(text, state.get("time", "")):
        return replace(reading, time=shifted, is_bare=True)
    if reading.is_same_time and state["task"] == "booking_change":
        return replace(reading, time=hour_of(reading, state), is_bare=True)
    return reading


def hour_of(reading: Reading, state: State) -> str:
    """Return the hour that was named, 오전 or 오후, or that any hour of those will do."""
    if reading.is_same_time and not reading.time and state["task"] == "booking_change":
        return SAME_TIME
    if not reading.is_any_time or ":" in reading.time:
        return reading.time
    half = reading.time or (state.get("time", "") if state.get("time") in HALVES else "")
    if reading.time or reading.dates or state.get("asked") == "time":
        return f"{half} {ANY_TIME}".strip()
    return ""


def _shifted(text: str, time: str) -> str:
    """Return the hour after "한 시간만 늦게요", or an empty string."""
    match = pattern(_SHIFT).search(to_written(text)) if ":" in time else None
    if match is None or not (match["hours"] or match["minutes"]):
        return ""
    hour, minute = map(int, time.split(":"))
    by = 60 * int(match["hours"] or 0) + (30 if match["half"] else int(match["minutes"] or 0))
    moved = hour * 60 + minute + (by if match["later"] else -by)
    return f"{moved // 60:02d}:{moved % 60:02d}" if 0 <= moved < 24 * 60 else ""
