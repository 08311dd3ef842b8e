"""Dates and clock times as an announcer reads them."""

import re

from voicebot.korean.counters import MEASURES, count
from voicebot.korean.numbers import sino
from voicebot.korean.particles import PARTICLE, fitted
from voicebot.korean.patterns import pattern

DAY_NAMES = "월화수목금토일"
WEEKDAY_IN_BRACKETS = rf"\s?[(（]\s?([{DAY_NAMES}])(?:요일)?\s?[)）]"
_TAIL = rf"(?:{WEEKDAY_IN_BRACKETS})?(?:(?P<particle>{PARTICLE})(?![가-힣]))?"

ISO_DATE = rf"(?<![\d./-])((?:19|20)\d\d)\s?([-./])\s?(0?[1-9]|1[0-2])\s?\2\s?(0?[1-9]|[12]\d|3[01])(?:\.(?=\s|$|[^\d\s])|T(?=\d\d:))?(?!-|(?<!T)\d){_TAIL}"
SHORT_DATE = rf"(?<![\d./-])'?(\d\d)([./-])(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])\.?(?![\d./-]){_TAIL}"
LITTLE_ENDIAN = rf"(?<![\d./-])(0?[1-9]|[12]\d|3[01])([./-])(0?[1-9]|[12]\d|3[01])\2((?:19|20)\d\d)(?![\d./-]){_TAIL}"
MARKED_YEAR = rf"['’‘](\d\d)([./-])\s?(0?[1-9]|1[0-2])\2\s?(0?[1-9]|[12]\d|3[01])\.?(?!\d){_TAIL}"
HYPHEN_DAY = rf"(?<![\d./-])(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01]){WEEKDAY_IN_BRACKETS}"
GLUED_WEEKDAY = rf"(?<=\d일)(?=[{DAY_NAMES}]요일)"
COMPACT_DATE = (
    r"(?<![\d.,-])((?:19|20)\d\d)()(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])()(?=\s?(?:부터|까지|일자|기준|이전|이후|자\s))"
)
YEAR_MONTH = r"(?<![\d./-])((?:19|20)\d\d)[-./](0[1-9]|1[0-2])(?![\d./-])"
MONTH_DAY = rf"(?<![\d./-])(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?![\d/]|절(?!반)|\s?[%a-zA-Z]){_TAIL}"
DOTTED_DAY = rf"(?<![\d./-])(0?[1-9]|1[0-2])\.\s?(0?[1-9]|[12]\d|3[01])\.?{WEEKDAY_IN_BRACKETS}"
DAY_WITH_WEEKDAY = rf"(?<=\d일)\s?[(（]\s?([{DAY_NAMES}])\s?[)）]"
WEEKDAY_RANGE = rf"(?<![가-힣])([{DAY_NAMES}])\s?[~∼〜-]\s?(?!\1)([{DAY_NAMES}])(?:요일)?(?![가-힣])"
WEEKDAY_LIST = rf"(?<![가-힣])(?!(.)[·/,]\1)[{DAY_NAMES}](?:[·/,][{DAY_NAMES}])+(?=요일|\s|$|[^가-힣])"
DAY_RANGE = (
    r"(?<![\d./-])(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])\s?[~∼〜～–-]\s?(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?![\d/])"
    r"|(?<![\d./-])(0?[1-9]|1[0-2])\.(0?[1-9]|[12]\d|3[01])\.?\s?[~∼〜～–-]\s?(0?[1-9]|1[0-2])\.(0?[1-9]|[12]\d|3[01])\.?(?=\s?(?:휴|방학|기간|접수|신청|모집|운영|예정|행사|진행|일정|공사|점검|까지))"
)
DOTTED_MONTH = r"(?<![\d.])((?:19|20)\d\d)\.\s?(?=(?:0?[1-9]|1[0-2])월)"
CLOCK = r"(?<![\d:.])([01]?\d|2[0-4])\s?:\s?([0-5]\d)(?::([0-5]\d))?(?![\d:]|\.\d)(\s?분)?"
CLOCK_RANGE = r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)\s?[~∼〜–-]\s?((?:오전|오후|익일|다음 날|새벽|저녁|밤)\s?)?([01]?\d|2[0-4]):([0-5]\d)(?![\d:])"
_HALF = r"(AM|PM|am|pm|a\.m\.|p\.m\.)"
MERIDIEM = rf"(?<![A-Za-z])(?:{_HALF}\s?)?(?<![\d:])(\d{{1,2}}(?::[0-5]\d)?시?)(?(1)(?!\d|\.\d|\s?(?:농도|수치))|\s?{_HALF}(?![A-Za-z]))"

_DATE_CONTEXT = r"^\s?(?:까지|부터|에 |에서(?!\s?\d/\d\d?(?:으로|로))|일자|자 |오전|오후|[(（]|예약|방문|입고|출고|기준|마감|배송|발송)"
_DATE_BEFORE = r"(?:날짜|일자|일정|오는|지난|내년|올해|기한|마감|예약일|방문일|기간)[은는이가]?\s?:?\s?$"
YEAR_MARK = r"['’‘](?=\d\d\s?년)"
_COMMON_PARTS = (2, 3, 4, 5, 8, 10)


def full_date(match: re.Match[str]) -> str:
    """Return 2026-11-22 as 이천이십육 년 십일월 이십이 일."""
    year, month, day = match[1], match[3], match[4]
    return _with_particle(f"{sino(int(year))} 년 {month_and_day(month, day)}{weekday(match[5])}", match)


def little_endian(match: re.Match[str]) -> str:
    """Return 22/11/2026 (or 11/22/2026) with the year first; what can be either has the month first."""
    first, second, year = int(match[1]), int(match[3]), match[4]
    month, day = (second, first) if first > 12 >= second else (first, second)
    if month > 12:
        return match[0]
    return _with_particle(f"{sino(int(year))} 년 {month_and_day(str(month), str(day))}{weekday(match[5])}", match)


def day_range(match: re.Match[str]) -> str:
    """Return 1/2~1/5 as two dates, also with dots where a word after them shows it."""
    month, day, last_month, last_day = filter(None, match.groups())
    return f"{month_and_day(month, day)}에서 {month_and_day(last_month, last_day)}"


def year_month(match: re.Match[str]) -> str:
    """Return 2026-11 as year and month."""
    return f"{sino(int(match[1]))} 년 {count(match[2], '월')}"


def month_day(match: re.Match[str]) -> str:
    """Return 11/22 as 십일월 이십이 일, or as a fraction where it can only be one (1/2)."""
    numerator, denominator = int(match[1]), int(match[2])
    after, before = match.string[match.end() : match.end() + 8], match.string[max(0, match.start() - 8) : match.start()]
    is_date = match[3] or pattern(_DATE_CONTEXT).match(after) or pattern(_DATE_BEFORE).search(before)
    if not is_date and numerator < denominator and denominator in _COMMON_PARTS and not match[1].startswith("0"):
        gap = " " if match.string.startswith(MEASURES, match.end()) else ""
        return _with_particle(f"{sino(denominator)}분의 {sino(numerator)}{gap}", match)
    return _with_particle(month_and_day(match[1], match[2]) + weekday(match[3]), match)


def _with_particle(words: str, match: re.Match[str]) -> str:
    """Return a reading with the particle after it, in the form that follows it: 8/15는 is 팔월 십오 일은."""
    particle = match.groupdict().get("particle")
    return words + fitted(words, particle) if particle else words


def dotted_day(match: re.Match[str]) -> str:
    """Return 11.22(일) as month, day and weekday."""
    return month_and_day(match[1], match[2]) + weekday(match[3])


def month_and_day(month: str, day: str) -> str:
    """Return 11 and 22 as 십일월 이십이 일."""
    return f"{count(month, '월')} {sino(int(day))} 일"


def weekday(initial: str | None) -> str:
    """Return the weekday after a date, empty without one."""
    return f" {initial}요일" if initial else ""


def weekday_range(match: re.Match[str]) -> str:
    """Return 월~금 as 월요일에서 금요일."""
    return f"{match[1]}요일에서 {match[2]}요일"


def weekday_list(match: re.Match[str]) -> str:
    """Return 월·수·금 with pauses."""
    return ", ".join(re.findall(f"[{DAY_NAMES}]", match[0]))


def clock(match: re.Match[str]) -> str:
    """Return 14:30 as 십사 시 삼십 분."""
    hour, minute, second, said_minute = match.groups()
    if said_minute and not second and len(minute) == 2:
        said_minute = ""
    return clock_time(hour, minute) + (f" {sino(int(second))} 초" if second else "")


def clock_time(hour: str, minute: str) -> str:
    """Return hour and minute as read; a full hour without minutes."""
    return count(hour, "시") + (f" {sino(int(minute))} 분" if int(minute) else "")


def clock_range(match: re.Match[str]) -> str:
    """Return 9:00~18:00 as 아홉 시에서 십팔 시."""
    return f"{clock_time(match[1], match[2])}에서 {match[3] or ''}{clock_time(match[4], match[5])}"


def meridiem(match: re.Match[str]) -> str:
    """Return 9:30 AM and PM 3:00 with 오전 or 오후 in front."""
    before, time, after = match.groups()
    hour = "시" if time.isdigit() else ""
    return ("오전 " if (before or after)[0] in "Aa" else "오후 ") + time + hour
