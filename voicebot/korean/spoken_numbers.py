"""Spoken numbers to written digits, only where a counter, a unit or a long run of digits makes them certain."""

import re

from voicebot.korean.numbers import parse_digits, parse_native, parse_sino
from voicebot.korean.patterns import pattern

_D = "공영일이삼사오육륙칠팔구"
_PARTICLE = (
    r"(?=$|[^가-힣]|에|은|는|이|가|을|를|도|로|으로|만|과|와|의|씩|쯤|정도|이요|요|짜리|까지|부터|마다|당|입|인|예|라|이상|이하|이내|"
    r"전|후|뒤|안|밖|넘|남|걸|교|예약|타|탔|주|지났|됐|되|동안|대에?|어치|면|보다|에서|반|들|하고|이랑|랑|째|간|분)"
)
_NATIVE = r"(?:(?:열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)?|스무|한|두|세|네|다섯|여섯|일곱|여덟|아홉)"
_NATIVE_STARTS = "한두세네다여아열스서마쉰예"
_NATIVE_COUNTERS = r"시간|개월|군데|가지|켤레|사람|시|개|명|살|대|병|잔|마리|장|권|달|곳|배|짝|박스|세트|바퀴"
_SINO_UNITS = (
    r"킬로미터|킬로그램|킬로|키로|미터|리터|센티|밀리|그램|퍼센트|프로|만원|원|달러|개월|년|월|일|주|분|초|층|호|인분|인치|볼트|"
    r"암페어|호선|번지|동|회|위|등|도|평|세|박|년식|시|km|kg|cc|cm|mm|l|ml|psi"
)
_AMBIGUOUS = frozenset({
    "이주", "이동", "이번", "사회", "사원", "이원", "이월", "구월", "이층", "일회", "이회", "오도", "이도", "사도", "일도", "이분", "오분", "구분",
    "일원", "구원", "사세", "이세", "구호", "일등", "이등", "오일", "이일", "일일", "사일", "구일", "삼일", "이년", "일년", "조회", "구회",
    "일주", "사주", "구주", "오주", "이시", "일시", "사시", "구시", "이호", "일호", "오호", "사호", "사위", "이위", "구도", "구동", "일동", "사동",
    "일박", "이박", "구박", "만도", "만일", "만세", "천도", "백일", "만월", "만년", "천년", "백년", "백년식", "오동", "삼동", "일초", "이초",
    "구층", "사층", "육회", "사등", "구등", "만주", "백주", "천주", "만호", "백호", "천호", "천일", "천등", "만회", "백회", "만분", "사분", "팔도",
    "삼도", "사인치", "공원", "공일", "공동", "공주", "공시", "공도", "공회", "공평", "영월", "영주", "영동", "영원", "영도", "구평", "만평", "일평",
    "이평", "사평", "천평", "백도", "조도", "칠월", "만시", "백세", "천세", "공인치", "일분", "십분", "십일", "십이", "일월", "일세", "조세",
    "공세", "공위", "이프로", "공호", "백동", "천동", "만동", "백분", "천분", "십시", "백시", "십년", "십월",
})  # fmt: skip
"""Words that also read as number and unit: they stay words when glued, and one digit stays a word even apart."""
_NATIVE_WORDS = frozenset({"한대", "한장", "한배", "한곳", "한병", "세대", "네배", "세장"})
"""Glued forms that are words of their own (한대, 세대)."""


def to_written(text: str) -> str:
    """Return `text` (words apart, lower case) with its numbers in one written form, such as 50000킬로 and 2시30분."""
    text = _written_numbers(text)
    if pattern(f"[{_D}십백천만억유시{_NATIVE_STARTS}]").search(text):
        text = _digit_runs(text)
        text = _sino_amounts(text)
        text = _native_counts(text)
    text = _minutes(text)
    return _one_unit_name(text)


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
    run = rf"(?<![가-힣\d])[{_D}\d]+(?:(?:에|다시|의)?[\s-]+[{_D}\d]+)*"

    def written(match: re.Match[str]) -> str:
        words = pattern(r"(?:에|다시|의)?[\s-]+").split(match[0])
        if all(word.isdigit() for word in words) or pattern(r"\d일[이일]?$").search(words[-1]):
            return match[0]  # in 20일이요 the syllable after the digits is the day's unit
        count = sum(map(len, words))
        certain = count >= 7 and (max(map(len, words)) >= 3 or max(map(len, words)) == 1)
        if not certain and not (len(words) == 1 and count >= 4):
            return match[0]
        tail = _trailing_particle(text, match.end(), words[-1])
        digits = "".join(pattern(r"\d+|\D+").sub(lambda part: _digits(part[0]), word) for word in words)
        return digits[: len(digits) - len(tail)] + tail

    return pattern(run).sub(written, text)


def _digits(part: str) -> str:
    return part if part[0].isdigit() else parse_digits(part)


def _trailing_particle(text: str, end: int, last_word: str) -> str:
    """Return the 이 of 이에요, 이고, 입니다 … that only looks like a last digit."""
    follows = pattern(r"에요|예요|고|라|구요|요|야|죠|거든").match(text, end)
    return "이" if follows and last_word.endswith("이") else ""


def _sino_amounts(text: str) -> str:
    """Return sino readings in front of a unit as digits: 오만 킬로 is 50000킬로."""
    text = pattern(r"영하\s?([일이삼사오육칠팔구십]{1,3})\s?도").sub(lambda match: f"영하{_value(match[1])}도", text)
    month_day = rf"(?<![가-힣\d])([일이삼사오유육칠팔구시십]{{1,2}}|\d{{1,2}})월\s?([일이삼사오육칠팔구십]{{1,4}})\s?일{_PARTICLE}"
    text = pattern(month_day).sub(_month_day, text)
    sino = (
        rf"(?<![가-힣\d.])([{_D}십백천만억]{{1,16}}(?:\s[{_D}십백천만억]{{1,8}}){{0,3}})(\s?)({_SINO_UNITS}){_PARTICLE}"
    )
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
    words, unit = match[1], match[3]
    word = words.replace(" ", "")
    value = parse_sino(word)
    glued = word + unit
    if value is None or (glued in _AMBIGUOUS and (not match[2] or len(word) == 1)):
        return match[0]
    return f"{value * 10000}원" if unit == "만원" else f"{value}{unit}"


def _native_counts(text: str) -> str:
    """Return native counts as digits: 두 시 is 2시, 세 개 is 3개."""
    count = rf"(?<![가-힣\d])({_NATIVE})(\s?)({_NATIVE_COUNTERS}){_PARTICLE}"

    def written(match: re.Match[str]) -> str:
        value, gap, counter = parse_native(match[1]), match[2], match[3]
        is_word = not gap and match[0] in _NATIVE_WORDS
        if value is None or is_word or (counter == "시" and value > 24):
            return match[0]
        return f"{value}{counter}"

    return pattern(count).sub(written, text)


def _minutes(text: str) -> str:
    """Return what follows an hour in digits: 2시 삼십 분 and 2시 반 are 2시30분."""
    spoken = r"(?<!\d)(\d{1,2}시\s?)([일이삼사오육칠팔구십]{1,4})(\s?분)"
    text = pattern(spoken).sub(lambda match: f"{match[1]}{_value(match[2])}{match[3]}", text)
    return pattern(r"(?<=\d시)\s?반(?=$|[^가-힣]|에|으로|까지|부터|쯤|이|예|정도|은|도|만)").sub("30분", text)


_UNIT_NAMES = (
    (r"(?<=\d)\s?(?:km|킬로미터|키로미터|키로)(?![a-z])", "킬로"),
    (r"(?<=\d)\s?(?:%|프로(?![가-힣])|퍼센트)", "퍼센트"),
    (r"(?<=\d)\s?(?:kg|킬로그램)(?![a-z])", "킬로그램"),
    (r"(?<=\d)\s?(?:l|ℓ|리터)(?![a-z])", "리터"),
    (r"(?<=\d)\s?(?:℃|°c)", "도"),
)


def _one_unit_name(text: str) -> str:
    """Return units after a number under one name: km and 키로 are 킬로."""
    if not pattern(r"\d").search(text):
        return text
    for source, name in _UNIT_NAMES:
        text = pattern(source).sub(name, text)
    return text
