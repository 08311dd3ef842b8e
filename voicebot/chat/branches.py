"""The branches: what they are called, what is near them, when they are open, and which days and hours can be booked."""

import datetime as dt

from voicebot.chat.commands import squeezed
from voicebot.chat.days import spoken_day
from voicebot.chat.facts import Facts
from voicebot.chat.moves import State
from voicebot.chat.slots import Reading, days_in, read_slots, times_in
from voicebot.chat.spans import Span
from voicebot.korean.patterns import pattern

_TOO_FAR = "예약은 {booking.advance_days} 뒤까지 받아요. 더 가까운 날을 말씀해 주세요."
_LONGEST_REST_DAYS = 30
_BY_DATE = r"월\s*\S+\s*일|\d\s*일|오늘|내일|모레|글피|크리스마스|성탄|신정|새해|(?:이번|다음|담)\s*주"


class Branches:
    """Knows what the facts say about places and hours.

    Args:
        facts: Branches, hours and rules.

    Attributes:
        names: The branches' names by fact, see `Facts.branches`.
        listed: All of them as an answer names them, with placeholders.

    Raises:
        ConfigError: A closed day is no day.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.names = facts.branches()
        self.listed = ", ".join(f"{{{fact}}}" for fact in self.names)
        self._closed_days = days_in(facts.get("hours.closed_days"))

    def read(self, text: str, now: dt.datetime, state: State | None = None) -> Reading:
        """Return what `text` says about a booking, in the week or month that `state` remembers."""
        around = (state or {}).get("around", "")
        return read_slots(text, now.date(), self.names, Span(around) if around else None)

    def first_day(self, now: dt.datetime, state: State) -> dt.date:
        """Return the first day from tomorrow on that can be booked, in the week or month that `state` remembers."""
        start = now.date() + dt.timedelta(1)
        if state.get("around"):
            start = max(start, Span(state["around"]).first)
        days = (start + dt.timedelta(ahead) for ahead in range(_LONGEST_REST_DAYS))
        return next((day for day in days if not self._is_closed(day)), start)

    def is_branch(self, noun: str) -> bool:
        """Say whether `noun` is the name of a branch, with or without its 점."""
        return any(name.removesuffix("점") == noun.removesuffix("점") for name in self.names.values())

    def near(self, text: str) -> str:
        """Return the fact of the branch that is next to the part of town that `text` names, or an empty string."""
        key = squeezed(text)
        for fact in self.names:
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

    def span_problem(self, span: Span, now: dt.datetime) -> str:
        """Return what is wrong with all days of a week or month, or an empty string."""
        if span.last < now.date():
            return "그때는 이미 지났어요. 어느 날로 해 드릴까요?"
        return _TOO_FAR if self._is_too_far(span.first, now) else ""

    def problem(self, state: State, now: dt.datetime) -> tuple[str, str]:
        """Return (what is wrong with the wanted day or hour, the slot to ask again), two empty strings when nothing is."""
        if state.get("was") and dt.date.fromisoformat(state["was"]) < now.date():
            return "그날은 이미 지났어요. 지금 예약하신 날이 언제인가요?", "was"
        if not state.get("date"):
            return "", ""
        day, get = dt.date.fromisoformat(state["date"]), self._facts.get
        if day < now.date():
            return "그날은 이미 지났어요. 어느 날로 해 드릴까요?", "date"
        if self._is_too_far(day, now):
            return _TOO_FAR, "date"
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

    def _is_too_far(self, day: dt.date, now: dt.datetime) -> bool:
        limit = pattern(r"\d+").search(self._facts.get("booking.advance_days"))
        return limit is not None and (day - now.date()).days > int(limit[0])

    def _is_closed(self, day: dt.date) -> bool:
        is_sunday_off = day.weekday() == 6 and self._facts.get("hours.sunday") == "휴무"
        return is_sunday_off or day in self._closed_days
