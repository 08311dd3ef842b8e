"""Dates with English month and weekday names: May 5, 2026; 15 March; Mon-Fri."""

import re

from voicebot.korean.dates import DAY_NAMES, month_and_day
from voicebot.korean.numbers import sino
from voicebot.korean.patterns import pattern

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = (
    r"(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WEEKDAY = r"(?i:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?i:day)?"
_BEFORE = rf"(?<![A-Za-z0-9.])(?:(?P<weekday>{_WEEKDAY})\.?,?\s?)?"

HAS_MONTH = r"(?i:jan|feb|mar|apr|may|ju[nl]|aug|sep|oct|nov|dec)"
MONTH_FIRST = rf"{_BEFORE}(?P<month>{_MONTH})\.?\s?{_DAY}(?:,?\s?{_YEAR})?(?![\d:A-Za-z]|[.,]\d)"
DAY_FIRST = rf"{_BEFORE}{_DAY}[\s-]?(?P<month>{_MONTH})(?![A-Za-z])\.?(?:,?[\s-]?{_YEAR})?(?!\d)"
YEAR_FIRST = rf"{_BEFORE}{_YEAR}\s(?P<month>{_MONTH})\.?\s{_DAY}(?![\d:A-Za-z])"
MONTH_OF_YEAR = rf"(?<![A-Za-z0-9])(?P<month>{_MONTH})\.?,?\s?{_YEAR}(?!\d)"
HAS_WEEKDAY = r"(?i:mon|tue|wed|thu|fri|sat|sun)"
WEEKDAYS = rf"[(（]\s?({_WEEKDAY})\s?[)）]|(?<![A-Za-z])({_WEEKDAY})\s?[~∼〜–-]\s?({_WEEKDAY})(?![A-Za-z])"


def english_date(match: re.Match[str]) -> str:
    """Return May 5, 2026 as 이천이십육 년 오월 오 일."""
    parts = match.groupdict()
    weekday = f" {_initial(parts['weekday'])}요일" if parts["weekday"] else ""
    return f"{_year(parts['year'])}{month_and_day(_number(parts['month']), parts['day'])}{weekday}{_gap(match)}"


def english_month(match: re.Match[str]) -> str:
    """Return June 2026 as 이천이십육 년 유월."""
    return _year(match["year"]) + month_and_day(_number(match["month"]), "1").split()[0] + _gap(match)


def english_weekdays(match: re.Match[str]) -> str:
    """Return (Fri) as (금) and Mon-Fri as 월~금, which the rules for Korean weekdays read."""
    alone, first, last = match.groups()
    return f"({_initial(alone)})" if alone else f"{_initial(first)}~{_initial(last)}"


def _year(year: str | None) -> str:
    return f"{sino(int(year))} 년 " if year else ""


def _number(name: str) -> str:
    return str(_MONTHS.index(name[:3].lower()) + 1)


def _initial(name: str) -> str:
    return DAY_NAMES[_DAYS.index(name[:3].lower())]


def _gap(match: re.Match[str]) -> str:
    """Return a space where a letter or digit touches the date."""
    return " " if pattern(r"[A-Za-z0-9]").match(match.string, match.end()) else ""
