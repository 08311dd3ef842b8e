"""Bookings by dialog: ask for what is missing, read it back, and leave the confirmation to a person."""

import datetime as dt
import re
from dataclasses import replace

from voicebot.chat.branches import Branches
from voicebot.chat.commands import agrees, is_no, is_stop, is_yes, squeezed
from voicebot.chat.days import Date, spoken_day
from voicebot.chat.facts import Facts
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.requests import is_cancelling, is_rule_question, keeps_booking, other_request, revised
from voicebot.chat.slots import Reading, is_question, spoken_time
from voicebot.chat.tasks import QUESTIONS, QUESTIONS_OF_TASK, SLOTS, TASKS, Task
from voicebot.korean.particles import fitted
from voicebot.korean.patterns import pattern

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
_SAME_DAY = r"같은날|그날|당일|날짜는(?:그대로|똑같|안바)|시간만"
_OTHER_BRANCH = r"지점(?:만|을|도|좀)*(?:바꾸|바꿀|바꿔|변경|옮기|옮길|옮겨)"


class Booking:
    """Takes the turns of a booking request.

    Args:
        facts: Fill what is read back.
        branches: Where and when work can be done.
    """

    def __init__(self, facts: Facts, branches: Branches) -> None:
        self._facts = facts
        self._branches = branches

    def checked(self, state: State) -> State:
        """Return `state` without what no move can have written: it comes back from outside."""
        forms = {
            "task": "|".join(TASKS),
            "branch": "|".join(map(re.escape, self._branches.names)) or "-",
            "time": rf"(?:[01]\d|2[0-3]):[0-5]\d|오전|오후|(?:오전 |오후 )?{_ANY_TIME}|{_SAME_TIME}",
            "made_at": "|".join(map(re.escape, self._branches.names)) or "-",
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
        reading = self._branches.read(text, now)
        intent = revised(text, reading, is_fresh=state.get("asked") == "more")
        if intent == "booking_change" and reading.is_empty:
            key = squeezed(text)
            slot = next((slot for slot in ("branch", "date") if pattern(_NAMES[slot]).search(key)), "time")
            return self._next(without(_begun(intent, state, text), slot), TASKS[intent].opening, slot)
        return self.start(intent, reading, state, now, text) if intent else None

    def answer(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step of the request under way; None when `text` does not belong to it."""
        task = TASKS[state["task"]]
        reading = self._branches.read(text, now)
        other = other_request(text, state["task"])
        if other and not is_rule_question(text):
            return self.start(other, reading, state, now)
        if reading.is_empty and self._is_given_up(text, state):
            return self._move(task.given_up, {**without(state, *SLOTS, "task"), "asked": "more"}, state["task"])
        if state.get("asked") == "confirm" and not self._missing(task, state):
            if reading.is_empty and agrees(text):
                return self._complete(task, state)
            if reading.is_empty and is_no(text):
                return self._move(QUESTIONS["fix"], {**state, "asked": "fix"})
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
        reading = self._branches.read(text, now)
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
        question = QUESTIONS_OF_TASK.get((state["task"], asked)) or QUESTIONS.get(asked, "")
        return question.replace("<branches>", ", ".join(f"{{{fact}}}" for fact in self._branches.names))

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
        problem, slot = self._branches.problem(filled, now)
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
        slots = [
            *self._slots(task),
            *(["branch"] if state.get("changing") == "branch" and self._branches.names else []),
        ]
        return [slot for slot in slots if not state.get(slot) or state[slot] in _HALVES]

    def _implied(self, text: str, reading: Reading, state: State) -> Reading:
        """Return what an answer means only as the answer to the question that was asked: "아무 때나요", "같은 날이요"."""
        if state.get("asked") == "time" and reading.is_any_time:
            return replace(reading, time=_time(reading, state), is_bare=True)
        if state.get("asked") == "branch" and self._branches.near(text):
            return replace(reading, branch=self._branches.near(text), is_bare=True)
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
        return [slot for slot in task.slots if slot != "branch" or self._branches.names]


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
