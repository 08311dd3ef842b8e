"""Bookings by dialog: ask for what is missing, read it back, and leave the confirmation to a person."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.chat.commands import agrees, is_no, is_stop, squeezed
from voicebot.chat.facts import Facts
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.slots import Reading, days_in, read_slots, spoken_day, spoken_time, times_in
from voicebot.korean.patterns import pattern

SLOTS = ("service", "branch", "was", "date", "time")


@dataclass(frozen=True)
class Task:
    """One kind of request: what it needs, how it is read back, and what is said when it is complete."""

    slots: tuple[str, ...]
    opening: str
    summary: str
    done: str
    given_up: str


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
        "<was> 예약을 옮겨서 <date> <time>, 맞으세요?",
        f"변경 신청을 받았어요. {_BY_TEXT}",
        "네, 예약은 그대로 둘게요. 더 필요하신 것이 있으세요?",
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
    "was": "지금 예약하신 날이 언제인가요?",
    "date": "어느 날로 해 드릴까요?",
    "time": "몇 시가 좋으세요?",
    "fix": "어느 것을 고칠까요? 말씀해 주세요.",
}
_MAX_VALUE_CHARS = 200
_NAMES = {
    "service": "정비|작업|서비스",
    "branch": "지점|장소|어디",
    "was": "원래",
    "date": "날짜|날|요일",
    "time": "시간|시각|몇시",
}
_CHANGE = "변경|바꾸|바꿔|바꿀|옮기|옮겨|옮길|미루|미뤄|미룰|당기|당겨|당길|늦추|늦춰|조정"
_CANCEL = "취소|캔슬"
_KEEP = r"취소(?:는|를|도)?(?:안|하지|말고|말래|아니)|안취소|그냥(?:둘|두|놔)|그대로(?:둘|두|놔|할|해|갈)"
"""Who says so while cancelling does not cancel."""
_CHOICE = r"로(?:좀|다시|그냥)?(?:할게|할래|할까|해줘|해주|해요|바꿔|바꿀|변경|하겠|부탁|갈게|잡아|옮겨|옮길)"
"""After a day, an hour or a branch: that one is wanted, whatever else the turn says."""
_NOT_NEW = f"{_CHANGE}|{_CANCEL}|확인|조회|문자"
_WISH = r"하고싶|하려|할게|할래|해주|해줘|부탁|잡아주|잡고|잡을|하겠|요?$|할수있|돼요?$|되나요?$|가능|신청"
_RULE = r"몇번|수수료|얼마|언제까지|위약금|벌금|예약금|필요해|없이|대신|확정|전까지|미리"


def requested(text: str) -> str:
    """Return the booking intent that `text` plainly asks to be done, or an empty string."""
    key = squeezed(text).rstrip("?")
    if is_rule_question(text) or "예약" not in key:
        return ""
    for intent, words in (("booking_cancel", _CANCEL), ("booking_change", _CHANGE)):
        if pattern(words).search(key):
            return intent
    if not pattern(_NOT_NEW).search(key) and pattern(rf"예약(?:을|도|좀|한번|하나)*(?:{_WISH})").search(key):
        return "booking_new"
    return ""


def other_request(text: str, intent: str) -> str:
    """Return the request that the caller would rather make than `intent`, or an empty string.

    Changing and cancelling are two ways out of the same booking: "취소하지 말고 금요일로 옮겨 주세요".
    """
    key = squeezed(text)
    if intent == "booking_cancel" and pattern(_CHANGE).search(key):
        return "booking_change"
    if intent == "booking_change" and pattern(_CANCEL).search(key) and not pattern(_KEEP).search(key):
        return "booking_cancel"
    return ""


def is_choice(text: str) -> bool:
    """Say whether the caller settles on something: "금요일로 할게요"."""
    return bool(pattern(_CHOICE).search(squeezed(text)))


def is_rule_question(text: str) -> bool:
    """Say whether a turn about bookings asks how they work instead of asking for one."""
    return bool(pattern(_RULE).search(squeezed(text)))


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
            "time": r"(?:[01]\d|2[0-3]):[0-5]\d|오전|오후",
            "missed": r"\d",
            "repeats": r"\d{1,2}",
        }
        kept = {name: value for name, value in state.items() if 0 < len(value) <= _MAX_VALUE_CHARS and "{" not in value}
        wrong = [name for name, form in forms.items() if name in kept and not pattern(form).fullmatch(kept[name])]
        wrong += [name for name in ("was", "date") if name in kept and not _is_day(kept[name])]
        checked = without(kept, *wrong)
        task = TASKS.get(checked.get("task", ""))
        is_complete = task is not None and all(checked.get(slot) for slot in self._slots(task))
        return checked if is_complete or checked.get("asked") != "confirm" else without(checked, "asked")

    def is_branch(self, noun: str) -> bool:
        """Say whether `noun` is the name of a branch, with or without its 점."""
        return any(name.removesuffix("점") == noun.removesuffix("점") for name in self._branches.values())

    def read(self, text: str, now: dt.datetime) -> Reading:
        """Return what `text` says about a booking."""
        return read_slots(text, now.date(), self._branches)

    def start(self, intent: str, reading: Reading, state: State, now: dt.datetime) -> Move:
        """Return the first question of a request, with what was said already."""
        # Who changes instead of cancelling, or the other way round, has named the booking already.
        kept = {"was": state["was"]} if state.get("task") and state.get("was") else {}
        begun = {**without(state, *SLOTS, "booked"), **kept, "task": intent, "topic": intent}
        return self._after(reading, begun, now, TASKS[intent].opening)

    def answer(self, text: str, state: State, now: dt.datetime) -> Move | None:
        """Return the next step of the request under way; None when `text` does not belong to it."""
        task = TASKS[state["task"]]
        reading = self.read(text, now)
        other = other_request(text, state["task"])
        if other and not is_rule_question(text):
            return self.start(other, reading, state, now)
        if reading.is_empty and self._is_given_up(text, state):
            return self._move(task.given_up, {**without(state, *SLOTS, "task"), "asked": "more"}, state["task"])
        if state.get("asked") == "confirm" and all(state.get(slot) for slot in self._slots(task)):
            if reading.is_empty and agrees(text):
                return self._complete(task, state)
            if reading.is_empty and is_no(text):
                return self._move(_QUESTIONS["fix"], {**state, "asked": "fix"})
        if state.get("asked") in ("fix", "confirm") and reading.is_empty:
            named = next((slot for slot in self._slots(task) if pattern(_NAMES[slot]).search(squeezed(text))), "")
            if named and len(squeezed(text)) <= 15:
                return self._next(without(state, named), "네,")
        if reading.is_empty or not reading.is_bare:
            return None
        return self._after(reading, state, now)

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
        if asked == "branch":
            names = ", ".join(f"{{{fact}}}" for fact in self._branches)
            return f"{names} 가운데 어느 지점으로 할까요?"
        return _QUESTIONS.get(asked, "")

    def _is_given_up(self, text: str, state: State) -> bool:
        if state["task"] == "booking_cancel":
            key = squeezed(text)
            return bool(pattern(_KEEP).search(key)) or (is_stop(text) and not pattern(_CANCEL).search(key))
        return is_stop(text)

    def _after(self, reading: Reading, state: State, now: dt.datetime, opening: str = "") -> Move:
        """Put what was read into the state, as far as it is possible, and go on."""
        task = TASKS[state["task"]]
        filled = {name: value for name, value in state.items() if value not in reading.dropped}
        days = [date for date in reading.dates if not date.is_target]
        target = next((date for date in reading.dates if date.is_target), None)
        if "was" in self._slots(task) and days and (not filled.get("was") or state.get("asked") == "was"):
            filled["was"] = days.pop(0).day.isoformat()
        if target or days:
            filled["date"] = (target or days[0]).day.isoformat()
        services = _services(reading, state.get("service", ""))
        for slot, value in (("service", services), ("branch", reading.branch), ("time", reading.time)):
            if value and slot in self._slots(task):
                filled[slot] = value
        problem, slot = self._problem(filled, now)
        if problem:
            return self._move(problem, {**without(filled, slot), "asked": slot})
        said = self._said(task, state, filled)
        return self._next(without(filled, "missed"), " ".join(part for part in (opening, said) if part))

    def _said(self, task: Task, before: State, after: State) -> str:
        new = [slot for slot in self._slots(task) if after.get(slot) and after.get(slot) != before.get(slot)]
        return f"{', '.join(self._spoken(slot, after) for slot in new)}, 확인했어요." if new else ""

    def _next(self, state: State, before: str) -> Move:
        task = TASKS[state["task"]]
        missing = next((slot for slot in self._slots(task) if not state.get(slot)), "confirm")
        asked = {**state, "asked": missing}
        before = before if missing != "confirm" else "네,"
        return self._move(f"{before} {self.question(asked)}".strip(), asked)

    def _complete(self, task: Task, state: State) -> Move:
        booked = "|".join([state["task"], *(self._plain(slot, state) for slot in self._slots(task))])
        rest = without(state, *SLOTS, "task", "topic")
        return self._move(task.done, {**rest, "asked": "more", "booked": booked}, state["task"])

    def _summary(self, task: Task, state: State) -> str:
        text = task.summary
        for slot in self._slots(task):
            text = text.replace(f"<{slot}>", self._spoken(slot, state))
        return text

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
        if (day.weekday() == 6 and get("hours.sunday") == "휴무") or day in self._closed_days:
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
