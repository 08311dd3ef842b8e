"""What a booking needs, read from a caller's words: service, branch, dates and time."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.chat.commands import squeezed
from voicebot.errors import ConfigError
from voicebot.korean.patterns import pattern
from voicebot.korean.spoken_numbers import to_written

WEEKDAYS = "월화수목금토일"

_SERVICES = {
    "엔진오일 교환": r"엔진\s*오일|(?<![가-힣])오일(?!\s*경고)|기름\s*(?:을|좀)?\s*(?:갈|교환)",
    "미션오일 교환": r"미션\s*오일",
    "타이어 교체": r"타이어|얼라인먼트|펑크",
    "배터리 교체": r"배터리|밧데리",
    "브레이크 정비": r"브레이크|패드",
    "자동차 검사": r"(?:자동차|정기|종합)\s*검사|(?<![가-힣])검사",
    "실내 클리닝": r"실내\s*(?:클리닝|크리닝|청소|세차)",
    "광택": r"광택|유리막",
    "세차": r"(?<!실내 )(?<!실내)세차",
    "에어컨 점검": r"에어컨",
    "와이퍼 교체": r"와이퍼",
    "냉각수 교환": r"냉각수|부동액",
    "사고 수리": r"판금|도색|사고\s*수리",
    "경고등 진단": r"경고등",
    "전기차 점검": r"전기차",
    "종합 점검": r"점검|정비",
}
_DATE = (
    r"(?P<month>\d{1,2})\s*월\s*(?P<day>\d{1,2})\s*일"
    r"|(?P<next_month>다음\s*달|담\s*달)\s*(?P<its_day>\d{1,2})\s*일"
    r"|(?P<ahead>\d{1,2})\s*일\s*(?:뒤|후)|(?P<week_ahead>[1일]주일\s*(?:뒤|후))"
    r"|(?:(?P<week>이번|다다음|다음|담)\s*주\s*)?(?P<weekday>[월화수목금토일])요일"
    r"|(?P<word>오늘|내일\s*모레|모레|글피|내일)"
    r"|(?<![\d월])(?P<only_day>\d{1,2})\s*일(?![가-힣]*\s*(?:뒤|후|간|동안))"
)
_TIME = (
    r"(?P<half>오전|오후|아침|점심|저녁|낮|밤|새벽)?\s*(?P<hour>\d{1,2})\s*(?:시(?!간)\s*(?:(?P<minute>\d{1,2})\s*분|(?P<thirty>반))?|:(?P<minutes>\d{2}))"
    r"|(?P<only_half>오전|오후|아침|저녁)"
)
_REJECTED = r"\s*(?:은|는|이|가|을|를)?\s*(?:말고|아니고|아니라)"
"""What follows a thing that the caller does not want."""
_LEFT_OUT = (
    r"\s*(?:교체|교환|점검|정비|수리)?\s*(?:은|는|이|가|을|를)?\s*(?:말고|아니고|아니라|빼|제외|취소|안\s*하|안\s*할)"
)
"""The same after a service."""
_ADDED = r"도\s*(?:같이|함께|추가|해|할|하|넣|요|$)|추가|같이|함께"
_FUNCTION_WORDS = (
    r"네|예|아니다|아니요?|아뇨|잠깐만요?|잠시만요?|다시|바꿔|바꿀게|바꾸|변경|옮겨|옮길|말고|아니고|빼고?|추가|같이|함께|아|음|저기|저|그|그럼|그러면|제가|저는|혹시|아무때나|아무데나|쯤|정도|경|중|까지|부터|에서|에|으로|로|은|는|이|가|을|를|도|랑|이랑|하고|그리고"
    r"|에요|예요|이에요|이요|요|입니다|인데요|이고요?|갈게|갈수있|할게|할래|하려고|하고싶|싶|은데|어요|습니다|해주세요|해줘|해주|주세요|줘|주|부탁|드려요|드립니다|드려"
    r"|예약|신청|좋겠|좋|괜찮|될까|되나|되|돼|가능|할까|한가|해|하|한|잡아|잡|걸|것|갈|가고|맡기|맡길|보고|날짜|날|시간|지점|점|교환|교체|수리|정비|점검|받|싶어|싶은데|나|까|고|게|있|어|지|라|려"
)
_LONG_PAST_DAYS = 180
_QUESTION = r"어떻|어디|얼마|몇|뭐|무슨|무엇|왜|언제|주차|걸려|걸리|열어|여나|하나요|있나|있어"


@dataclass(frozen=True)
class Date:
    """A day, and whether it is where something moves to ("금요일로")."""

    day: dt.date
    is_target: bool


@dataclass(frozen=True)
class Reading:
    """What was found in one turn.

    Attributes:
        service: Services by their spoken names, joined by commas.
        branch: The fact that holds the branch's name, such as ``branch.gangnam``.
        dates: In the order they were said.
        time: ``HH:MM``, or 오전 or 오후 when no hour was said.
        is_bare: True when nothing but these was said, so that the turn is an answer and no question.
        is_question: True when something is asked.
        is_addition: True when the services come on top of others.
        dropped: Services, a branch's fact, a day or a time that are not wanted: "강남점 말고", "타이어는 빼고".
    """

    service: str
    branch: str
    dates: tuple[Date, ...]
    time: str
    is_bare: bool
    is_question: bool = False
    is_addition: bool = False
    dropped: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """True when nothing was found."""
        return not (self.service or self.branch or self.dates or self.time or self.dropped)


def read_slots(text: str, today: dt.date, branches: Mapping[str, str]) -> Reading:
    """Return what `text` says about a booking.

    Args:
        text: One turn.
        today: Where the caller is.
        branches: Names by fact, see `Facts.branches`.
    """
    rest = to_written(text)
    dropped: set[str] = set()
    dates: list[Date] = []
    for match in pattern(_DATE).finditer(rest):
        day = _day_of(match, today)
        if day and _is_rejected(rest, match):
            dropped.add(day.isoformat())
        elif day:
            dates.append(Date(day, bool(pattern(r"\s*(?:으로|로)").match(rest, match.end()))))
    rest = pattern(_DATE).sub(" ", rest)
    times: list[str] = []
    for match in pattern(_TIME).finditer(rest):
        time = _time_of(match)
        if time and _is_rejected(rest, match):
            dropped.add(time)
        elif time:
            times.append(time)
    rest = pattern(_TIME).sub(" ", rest)
    branch = ""
    for fact, name in branches.items():
        found = _branch_pattern(name).search(rest)
        if found and _is_rejected(rest, found):
            dropped.add(fact)
        elif found and not branch:
            branch = fact
    for name in branches.values():
        rest = _branch_pattern(name).sub(" ", rest)
    named = read_service(rest).split(", ")
    services = []
    for name in filter(None, named):
        found = pattern(_SERVICES[name]).search(rest)
        if found and pattern(_LEFT_OUT).match(rest, found.end()):
            dropped.add(name)
        else:
            services.append(name)
    is_addition = bool(services) and bool(pattern(_ADDED).search(rest))
    for name in filter(None, named):
        rest = pattern(_SERVICES[name]).sub(" ", rest)
    left = pattern(_FUNCTION_WORDS).sub("", squeezed(rest).rstrip("?"))
    asks = is_question(rest)
    return Reading(
        service=", ".join(services),
        branch=branch,
        dates=tuple(dates),
        time=times[0] if times else "",
        is_bare=len(left) <= 2 and not asks,
        is_question=asks,
        is_addition=is_addition,
        dropped=frozenset(dropped),
    )


def is_question(text: str) -> bool:
    """Say whether something is asked."""
    return bool(pattern(_QUESTION).search(squeezed(text)))


def read_service(text: str) -> str:
    """Return the services that `text` names; general words such as 점검 count only when there is nothing else."""
    found = [name for name, source in _SERVICES.items() if pattern(source).search(text)]
    if len(found) > 1 and found[-1] == "종합 점검":
        found.pop()
    return ", ".join(found)


def spoken_day(day: dt.date) -> str:
    """Return a day as it is said."""
    return f"{day.month}월 {day.day}일 {WEEKDAYS[day.weekday()]}요일"


def spoken_time(time: str) -> str:
    """Return a slot's time as it is said."""
    if ":" not in time:
        return time
    hour, minute = map(int, time.split(":"))
    half = "오전" if hour < 12 else "오후"
    return f"{half} {(hour - 1) % 12 + 1}시" + (f" {minute}분" if minute else "")


def days_in(text: str) -> set[dt.date]:
    """Return the dates in a fact, such as ``"2026-12-25 2027-01-01"``.

    Raises:
        ConfigError: One is not written so, or is no day.
    """
    try:
        return {dt.date.fromisoformat(day) for day in text.replace(",", " ").split()}
    except ValueError as exc:
        raise ConfigError(f"the closed days in the facts: {exc}", hint="write them like 2026-12-25") from exc


def times_in(text: str) -> list[str]:
    """Return the times of day in a fact, such as ``["09:00", "19:00"]``."""
    return [time for time in map(_time_of, pattern(_TIME).finditer(to_written(text))) if ":" in time]


def _is_rejected(text: str, match: re.Match[str]) -> bool:
    return bool(pattern(_REJECTED).match(text, match.end()))


def _branch_pattern(name: str) -> re.Pattern[str]:
    return pattern(rf"{re.escape(name.removesuffix('점'))}\s*(?:지점|점|역|쪽)?")


def _day_of(match: re.Match[str], today: dt.date) -> dt.date | None:
    if match["word"]:
        words = {"오늘": 0, "내일": 1, "내일모레": 2, "모레": 2, "글피": 3}
        return today + dt.timedelta(words["".join(match["word"].split())])
    if match["week_ahead"] or match["ahead"]:
        return today + dt.timedelta(int(match["ahead"] or 7))
    if match["weekday"]:
        return _weekday(match["week"], WEEKDAYS.index(match["weekday"]), today)
    if match["month"]:
        return _on(today.year, int(match["month"]), int(match["day"]), today)
    day = int(match["its_day"] or match["only_day"])
    is_next = bool(match["next_month"]) or day < today.day
    month = today.month % 12 + 1 if is_next else today.month
    return _on(today.year, month, day, today)


def _weekday(week: str | None, weekday: int, today: dt.date) -> dt.date:
    if week is None:
        return today + dt.timedelta((weekday - today.weekday() - 1) % 7 + 1)
    monday = today - dt.timedelta(today.weekday())
    return monday + dt.timedelta(weekday + {"이번": 0, "다다음": 14}.get(week, 7))


def _on(year: int, month: int, day: int, today: dt.date) -> dt.date | None:
    try:
        date = dt.date(year, month, day)
        # A day of last spring is next spring's; one of last week was meant, and is past.
        return date if (today - date).days < _LONG_PAST_DAYS else date.replace(year=year + 1)
    except ValueError:
        return None


def _time_of(match: re.Match[str]) -> str:
    if match["only_half"]:
        return "오전" if match["only_half"] in ("오전", "아침") else "오후"
    hour, half = int(match["hour"]), match["half"]
    minute = int(match["minute"] or match["minutes"] or (30 if match["thirty"] else 0))
    if half in ("오전", "아침", "새벽"):
        hour %= 12
    elif hour <= 12 and (half in ("오후", "저녁", "밤") or (half in ("낮", "점심") and hour < 10) or hour < 8):
        hour = hour % 12 + 12
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else ""
