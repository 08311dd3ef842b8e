"""Days in a caller's words: "모레", "다음 주 화요일 말고 수요일", "12월 첫째 주 월요일", "이번 달 말일"."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass, field

from voicebot.chat.spans import YEARS, Span, read_span
from voicebot.korean.patterns import pattern

WEEKDAYS = "월화수목금토일"
REJECTED = r"\s*(?:은|는|이|가|을|를|에는|에)?\s*(?:말고|아니고|아니라|아니(?=[\s,])|못\s*(?:가고|가니|가서|가는데)|안\s*(?:되고|돼고|되니|돼서|되는데|돼요\s+\S))"
"""What follows a thing that the caller does not want."""
_ORDINALS = ("첫째", "둘째", "셋째", "넷째", "다섯째")
_OTHER_ORDINALS = {
    "첫": 0, "첫번째": 0, "두번째": 1, "세번째": 2, "네번째": 3, "다섯번째": 4, "마지막": -1
} | {f"{number + 1}번째": number for number in range(5)}  # fmt: skip
_ORDINAL = r"첫째|둘째|셋째|넷째|다섯째|(?:[첫두세네]|다섯|[1-5])\s*번째|첫|마지막"
_DATE = (
    rf"(?:(?P<nth_month>\d{{1,2}})\s*월\s*|(?P<nth_next>다음\s*달|담\s*달|내\s*달)\s*|이번\s*달\s*)?(?P<nth>{_ORDINAL})\s*(?:주\s*)?(?P<nth_day>[월화수목금토일])요일"
    r"|(?:(?P<end_month>\d{1,2})\s*월\s*|(?P<end_next>다음\s*달|담\s*달|내\s*달)\s*|(?:이번|이)\s*달\s*)?(?P<end>말일|마지막\s*날)"
    r"|(?:(?P<year>재작년|작년|내년|후년|올해)\s*)?(?P<month>\d{1,2})\s*(?:월\s*(?P<day>\d{1,2})\s*일|/\s*(?P<slash_day>\d{1,2})(?!\d))"
    r"|(?P<next_month>다음\s*달|담\s*달|내\s*달)\s*(?P<its_day>\d{1,2})\s*일"
    r"|(?P<ahead>\d{1,2})\s*일\s*(?:뒤|후)|(?P<weeks_ahead>[일이\d]\s*주일?)\s*(?:뒤|후)|(?P<months_ahead>[한두세석네넉]|\d{1,2})\s*(?:달|개월)\s*(?:뒤|후)|(?P<days_ahead>사흘|나흘|닷새|보름|열흘)\s*(?:뒤|후)"
    r"|(?P<weekend>이번|돌아오는|오는|다음|담)\s*(?:주\s*)?주말|(?P<bare_weekend>주말)(?=이요?$|요?$|로|에\s*(?:갈|가려|할|맡|예약))"
    r"|(?:(?P<week>이번|다다음|다음|담|지지난|지난|저번)\s*(?:주\s*)?|(?:돌아)?오는\s*)?(?P<weekday>[월화수목금토일])요일"
    r"|(?P<word>오늘|(?:어제|엊그제|그저께|그제(?!야))(?!\s*에?\s*예약\s*[한했하])|[내네]일\s*모[레래]|모레|모래(?=요|이요|$)|글피|그글피|[내네]일|투데이|투모로우|today|tomorrow)"
    r"|(?P<feast>크리스마스|성탄절|신정|새해\s*첫날)(?!\s*이브)"
    r"|(?<![\d월])(?P<only_day>\d{1,2})\s*일(?![가-힣]*\s*(?:뒤|후|간|동안))"
)
_WORDS = {
    "오늘": 0, "어제": -1, "엊그제": -2, "그저께": -2, "그제": -2, "투데이": 0, "today": 0, "내일": 1, "네일": 1, "투모로우": 1, "tomorrow": 1, "모레": 2, "모래": 2, "글피": 3, "그글피": 4
}  # fmt: skip
_AHEAD = {"사흘": 3, "나흘": 4, "닷새": 5, "열흘": 10, "보름": 15}
_MONTHS = {"한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4}
_FEASTS = {"크리스마스": (12, 25), "성탄절": (12, 25)}
_LONG_PAST_DAYS = 180


@dataclass(frozen=True)
class Date:
    """A day, and whether it is where something moves to ("금요일로")."""

    day: dt.date
    is_target: bool


@dataclass(frozen=True)
class Days:
    """The days in one turn.

    Attributes:
        wanted: In the order they were said.
        dropped: Those that are not wanted, such as ``2026-11-24``.
        rest: The turn without them.
        has_no_such_day: True when a day was named that is in no calendar: "2월 30일".
        span: The week or month that was named without a day of it: "다음 주요".
    """

    wanted: tuple[Date, ...]
    dropped: frozenset[str] = field(default_factory=frozenset)
    rest: str = ""
    has_no_such_day: bool = False
    span: Span | None = None


def read_days(text: str, today: dt.date, around: Span | None = None) -> Days:
    """Return the days that `text` names, numbers written as digits.

    Args:
        text: One turn.
        today: Where the caller is.
        around: The week or month that was talked about: a bare weekday or day of the month is the first one there.
    """
    span, rest = read_span(pattern(_DATE).sub(" ", text), today)
    near = around if span is None or span.is_target else span
    start = max(near.first, today) if near else None
    wanted: list[Date] = []
    dropped: list[dt.date] = []
    is_wrong = False
    for match in pattern(_DATE).finditer(text):
        day = _day_of(match, today, dropped[-1] if dropped else None, start)
        is_wrong = is_wrong or day is None
        if day and pattern(REJECTED).match(text, match.end()):
            dropped.append(day)
        elif day:
            wanted.append(Date(day, bool(pattern(r"\s*(?:으로|로)").match(text, match.end()))))
    is_settled = span is None or (bool(wanted) and not span.is_target)
    return Days(tuple(wanted), frozenset(map(dt.date.isoformat, dropped)), rest, is_wrong, None if is_settled else span)


def spoken_day(day: dt.date) -> str:
    """Return a day as it is said."""
    return f"{day.month}월 {day.day}일 {WEEKDAYS[day.weekday()]}요일"


def _day_of(match: re.Match[str], today: dt.date, instead_of: dt.date | None, start: dt.date | None) -> dt.date | None:
    """Return the day that `match` names; a bare weekday or day of the month is near the day that it replaces, or from `start` on."""
    if match["nth"]:
        return _nth(match, today)
    if match["word"]:
        word = "".join(match["word"].split())
        return today + dt.timedelta(_WORDS.get(word, 2))
    if match["feast"]:
        return _on(today.year, *_FEASTS.get(match["feast"], (1, 1)), today)
    if match["weekend"] or match["bare_weekend"]:
        return _weekend(match["weekend"] or "이번", today)
    if match["ahead"] or match["days_ahead"]:
        return today + dt.timedelta(int(match["ahead"] or _AHEAD[match["days_ahead"]]))
    if match["months_ahead"]:
        ahead = _MONTHS.get(match["months_ahead"]) or int(match["months_ahead"])
        months = today.month - 1 + ahead
        year, month = today.year + months // 12, months % 12 + 1
        return dt.date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
    if match["weeks_ahead"]:
        weeks = match["weeks_ahead"].replace("이", "2").replace("일", "1")
        return today + dt.timedelta(weeks=int(weeks[0]))
    if match["weekday"]:
        weekday = WEEKDAYS.index(match["weekday"])
        if match["week"] is None and instead_of:
            return instead_of + dt.timedelta(weekday - instead_of.weekday())
        if match["week"] is None and start:
            return start + dt.timedelta((weekday - start.weekday()) % 7)
        return _weekday(match["week"], weekday, today)
    if match["end"]:
        return _end_of_month(match, today)
    if match["month"]:
        if match["year"]:
            year = today.year + YEARS.get(match["year"], 0)
            return _exactly(year, int(match["month"]), int(match["day"] or match["slash_day"]))
        return _on(today.year, int(match["month"]), int(match["day"] or match["slash_day"]), today)
    day = int(match["its_day"] or match["only_day"])
    if match["only_day"] and instead_of:
        return _on(instead_of.year, instead_of.month, day, today)
    if match["only_day"] and start:
        is_next = day < start.day
        return _exactly(
            start.year + (is_next and start.month == 12), start.month % 12 + 1 if is_next else start.month, day
        )
    is_next = bool(match["next_month"]) or day < today.day
    month = today.month % 12 + 1 if is_next else today.month
    return _on(today.year, month, day, today)


def _nth(match: re.Match[str], today: dt.date) -> dt.date | None:
    """Return the first, second, … or last such weekday of a month, which is what "첫째 주 월요일" is taken for."""
    word = "".join(match["nth"].split())
    index = _ORDINALS.index(word) if word in _ORDINALS else _OTHER_ORDINALS[word]
    weekday = WEEKDAYS.index(match["nth_day"])
    months = [int(match["nth_month"])] if match["nth_month"] else [today.month, today.month % 12 + 1]
    for month in months[1:] if match["nth_next"] else months:
        first = _on(today.year, month, 1, today)
        if first is None:
            return None
        days = [first + dt.timedelta(n) for n in range(31)]
        days = [day for day in days if day.weekday() == weekday and day.month == first.month]
        if index < len(days) and (days[index] >= today or len(months) == 1):
            return days[index]
    return None


def _end_of_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    month = int(match["end_month"] or (today.month % 12 + 1 if match["end_next"] else today.month))
    if not 1 <= month <= 12:
        return None
    year = today.year + (month < today.month)
    return Span(f"{year}-{month:02d}").last


def _weekend(week: str, today: dt.date) -> dt.date:
    """Return the Saturday: on Sundays no branch is open."""
    saturday = today + dt.timedelta(max(5 - today.weekday(), 0))
    return saturday + dt.timedelta(7 if week in ("다음", "담") else 0)


def _weekday(week: str | None, weekday: int, today: dt.date) -> dt.date:
    if week is None:
        return today + dt.timedelta((weekday - today.weekday() - 1) % 7 + 1)
    monday = today - dt.timedelta(today.weekday())
    return monday + dt.timedelta(
        weekday + {"이번": 0, "다다음": 14, "지난": -7, "저번": -7, "지지난": -14}.get(week, 7)
    )


def _exactly(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _on(year: int, month: int, day: int, today: dt.date) -> dt.date | None:
    date = _exactly(year, month, day)
    # A day of last spring is next spring's; one of last week was meant, and is past.
    return date if date is None or (today - date).days < _LONG_PAST_DAYS else _exactly(year + 1, month, day)
