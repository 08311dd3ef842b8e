"""Spoken numbers to written digits, only where a counter, a unit or a long run of digits makes them certain.

The rules need no spaces: what tells a number from a syllable of a word is what stands before and after it.
"""

import re

from voicebot.korean.number_bounds import AFTER_A_PARTICLE, HANGUL, is_count, may_follow, number_of
from voicebot.korean.number_units import AMBIGUOUS, CERTAIN, COUNTERS, UNIT_NAMES, UNITS
from voicebot.korean.numbers import parse_digits, parse_native, parse_sino
from voicebot.korean.patterns import pattern

_D = "공영일이삼사오육륙칠팔구"
_N = f"{_D}십백천만억"
_NATIVE = r"(?:(?:열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)?|스무|한|두|세|네|다섯|여섯|일곱|여덟|아홉)"
_NATIVE_STARTS = "한두세네다여아열스서마쉰예"
_RUN_WORDS = frozenset({"이사일이", "이사이사", "일일이일", "구구이이"})
"""Digits in a row that are words: 이사일이 언제예요."""


def to_written(text: str) -> str:
    """Return `text` (lower case, with or without spaces) with its numbers in one written form: 50000킬로, 2시30분."""
    return spoken_to_written(one_written_form(text))


def one_written_form(text: str) -> str:
    """Return `text` with the numbers that are written already in one form: 5만km is 50000킬로, 2:30 is 2시30분."""
    return _one_unit_name(_written_numbers(text))


def spoken_to_written(text: str) -> str:
    """Return `text` with its spoken numbers written."""
    if pattern(f"[{_N}유{_NATIVE_STARTS}]").search(text):
        text = _native_counts(_sino_amounts(_digit_runs(text)))
    return _one_unit_name(_minutes(text))


def _written_numbers(text: str) -> str:
    """Return written numbers without separators, 만 and 억 multiplied out, clock times as N시M분."""
    if not pattern(r"\d|영하").search(text):
        return text
    text = pattern(r"(?<=\d),(?=\d{3}(?!\d))").sub("", text)
    text = pattern(r"[₩￦]\s*(\d[\d.]*)").sub(r"\1원", text)
    text = pattern(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])").sub(_clock, text)
    text = pattern(r"(?<![\d-])(0\d{1,2}|1[5-9]\d\d)[-. ](\d{3,4})[-. ]?(\d{4})?(?![\d-])").sub(r"\1\2\3", text)
    text = pattern(r"(?<=\d)[~∼〜-](?=\d)").sub("~", text)
    text = pattern(r"(?:영하\s*|(?<![\w])-\s*)(\d+(?:\.\d+)?)\s*(?:도|℃|°c)").sub(r"영하\1도", text)
    amount = r"(?<!\d)\d{1,12}(?:\.\d{1,6})?\s?(?:[십백천]?[만억]|[백천])"
    return pattern(rf"{amount}(?:\s?{amount})*(?:\s?\d{{1,8}}(?![\d.]))?(?!큼)").sub(_multiplied, text)


def _clock(match: re.Match[str]) -> str:
    minute = int(match[2])
    return f"{int(match[1])}시" + (f"{minute}분" if minute else "")


def _multiplied(match: re.Match[str]) -> str:
    """Return 12만 5천 as 125000."""
    total = 0.0
    for number, unit in pattern(r"(\d+(?:\.\d+)?)\s?([십백천]?[만억]?)").findall(match[0]):
        scale = 1
        for char in unit:
            scale *= {"십": 10, "백": 100, "천": 1000, "만": 10**4, "억": 10**8}[char]
        total += float(number) * scale
    return f"{round(total)}"


def _digit_runs(text: str) -> str:
    """Return syllables read digit by digit as digits: one word of four or more, or seven over several words."""
    run = rf"(?<!\d)[{_D}\d]+(?:(?:(?:에|다시|의)?[\s-]+|(?<=[{_D}]{{3}})(?:에|다시|의)(?=[{_D}]{{3}}))[{_D}\d]+)*"

    def written(match: re.Match[str]) -> str:
        before = text[match.start() - 1 : match.start()] if match.start() else ""
        words = pattern(r"(?:에|다시|의)?[\s-]+|에|다시|의").split(match[0])
        if all(word.isdigit() for word in words) or any(pattern(r"\d[^\d]|[^\d]\d").search(word) for word in words):
            return match[0]  # in 20일이요 the syllable after the digits is the day's unit
        count = sum(map(len, words))
        if pattern(HANGUL).match(before) and not (
            before in AFTER_A_PARTICLE - frozenset("월년시점달난근한만")
            or (count >= 7 and words[0][0] == "공")
            or pattern("(?:자리|번호)$").search(text[max(0, match.start() - 2) : match.start()])
        ):
            return match[0]
        certain = count >= 7 and (max(map(len, words)) >= 3 or max(map(len, words)) == 1)
        if (not certain and not (len(words) == 1 and count >= 4)) or match[0] in _RUN_WORDS:
            return match[0]
        tail = _trailing_particle(text, match.end(), words[-1])
        digits = "".join(word if word.isdigit() else parse_digits(word) for word in words)
        if len(words) == 1 and digits.startswith("010"):
            tail = match[0][11:] or tail
        return digits[: len(digits) - len(tail)] + tail

    return pattern(run).sub(written, text)


def _trailing_particle(text: str, end: int, last_word: str) -> str:
    """Return the 이 of 이에요, 이고, 입니다 … that only looks like a last digit."""
    follows = pattern(r"에요|예요|고|라|구요|요|야|죠|거든|$").match(text, end)
    return "이" if follows and last_word.endswith("이") and follows[0] else ""


def _sino_amounts(text: str) -> str:
    """Return sino readings in front of a unit as digits: 오만 킬로 is 50000킬로."""
    text = pattern(r"영하\s?([일이삼사오육칠팔구십]{1,3})\s?도").sub(lambda match: f"영하{_value(match[1])}도", text)
    month_day = rf"((?<!\d)\d{{1,2}}|[일이삼사오육칠팔구십]{{1,2}}|(?<!{HANGUL})[유시])월\s?([일이삼사오육칠팔구십]{{1,4}})\s?일(?!곱|요일)"
    text = pattern(month_day).sub(_month_day, text)
    certain = rf"(?:(?<!{HANGUL})|(?<=[{''.join(sorted(AFTER_A_PARTICLE))}]))(?:{CERTAIN})"
    text = pattern(certain).sub(lambda match: f"{_value(match[0][0])}{match[0][1:]}", text)
    sino = rf"(?<![\d.])([{_N}]{{1,16}}(?:\s[{_N}]{{1,8}}){{0,3}})(\s?)({UNITS})"
    return pattern(sino).sub(_sino_amount, text)


def _value(word: str) -> str:
    value = parse_sino(word)
    return word if value is None else str(value)


def _month_day(match: re.Match[str]) -> str:
    month = {"유": 6, "시": 10}.get(match[1]) or (int(match[1]) if match[1].isdigit() else parse_sino(match[1]))
    day = parse_sino(match[2])
    if not month or month > 12 or not day or day > 31:
        return match[0]
    return f"{month}월{day}일"


def _sino_amount(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1] if match.start() else " "
    kept, word = number_of(match[1].replace(" ", ""), before)
    gap, unit = match[2], match[3]
    value = parse_sino(word)
    if value is None or (word + unit in AMBIGUOUS and (not gap or len(word) == 1)):
        return match[0]
    if not kept and pattern(HANGUL).match(before) and not may_follow(word, unit, before):
        return match[0]
    return kept + (f"{value * 10000}원" if unit == "만원" else f"{value}{unit}")


def _native_counts(text: str) -> str:
    """Return native counts as digits: 두 시 is 2시, 세 개 is 3개."""
    count = rf"(?<!\d)({_NATIVE})(\s?)({COUNTERS})"

    def written(match: re.Match[str]) -> str:
        value, counter = parse_native(match[1]), match[3]
        if value is None or (counter == "시" and value > 24) or not is_count(text, match):
            return match[0]
        return f"{value}{counter}"

    return pattern(count).sub(written, text)


def _minutes(text: str) -> str:
    """Return what follows an hour in digits: 2시 삼십 분 and 2시 반 are 2시30분."""
    spoken = r"(?<!\d)(\d{1,2}시\s?)([일이삼사오육칠팔구십]{1,4})(\s?분)"
    text = pattern(spoken).sub(lambda match: f"{match[1]}{_value(match[2])}{match[3]}", text)
    return pattern(r"(?<=\d시)\s?반(?!찬|납|도체|영|드시|응|환|려|짝|품|복|말|갑|값|대)").sub("30분", text)


def _one_unit_name(text: str) -> str:
    """Return units after a number under one name: km and 키로 are 킬로."""
    if not pattern(r"\d").search(text):
        return text
    for source, name in UNIT_NAMES:
        text = pattern(source).sub(name, text)
    return text
