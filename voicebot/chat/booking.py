"""Bookings by dialog: ask for what is missing, read it back, and leave the confirmation to a person."""

import datetime as dt
import re
from dataclasses import replace

from voicebot.chat.branches import Branches
from voicebot.chat.commands import agrees, is_no, is_nothing_more, is_stop, is_thanks, is_yes, squeezed
from voicebot.chat.facts import Facts
from voicebot.chat.implied import ANY_TIME, SAME_TIME, hour_of, implied
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.readback import HALVES, ReadBack
from voicebot.chat.requests import is_cancelling, is_rule_question, keeps_booking, other_request, requested, revised
from voicebot.chat.revisions import SAME_DAY, begun, is_made, named_slot
from voicebot.chat.slots import Reading, is_question
from voicebot.chat.spans import Span, is_span
from voicebot.chat.tasks import QUESTIONS, QUESTIONS_OF_TASK, SLOTS, TASKS, Task
from voicebot.korean.patterns import pattern

_NO_SUCH_DAY = "그런 날짜는 달력에 없어요. 날짜를 다시 말씀해 주시겠어요?"
_NOT_THEN = {
    slot: rf"(?:그|이){words}(?:에|은|는|엔|에는)?(?:좀)?(?:못|안|힘들|어려|곤란)"
    for slot, words in (("time", "(?:시간|때)"), ("date", "날"))
}
"""Another one is wanted."""
_FORGOTTEN = r"몰라|모르|기억|언제였|까먹|잊어|지웠|생각이?안나"
_FIND_IT = "네, 그럼 상담원이 예약을 찾아 드려야 해요. 상담원에게 연결해 드릴까요?"
_MAX_VALUE_CHARS = 200


class Booking:
    """Takes the turns of a booking request.

    Args:
        facts: Fill what is read back.
        branches: Where and when work can be done.
    """

    def __init__(self, facts: Facts, branches: Branches) -> None:
        self._branches = branches
        self._words = ReadBack(facts)

    def checked(self, state: State) -> State:
        """Return `state` without what no move can have written: it comes back from outside."""
        forms = {
            "task": "|".join(TASKS),
            "branch": "|".join(map(re.escape, self._branches.names)) or "-",
            "time": rf"(?:[01]\d|2[0-3]):[0-5]\d|오전|오후|(?:오전 |오후 )?{ANY_TIME}|{SAME_TIME}",
            "made_at": "|".join(map(re.escape, self._branches.names)) or "-",
            "paused": "|".join(TASKS),
            "place": "|".join(map(re.escape, self._branches.names)) or "-",
            "missed": r"\d",
            "repeats": r"\d{1,2}",
        }
        kept = {name: value for name, value in state.items() if 0 < len(value) <= _MAX_VALUE_CHARS and "{" not in value}
        wrong = [name for name, form in forms.items() if name in kept and not pattern(form).fullmatch(kept[name])]
        wrong += [name for name in ("was", "date") if name in kept and not _is_day(kept[name])]
        wrong += [name for name in ("around", "toward") if name in kept and not is_span(kept[name])]
        checked = without(kept, *wrong)
        task = TASKS.get(checked.get("task", ""))
        is_complete = task is not None and not self._missing(task, checked)
        return checked if is_complete or checked.get("asked") != "confirm" else without(checked, "asked")

    def start(
        self, intent: str, reading: Reading, state: State, now: dt.datetime, text: str = "", opening: str = ""
    ) -> Move:
        """Return the first question of a request, with what was said already."""
        new = begun(intent, state, text)
        if reading.service or reading.dropped:
            new |= {"service": state.get("service", "")} if intent == "booking_change" and "date" in new else {}
        return self._after(reading, new, now, opening or TASKS[intent].opening)

    def revise(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step when `text` changes or cancels the booking that was just made; None when it does not."""
        if not is_made(state):
            return None
        reading = self._branches.read(text, now)
        intent = revised(text, reading, is_fresh=state.get("asked") == "more")
        if intent == "booking_change" and reading.is_empty:
            slot = named_slot(text, ["branch", "date"]) or "time"
            return self._next(without(begun(intent, state, text), slot), TASKS[intent].opening, slot)
        return self.start(intent, reading, state, now, text) if intent else None

    def answer(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step of the request under way; None when `text` does not belong to it."""
        task = TASKS[state["task"]]
        reading = self._branches.read(text, now, state)
        other = other_request(text, state["task"])
        if other and not is_rule_question(text):
            return self.start(other, reading, state, now)
        is_in_two_minds = state.get("asked") == "confirm" and agrees(text) and not is_yes(text)
        if reading.is_empty and is_in_two_minds and is_stop(text) and not is_cancelling(text):
            return self._next(state, "네,")
        if reading.is_empty and is_thanks(text):
            return self._next(state, "네,")
        if reading.is_empty and state.get("asked") == "was" and pattern(_FORGOTTEN).search(squeezed(text)):
            return self._move(_FIND_IT, {**without(state, *SLOTS, "task"), "asked": "agent"}, state["task"])
        other_slot = next((slot for slot, words in _NOT_THEN.items() if pattern(words).search(squeezed(text))), "")
        if reading.is_empty and state.get(other_slot):
            return self._next(without(state, other_slot), "네,", other_slot)
        if reading.is_empty and self._is_given_up(text, state):
            return self._move(task.given_up, {**without(state, *SLOTS, "task"), "asked": "more"}, state["task"])
        if state.get("asked") == "confirm" and not self._missing(task, state):
            if reading.is_empty and agrees(text):
                return self._complete(task, state)
            if reading.is_empty and is_no(text):
                return self._move(QUESTIONS["fix"], {**state, "asked": "fix"})
        is_right_after_all = is_no(text) or is_nothing_more(text) or is_yes(text) or requested(text) == state["task"]
        if state.get("asked") == "fix" and reading.is_empty and is_right_after_all:
            return self._next(state, "네,")
        is_slot = not (pattern(SAME_DAY).search(squeezed(text)) or reading.is_same_time or is_question(text))
        if state.get("asked") in ("fix", "confirm") and reading.is_empty and is_slot:
            named = named_slot(text, [*self._slots(task), *task.optional])
            if named and len(squeezed(text)) <= 15:
                return self._next(without(state, named), "네,", named)
        if reading.is_empty:
            reading = implied(text, reading, state, self._branches, now)
        if reading.is_empty:
            if not is_yes(text) or state.get("asked") not in self._slots(task) or state.get("missed"):
                return None
            again = self._next(state, "네,")
            return replace(again, state={**again.state, "missed": "1"})
        return self._after(reading, state, now) if reading.is_bare else None

    def fills_asked(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step when `text` has what was asked for among other words, and asks nothing."""
        reading = self._branches.read(text, now, state)
        has_day = bool(reading.dates or reading.span)
        found = {"service": bool(reading.service), "branch": bool(reading.branch), "time": bool(reading.time)}
        found |= {"was": has_day, "date": has_day}
        return (
            self._after(reading, state, now) if found.get(state.get("asked", "")) and not reading.is_question else None
        )

    def resume(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step of a request that was left for a complaint, when `text` goes on with it."""
        if not state.get("paused"):
            return None
        reading = self._branches.read(text, now, state)
        back = {**without(state, "paused", "missed"), "task": state["paused"]}
        return self._after(reading, back, now) if reading.is_bare and not reading.is_empty else None

    def decline(self, state: State) -> Move:
        """Return what is said to a caller who will make no booking."""
        return self._move(TASKS["booking_new"].given_up, {**without(state, "topic"), "asked": "more"}, "booking_new")

    def concerns(self, intent: str, reading: Reading) -> bool:
        """Say whether `reading` has anything that a request of this kind needs."""
        found = {"service": reading.service, "branch": reading.branch, "time": reading.time}
        return bool(reading.dates) or any(found.get(slot) for slot in TASKS[intent].slots)

    def take(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step when `text`, whatever else it says, tells something new and asks nothing."""
        reading = self._branches.read(text, now, state)
        if reading.is_empty or reading.is_question:
            return None
        step = self._after(reading, state, now)
        is_new = any(step.state.get(name) != state.get(name) for name in (*SLOTS, "asked"))
        return step if is_new else None

    def question(self, state: State) -> str:
        """Return the question that the caller has not answered yet."""
        task = TASKS[state["task"]]
        asked = state.get("asked") or next(iter(self._missing(task, state)), "confirm")
        if asked == "confirm":
            return self._words.summary(task, self._slots(task), state)
        if asked in ("was", "date") and state.get("around"):
            which_day = Span(state["around"]).which_day
            return f"{which_day} 예약인가요?" if asked == "was" else f"{which_day}이 좋으세요?"
        if asked == "time" and state.get("time") in HALVES:
            return f"{state['time']} 몇 시가 좋으세요?"
        question = QUESTIONS_OF_TASK.get((state["task"], asked)) or QUESTIONS.get(asked, "")
        return question.replace("<branches>", self._branches.listed)

    def _is_given_up(self, text: str, state: State) -> bool:
        if state["task"] == "booking_cancel":
            return keeps_booking(text) or (is_stop(text) and not is_cancelling(text))
        return is_stop(text) or (state["task"] == "booking_change" and keeps_booking(text))

    def _after(self, reading: Reading, state: State, now: dt.datetime, opening: str = "") -> Move:
        """Put what was read into the state, as far as it is possible, and go on."""
        task = TASKS[state["task"]]
        is_was = "date" not in task.slots or not state.get("was") or state.get("asked") == "was"
        dropped = {name for name, value in state.items() if value in reading.dropped and (name != "was" or is_was)}
        filled = without(state, *dropped)
        days = [date for date in reading.dates if not date.is_target]
        target = next((date for date in reading.dates if date.is_target), None)
        if "was" in task.slots and days and is_was:
            filled["was"] = days.pop(0).day.isoformat()
        if "date" in task.slots and (target or days):
            filled["date"] = (target or days[0]).day.isoformat()
        elif filled.get("was") and not filled.get("date") and filled.get("changing"):
            filled["date"] = filled["was"]
        if filled.get("changing") == "branch" and filled.get("was") and not filled.get("time"):
            filled["time"] = SAME_TIME
        services = _services(reading, state.get("service", ""))
        for slot, value in (("service", services), ("branch", reading.branch), ("time", hour_of(reading, state))):
            if value and slot in (*self._slots(task), *task.optional):
                filled[slot] = value
        day_slot = "date" if "date" in task.slots and ("was" not in task.slots or filled.get("was")) else "was"
        if reading.has_no_such_day and not reading.dates:
            return self._move(_NO_SUCH_DAY, {**filled, "asked": day_slot})
        if reading.span and not target:
            is_goal = day_slot == "was" and reading.span.is_target and "date" in task.slots
            filled = {**without(filled, day_slot), "toward" if is_goal else "around": reading.span.name}
            too_far = self._branches.span_problem(reading.span, now) if day_slot == "date" else ""
            if too_far:
                return self._move(too_far, {**without(filled, "around"), "asked": day_slot})
        problem, slot = self._branches.problem(filled, now)
        if problem:
            return self._move(problem, {**without(filled, slot, "around"), "asked": slot})
        said = self._words.noted([*self._slots(task), *task.optional], state, filled)
        rest = without(filled, "missed", *(["around"] if filled.get(day_slot) else []))
        if rest.get("was") and rest.get("toward"):
            rest = {**without(rest, "toward"), "around": "" if rest.get("date") else rest["toward"]}
        before = " ".join(part for part in (opening, said) if part)
        return self._next(rest, before, day_slot if reading.span and not rest.get(day_slot) else "")

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
        return [slot for slot in slots if not state.get(slot) or state[slot] in HALVES]

    def _complete(self, task: Task, state: State) -> Move:
        slots = [*self._slots(task), *(slot for slot in task.optional if state.get(slot))]
        booked = "|".join([state["task"], *(self._words.plain(slot, state) for slot in slots)])
        made = {
            "made_at": state.get("branch") or state.get("made_at", ""),
            "about": state.get("service") or state.get("about", ""),
        }
        rest = without({**state, **made}, "task", "topic", "changing", "around", "toward")
        return self._move(task.done, {**rest, "asked": "more", "booked": booked}, state["task"])

    def _move(self, template: str, state: State, intent: str = "") -> Move:
        understanding = Understanding(intent or state.get("task") or state.get("topic", ""), 1.0, "", True)
        return Move(template, understanding, without(state, "missed", "repeats"))

    def _slots(self, task: Task) -> list[str]:
        """Return what a task needs; no branch where none is known."""
        return [slot for slot in task.slots if slot != "branch" or self._branches.names]


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
