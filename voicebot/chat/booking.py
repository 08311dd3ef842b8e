"""Bookings by dialog: ask for what is missing, read it back, and leave the confirmation to a person."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from voicebot.chat.commands import agrees, is_no, is_stop, is_yes, squeezed
from voicebot.chat.days import Date, spoken_day
from voicebot.chat.facts import Facts
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.requests import is_cancelling, is_rule_question, keeps_booking, other_request, revised
from voicebot.chat.slots import Reading, days_in, is_question, read_slots, spoken_time, times_in
from voicebot.korean.particles import fitted
from voicebot.korean.patterns import pattern

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
_QUESTIONS = {
    "service": "어떤 정비가 필요하세요?",
    "branch": "<branches> 가운데 어느 지점으로 할까요?",
    "was": "지금 예약하신 날이 언제인가요?",
    "date": "어느 날로 해 드릴까요?",
    "time": "몇 시가 좋으세요?",
    "fix": "어느 것을 고칠까요? 말씀해 주세요.",
}
_QUESTIONS_OF_TASK = {
    ("booking_change", "date"): "어느 날로 옮겨 드릴까요?",
    ("booking_change", "time"): "몇 시로 옮겨 드릴까요?",
    ("booking_cancel", "branch"): "<branches> 가운데 어느 지점 예약인가요?",
}
"""Where what is missing is asked for in other words."""
_HALVES = ("오전", "오후")
"""Hours that still have to be named."""
_ANY_TIME = "아무 때나"
_SAME_TIME = "같은 시간"
_NO_SUCH_DAY = "그런 날짜는 달력에 없어요. 날짜를 다시 말씀해 주시겠어요?"
_MAX_VALUE_CHARS = 200
_NAMES = {
    "service": "정비|작업|서비스",
    "branch": "지점|장소|어디",
    "was": "원래",
    "date": "날짜|날|요일",
    "time": "시간|시각|몇시",
}
_BY_DATE = r"월\s*\S+\s*일|\d\s*일|오늘|내일|모레|글피|크리스마스|성탄|신정|새해|(?:이번|다음|담)\s*주"
_SAME_DAY = r"같은날|그날|당일|날짜는(?:그대로|똑같|안바)|시간만"
_OTHER_BRANCH = r"지점(?:만|을|도|좀)*(?:바꾸|바꿀|바꿔|변경|옮기|옮길|옮겨)"


class Booking:
    """Takes the turns of a booking request.

    Args:
        facts: Branches, hours and rules.

    Raises:
        ConfigError: A closed day is no day.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._branches = facts.branches()
        self._closed_days = days_in(facts.get("hours.closed_days"))

    def checked(self, state: State) -> State:
        """Return `state` without what no move can have written: it comes back from outside."""
        forms = {
            "task": "|".join(TASKS),
            "branch": "|".join(map(re.escape, self._branches)) or "-",
            "time": rf"(?:[01]\d|2[0-3]):[0-5]\d|오전|오후|(?:오전 |오후 )?{_ANY_TIME}|{_SAME_TIME}",
            "made_at": "|".join(map(re.escape, self._branches)) or "-",
            "missed": r"\d",
            "repeats": r"\d{1,2}",
        }
        kept = {name: value for name, value in state.items() if 0 < len(value) <= _MAX_VALUE_CHARS and "{" not in value}
        wrong = [name for name, form in forms.items() if name in kept and not pattern(form).fullmatch(kept[name])]
        wrong += [name for name in ("was", "date") if name in kept and not _is_day(kept[name])]
        checked = without(kept, *wrong)
        task = TASKS.get(checked.get("task", ""))
        is_complete = task is not None and not self._missing(task, checked)
        return checked if is_complete or checked.get("asked") != "confirm" else without(checked, "asked")

    def is_branch(self, noun: str) -> bool:
        """Say whether `noun` is the name of a branch, with or without its 점."""
        return any(name.removesuffix("점") == noun.removesuffix("점") for name in self._branches.values())

    def near(self, text: str) -> str:
        """Return the fact of the branch that is next to the part of town that `text` names, or an empty string."""
        key = squeezed(text)
        for fact in self._branches:
            if any(place in key for place in self._facts.get(f"{fact}_near").split()):
                return fact
        return ""

    def opening(self, text: str, now: dt.datetime) -> str:
        """Return when we are open on the one day that `text` names by its date, or an empty string."""
        reading = self.read(text, now)
        if len(reading.dates) != 1 or not pattern(_BY_DATE).search(text):
            return ""
        day = reading.dates[0].day
        if self._is_closed(day):
            return f"{spoken_day(day)}은 쉬는 날이에요. 급한 고장은 긴급출동으로 언제든 도와드려요."
        return f"{spoken_day(day)}에는 {{hours.{'saturday' if day.weekday() == 5 else 'weekday'}}} 열어요."

    def _is_closed(self, day: dt.date) -> bool:
        is_sunday_off = day.weekday() == 6 and self._facts.get("hours.sunday") == "휴무"
        return is_sunday_off or day in self._closed_days

    def read(self, text: str, now: dt.datetime) -> Reading:
        """Return what `text` says about a booking."""
        return read_slots(text, now.date(), self._branches)

    def start(self, intent: str, reading: Reading, state: State, now: dt.datetime, text: str = "") -> Move:
        """Return the first question of a request, with what was said already."""
        begun = _begun(intent, state, text)
        if reading.service or reading.dropped:
            begun |= {"service": state.get("service", "")} if intent == "booking_change" and "date" in begun else {}
        return self._after(reading, begun, now, TASKS[intent].opening)

    def revise(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step when `text` changes or cancels the booking that was just made; None when it does not."""
        if not _is_made(state):
            return None
        reading = self.read(text, now)
        intent = revised(text, reading, is_fresh=state.get("asked") == "more")
        if intent == "booking_change" and reading.is_empty:
            key = squeezed(text)
            slot = next((slot for slot in ("branch", "date") if pattern(_NAMES[slot]).search(key)), "time")
            return self._next(without(_begun(intent, state, text), slot), TASKS[intent].opening, slot)
        return self.start(intent, reading, state, now, text) if intent else None

    def answer(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step of the request under way; None when `text` does not belong to it."""
        task = TASKS[state["task"]]
        reading = self.read(text, now)
        other = other_request(text, state["task"])
        if other and not is_rule_question(text):
            return self.start(other, reading, state, now)
        if reading.is_empty and self._is_given_up(text, state):
            return self._move(task.given_up, {**without(state, *SLOTS, "task"), "asked": "more"}, state["task"])
        if state.get("asked") == "confirm" and not self._missing(task, state):
            if reading.is_empty and agrees(text):
                return self._complete(task, state)
            if reading.is_empty and is_no(text):
                return self._move(_QUESTIONS["fix"], {**state, "asked": "fix"})
        is_slot = not (pattern(_SAME_DAY).search(squeezed(text)) or reading.is_same_time or is_question(text))
        if state.get("asked") in ("fix", "confirm") and reading.is_empty and is_slot:
            slots = [*self._slots(task), *task.optional]
            named = next((slot for slot in slots if pattern(_NAMES[slot]).search(squeezed(text))), "")
            if named and len(squeezed(text)) <= 15:
                return self._next(without(state, named), "네,", named)
        if reading.is_empty:
            reading = self._implied(text, reading, state)
        if reading.is_empty:
            return self._next(state, "네,") if is_yes(text) and state.get("asked") in self._slots(task) else None
        return self._after(reading, state, now) if reading.is_bare else None

    def concerns(self, intent: str, reading: Reading) -> bool:
        """Say whether `reading` has anything that a request of this kind needs."""
        found = {"service": reading.service, "branch": reading.branch, "time": reading.time}
        return bool(reading.dates) or any(found.get(slot) for slot in TASKS[intent].slots)

    def take(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step when `text`, whatever else it says, tells something new and asks nothing."""
        reading = self.read(text, now)
        if reading.is_empty or reading.is_question:
            return None
        step = self._after(reading, state, now)
        is_new = any(step.state.get(name) != state.get(name) for name in (*SLOTS, "asked"))
        return step if is_new else None

    def question(self, state: State) -> str:
        """Return the question that the caller has not answered yet."""
        asked = state.get("asked", "")
        if asked == "confirm":
            return self._summary(TASKS[state["task"]], state)
        if asked == "time" and state.get("time") in _HALVES:
            return f"{state['time']} 몇 시가 좋으세요?"
        question = _QUESTIONS_OF_TASK.get((state["task"], asked)) or _QUESTIONS.get(asked, "")
        return question.replace("<branches>", ", ".join(f"{{{fact}}}" for fact in self._branches))

    def _is_given_up(self, text: str, state: State) -> bool:
        if state["task"] == "booking_cancel":
            return keeps_booking(text) or (is_stop(text) and not is_cancelling(text))
        return is_stop(text)

    def _after(self, reading: Reading, state: State, now: dt.datetime, opening: str = "") -> Move:
        """Put what was read into the state, as far as it is possible, and go on."""
        task = TASKS[state["task"]]
        filled = {name: value for name, value in state.items() if value not in reading.dropped}
        days = [date for date in reading.dates if not date.is_target]
        target = next((date for date in reading.dates if date.is_target), None)
        is_was = "date" not in task.slots or not filled.get("was") or state.get("asked") == "was"
        if "was" in task.slots and days and is_was:
            filled["was"] = days.pop(0).day.isoformat()
        if "date" in task.slots and (target or days):
            filled["date"] = (target or days[0]).day.isoformat()
        elif filled.get("was") and not filled.get("date") and filled.get("changing"):
            filled["date"] = filled["was"]
        if filled.get("changing") == "branch" and filled.get("was") and not filled.get("time"):
            filled["time"] = _SAME_TIME
        if reading.has_no_such_day and not reading.dates:
            asked = "was" if "was" in task.slots and not filled.get("was") else "date"
            return self._move(_NO_SUCH_DAY, {**filled, "asked": asked})
        services = _services(reading, state.get("service", ""))
        for slot, value in (("service", services), ("branch", reading.branch), ("time", _time(reading, state))):
            if value and slot in (*self._slots(task), *task.optional):
                filled[slot] = value
        problem, slot = self._problem(filled, now)
        if problem:
            return self._move(problem, {**without(filled, slot), "asked": slot})
        said = self._said(task, state, filled)
        return self._next(without(filled, "missed"), " ".join(part for part in (opening, said) if part))

    def _said(self, task: Task, before: State, after: State) -> str:
        new = [
            self._spoken(slot, after)
            for slot in (*self._slots(task), *task.optional)
            if after.get(slot) and after.get(slot) != before.get(slot) and after.get(slot) not in _HALVES
        ]
        return f"{', '.join(dict.fromkeys(new))}, 확인했어요." if new else ""

    def _next(self, state: State, before: str, wanted: str = "") -> Move:
        """Ask for `wanted`, else for what is missing, else read everything back."""
        task = TASKS[state["task"]]
        asked = {**state, "asked": wanted or next(iter(self._missing(task, state)), "confirm")}
        before = before if asked["asked"] != "confirm" else "네,"
        return self._move(f"{before} {self.question(asked)}".strip(), asked)

    def _missing(self, task: Task, state: State) -> list[str]:
        """Return the slots that still have to be asked for; "오전" is no hour yet."""
        slots = [*self._slots(task), *(["branch"] if state.get("changing") == "branch" and self._branches else [])]
        return [slot for slot in slots if not state.get(slot) or state[slot] in _HALVES]

    def _implied(self, text: str, reading: Reading, state: State) -> Reading:
        """Return what an answer means only as the answer to the question that was asked: "아무 때나요", "같은 날이요"."""
        if state.get("asked") == "time" and reading.is_any_time:
            return replace(reading, time=_time(reading, state), is_bare=True)
        if state.get("asked") == "branch" and self.near(text):
            return replace(reading, branch=self.near(text), is_bare=True)
        if state.get("asked") in ("date", "confirm") and state.get("was") and pattern(_SAME_DAY).search(squeezed(text)):
            same = Date(dt.date.fromisoformat(state["was"]), True)
            return replace(reading, dates=(same,), time=_time(reading, state), is_bare=True)
        if reading.is_same_time and state["task"] == "booking_change":
            return replace(reading, time=_time(reading, state), is_bare=True)
        return reading

    def _complete(self, task: Task, state: State) -> Move:
        slots = [*self._slots(task), *(slot for slot in task.optional if state.get(slot))]
        booked = "|".join([state["task"], *(self._plain(slot, state) for slot in slots)])
        rest = without(
            {**state, "made_at": state.get("branch") or state.get("made_at", "")}, "task", "topic", "changing"
        )
        return self._move(task.done, {**rest, "asked": "more", "booked": booked}, state["task"])

    def _summary(self, task: Task, state: State) -> str:
        text = task.summary
        if "<new>" in text:
            text = text.replace("<new>", self._new(task, state))
        for slot in self._slots(task):
            text = text.replace(f"<{slot}>", self._spoken(slot, state))
        return text

    def _new(self, task: Task, state: State) -> str:
        """Return what a booking becomes, such as "같은 날 오전 10시로 바꾸는"."""
        is_same_day = state["was"] == state["date"]
        parts = [f"{'같은 날' if is_same_day else '<date>'} <time>"]
        parts += [self._spoken(slot, state) for slot in task.optional if state.get(slot)]
        last = self._facts.fill(self._spoken("time", state) if len(parts) == 1 else parts[-1])
        verb = "바꾸는" if is_same_day or len(parts) > 1 else "옮기는"
        return f"{', '.join(parts)}{fitted(last, '로')} {verb}"

    def _spoken(self, slot: str, state: State) -> str:
        value = state[slot]
        if slot == "branch":
            return f"{{{value}}}"
        if slot in ("was", "date"):
            return spoken_day(dt.date.fromisoformat(value))
        return spoken_time(value) if slot == "time" else value

    def _plain(self, slot: str, state: State) -> str:
        return self._facts.get(state[slot]) if slot == "branch" else state[slot]

    def _move(self, template: str, state: State, intent: str = "") -> Move:
        understanding = Understanding(intent or state.get("task") or state.get("topic", ""), 1.0, "", True)
        return Move(template, understanding, without(state, "missed", "repeats"))

    def _slots(self, task: Task) -> list[str]:
        """Return what a task needs; no branch where none is known."""
        return [slot for slot in task.slots if slot != "branch" or self._branches]

    def _problem(self, state: State, now: dt.datetime) -> tuple[str, str]:
        """Return (what is wrong with the wanted day or hour, the slot to ask again), two empty strings when nothing is."""
        if state.get("was") and dt.date.fromisoformat(state["was"]) < now.date():
            return "그날은 이미 지났어요. 지금 예약하신 날이 언제인가요?", "was"
        if not state.get("date"):
            return "", ""
        day, get = dt.date.fromisoformat(state["date"]), self._facts.get
        if day < now.date():
            return "그날은 이미 지났어요. 어느 날로 해 드릴까요?", "date"
        limit = pattern(r"\d+").search(get("booking.advance_days"))
        if limit and (day - now.date()).days > int(limit[0]):
            return "예약은 {booking.advance_days} 뒤까지 받아요. 더 가까운 날을 말씀해 주세요.", "date"
        if self._is_closed(day):
            return "{hours.closed}에는 쉬어요. 다른 날을 말씀해 주세요.", "date"
        same_day = times_in(get("booking.same_day_until"))
        if day == now.date() and same_day and f"{now:%H:%M}" > same_day[0]:
            return "오늘 예약은 {booking.same_day_until}까지 받아요. 다른 날을 말씀해 주세요.", "date"
        key, last = ("saturday", "saturday_last_intake") if day.weekday() == 5 else ("weekday", "last_intake")
        hours, latest = times_in(get(f"hours.{key}")), times_in(get(f"hours.{last}"))
        time = state.get("time", "")
        if ":" in time and hours and latest and not hours[0] <= time <= latest[0]:
            return f"그날은 {{hours.{key}}} 열고, {{hours.{last}}}까지 차를 받아요. 몇 시가 좋으세요?", "time"
        if day == now.date() and ":" in time and time <= f"{now:%H:%M}":
            return "그 시간은 이미 지났어요. 몇 시가 좋으세요?", "time"
        return "", ""


def _is_made(state: State) -> bool:
    """Say whether a booking was completed in this talk that can be changed or cancelled."""
    return bool(state.get("booked") and state.get("date") and not state.get("task"))


def _begun(intent: str, state: State, text: str) -> dict[str, str]:
    """Return the state in which a request begins: what is known of the booking that it is about is kept."""
    kept: dict[str, str] = {}
    if state.get("task") and state.get("was"):
        kept = {"was": state["was"]}
    elif _is_made(state) and intent == "booking_change":
        kept = {"was": state["date"], "date": state["date"], "time": state.get("time", "")}
    elif _is_made(state) and intent == "booking_cancel":
        kept = {"was": state["date"], "branch": state.get("made_at", "")}
    begun = {**without(state, *SLOTS, "changing"), **kept, "task": intent, "topic": intent}
    key = squeezed(text)
    if intent == "booking_change" and not kept:
        begun["changing"] = "branch" if pattern(_OTHER_BRANCH).search(key) else ""
        begun["changing"] = begun["changing"] or ("time" if pattern(_SAME_DAY).search(key) else "")
    return begun if kept else without(begun, "booked")


def _time(reading: Reading, state: State) -> str:
    """Return the hour that was named, 오전 or 오후, or that any hour of those will do."""
    if reading.is_same_time and not reading.time and state["task"] == "booking_change":
        return _SAME_TIME
    if not reading.is_any_time or ":" in reading.time:
        return reading.time
    half = reading.time or (state.get("time", "") if state.get("time") in _HALVES else "")
    if reading.time or reading.dates or state.get("asked") == "time":
        return f"{half} {_ANY_TIME}".strip()
    return ""


def _services(reading: Reading, before: str) -> str:
    """Return what is to be done now: what was named, on top of the old, or the old without what is left out."""
    named = list(filter(None, reading.service.split(", ")))
    kept = [name for name in before.split(", ") if name and name not in reading.dropped]
    if named and not reading.is_addition and not reading.dropped:
        return ", ".join(named)
    return ", ".join(dict.fromkeys([*kept, *named]))


def _is_day(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True
