"""Weeks and months in which the day is still open: "다음 주요", "내년 3월", "12월 초쯤"."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from voicebot.korean.patterns import pattern

_SPAN = (
    r"(?:(?P<year>재작년|작년|내년|후년|올해)\s*)?(?P<month>\d{1,2})\s*월(?!\s*\d|요)\s*(?P<part>초순?|중순?|하순|말)?(?P<month_goal>\s*(?:로|으로)(?!\s*예약))?"
    r"|(?P<month_word>이번|이|다음|담|내)\s*달\s*(?:초순?|중순?|하순|말)?(?P<word_goal>\s*(?:로|으로))?"
    r"|(?P<week>이번|다다음|다음|담)\s*주(?P<week_goal>\s*로)?(?=$|[\s,.]|이?요|쯤|중|안|내|에|초|말(?!고))"
)
_WEEKS = {"이번": 0, "다음": 1, "담": 1, "다다음": 2}
YEARS = {"재작년": -2, "작년": -1, "내년": 1, "후년": 2}
_ISO_WEEK = "W"


@dataclass(frozen=True)
class Span:
    """A week or a month.

    Attributes:
        name: As ISO 8601 writes it: ``2026-W50`` or ``2026-12``.
        is_target: True when something moves there: "다음 주로".
    """

    name: str
    is_target: bool = False

    @property
    def first(self) -> dt.date:
        """Its first day."""
        return dt.date.fromisoformat(f"{self.name}-1" if self.is_week else f"{self.name}-01")

    @property
    def last(self) -> dt.date:
        """Its last day."""
        if self.is_week:
            return self.first + dt.timedelta(6)
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def is_week(self) -> bool:
        """True for a week."""
        return _ISO_WEEK in self.name

    @property
    def which_day(self) -> str:
        """The words that ask for a day in it."""
        return "무슨 요일" if self.is_week else f"{self.first.month}월 며칠"


def is_span(name: str) -> bool:
    """Say whether `name` is the name of a week or a month."""
    try:
        return bool(Span(name).first)
    except ValueError:
        return False


def read_span(text: str, today: dt.date) -> tuple[Span | None, str]:
    """Return the week or month that `text` names, and the text without it; what names a day was taken out before."""
    match = pattern(_SPAN).search(text)
    span = _span_of(match, today) if match else None
    return span, f"{text[: match.start()]} {text[match.end() :]}" if match and span else text


def _span_of(match: re.Match[str], today: dt.date) -> Span | None:
    if match["week"]:
        year, week, _ = (today + dt.timedelta(weeks=_WEEKS[match["week"]])).isocalendar()
        return Span(f"{year}-{_ISO_WEEK}{week:02d}", bool(match["week_goal"]))
    if match["month_word"]:
        is_this = match["month_word"] in ("이번", "이")
        month = today.month - 1 + (0 if is_this else 1)
        return Span(f"{today.year + month // 12}-{month % 12 + 1:02d}", bool(match["word_goal"]))
    month = int(match["month"])
    if not 1 <= month <= 12:
        return None
    is_past = match["year"] is None and month < today.month
    year = today.year + (1 if is_past else YEARS.get(match["year"], 0))
    return Span(f"{year}-{month:02d}", bool(match["month_goal"]))
