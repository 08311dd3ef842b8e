"""What a booking needs, read from a caller's words: service, branch, dates and time."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.chat.commands import squeezed
from voicebot.chat.days import REJECTED, Date, read_days
from voicebot.chat.services import SERVICES, read_service
from voicebot.chat.spans import Span
from voicebot.errors import ConfigError
from voicebot.korean.patterns import pattern
from voicebot.korean.spoken_numbers import to_written

_TIME = (
    r"(?P<half>오\s?전|오\s?후|아침|점심|저녁|낮|밤|새벽)?(?:에|에는)?\s*(?P<hour>\d{1,2})\s*(?:시(?!간)\s*(?:(?P<minute>\d{1,2})\s*분|(?P<thirty>반))?|:(?P<minutes>\d{2}))"
    r"|(?<!\d)(?P<english>\d{1,2})\s*(?P<meridiem>[ap])\.?m\b|(?P<noon>정오)"
    r"|(?P<only_half>오\s?전|오\s?후|아침|저녁)"
)
_ANY = r"아무\s*때나|아무\s*시간|언제든|언제라도|언제나|상관\s*없|시간은\s*다\s*괜찮"
_ANY_DAY = r"아무\s*날|빠른\s*날|(?:제일|최대한|가장|되도록|가능한|될\s*수\s*있는\s*대로)\s*(?:빨리|빠른)|되는\s*날|빨리\s*되는|빠를수록|날짜는?\s*(?:상관|아무)"
_SAME_TIME = r"같은\s*시간|시간은\s*(?:그대로|똑같)"
_LEFT_OUT = r"\s*(?:교체|교환|점검|정비|수리)?\s*(?:은|는|이|가|을|를|도)?\s*(?:말고|아니고|아니라|빼|제외|취소|안\s*하|안\s*할)"
"""What follows a service that the caller does not want."""
_ADDED = r"도\s*(?:같이|함께|추가|해|할|하|넣|요|$)|추가|같이|함께"
_FUNCTION_WORDS = (
    r"네|예|아니다|아니요?|아뇨|잠깐만요?|잠시만요?|다시|바꿔|바꿀게|바꾸|변경|옮겨|옮길|말고|아니고|빼고?|추가|같이|함께|아|음|저기|저|그|그럼|그러면|제가|저는|혹시|아무때나|아무데나|쯤|정도|경|중|까지|부터|에서|에|으로|로|은|는|이|가|을|를|도|랑|이랑|하고|그리고"
    r"|에요|예요|이에요|이요|요|입니다|인데요|이고요?|갈게|갈수있|할게|할래|하려고|하고싶|싶|은데|어요|습니다|해주세요|해줘|해주|주세요|줘|주|부탁|드려요|드립니다|드려"
    r"|예약|신청|좋겠|좋|괜찮|될까|되나|되|돼|가능|할까|한가|해|하|한|잡아|잡|걸|것|갈|가고|맡기|맡길|보고|날짜|날|시간|지점|점|교환|교체|수리|정비|점검|받|싶어|싶은데|나|까|고|게|있|어|지|라|려"
)
_LETTERS = {"g": "[gk]", "b": "[bp]", "d": "[dt]", "k": "[gk]", "p": "[bp]", "u": "(?:u|oo)"}
"""Ways to write a sound of Korean in Latin letters."""
_QUESTION = r"어떻|어디|얼마|몇|뭐|무슨|무엇|왜|언제|주차|걸려|걸리|열어|여나|하나요|(?<!수)있나|(?<!수)있어"


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
        is_any_time: True when any hour will do: "오전 아무 때나요".
        is_any_day: True when any day, or the first that can be had, will do.
        is_same_time: True when the hour is to stay as it was.
        has_no_such_day: True when a day was named that is in no calendar.
        span: The week or month that was named without a day of it.
        dropped: Services, a branch's fact, a day or a time that are not wanted: "강남점 말고", "타이어는 빼고".
    """

    service: str
    branch: str
    dates: tuple[Date, ...]
    time: str
    is_bare: bool
    is_question: bool = False
    is_addition: bool = False
    is_any_time: bool = False
    is_any_day: bool = False
    is_same_time: bool = False
    has_no_such_day: bool = False
    span: Span | None = None
    dropped: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """True when nothing was found."""
        named = self.service or self.branch or self.dates or self.time
        return not (named or self.dropped or self.has_no_such_day or self.span)


def read_slots(text: str, today: dt.date, branches: Mapping[str, str], around: Span | None = None) -> Reading:
    """Return what `text` says about a booking.

    Args:
        text: One turn.
        today: Where the caller is.
        branches: Names by fact, see `Facts.branches`.
        around: The week or month in which a day is looked for.
    """
    rest = pattern(r"열\s*(?=[12]시)").sub("1", to_written(text.lower()))
    days = read_days(rest, today, around)
    dropped = set(days.dropped)
    rest = days.rest
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
        found = _branch_pattern(fact, name).search(rest)
        if found and _is_rejected(rest, found):
            dropped.add(fact)
        elif found and not branch:
            branch = fact
    for fact, name in branches.items():
        rest = _branch_pattern(fact, name).sub(" ", rest)
    named = read_service(rest).split(", ")
    services = []
    for name in filter(None, named):
        found = pattern(SERVICES[name]).search(rest)
        if found and pattern(_LEFT_OUT).match(rest, found.end()):
            dropped.add(name)
        else:
            services.append(name)
    is_addition = bool(services) and bool(pattern(_ADDED).search(rest))
    for name in filter(None, named):
        rest = pattern(SERVICES[name]).sub(" ", rest)
    left = pattern(_FUNCTION_WORDS).sub("", squeezed(rest).rstrip("?"))
    asks = is_question(rest)
    return Reading(
        service=", ".join(services),
        branch=branch,
        dates=days.wanted,
        time=next((time for time in times if ":" in time), times[0] if times else ""),
        is_bare=len(left) <= 2 and not asks,
        is_question=asks,
        is_addition=is_addition,
        is_any_time=bool(pattern(_ANY).search(text)),
        is_any_day=bool(pattern(_ANY_DAY).search(text)),
        is_same_time=bool(pattern(_SAME_TIME).search(text)),
        has_no_such_day=days.has_no_such_day,
        span=days.span,
        dropped=frozenset(dropped),
    )


def is_question(text: str) -> bool:
    """Say whether something is asked."""
    return bool(pattern(_QUESTION).search(squeezed(text)))


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
    return bool(pattern(REJECTED).match(text, match.end()))


def _branch_pattern(fact: str, name: str) -> re.Pattern[str]:
    """Return what finds a branch by its name or by its fact's, which writes it in Latin letters: gangnam, Kangnam, gang nam."""
    romanised = r"[\s-]?".join(_LETTERS.get(letter, re.escape(letter)) for letter in fact.rpartition(".")[2])
    return pattern(
        rf"(?:{re.escape(name.removesuffix('점'))}|(?<![a-z]){romanised}(?![a-z]))\s*(?:지점|점|역|쪽|branch)?"
    )


def _time_of(match: re.Match[str]) -> str:
    if match["only_half"]:
        return "오전" if match["only_half"] in ("오전", "오 전", "아침") else "오후"
    if match["noon"]:
        return "12:00"
    hour, half = int(match["hour"] or match["english"]), "".join((match["half"] or "").split())
    minute = int(match["minute"] or match["minutes"] or (30 if match["thirty"] else 0))
    if half in ("오전", "아침", "새벽") or match["meridiem"] == "a":
        hour %= 12
    elif hour <= 12 and (
        match["meridiem"] == "p" or half in ("오후", "저녁", "밤") or (half in ("낮", "점심") and hour < 10) or hour < 8
    ):
        hour = hour % 12 + 12
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else ""
