"""Amounts: numbers with 만 and 억, counters, units, money, ranges and percentages."""

import re

from voicebot.korean.counters import ATTACHED, NATIVE_COUNTERS, NOT_A_COUNTER, RATES, SINO_COUNTERS, UNITS, count
from voicebot.korean.numbers import MAX_SINO, decimal, digit_by_digit, native, sino
from voicebot.korean.particles import PARTICLE, fitted
from voicebot.korean.patterns import pattern

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SCALE = r"(?!(?<=\s)만\s?점에)(?:[십백천]?[만억조](?!큼|일|약|회|치|각|족|남|성|료|두)|[백천](?!안|천|장|사|정|국|화|연|막|신|업|팩|미러|내장|문|식))"
AMOUNT = rf"{_NUMBER}(?:\s?{_SCALE}(?:\s?{_NUMBER}\s?{_SCALE})*(?:\s?{_NUMBER}(?!\s?[/:~]))?)?"
_SMALL_SCALES = {"": 1, "십": 10, "백": 100, "천": 1000}
_MYRIADS = {"만": 10**4, "억": 10**8, "조": 10**12}
_PART = rf"({_NUMBER})\s?([십백천]?[만억조]|[백천])?"

_KOREAN = "|".join(sorted({*NATIVE_COUNTERS, *SINO_COUNTERS} - {"만", "억"}, key=len, reverse=True))
_LATIN = "|".join(re.escape(unit) for unit in sorted({*UNITS, *RATES}, key=len, reverse=True))
_SEAT = r"(?!A\s?(?:좌석|석|열|구역|게이트|홀|형|타입|코스|반|등급))"
_NAMED = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True) if unit[0].isalpha())
_UNIT = rf"(?:\s?{_SEAT}(?P<unit>{_LATIN})(?![A-Za-z]|/[A-Za-z가-힣]))"
_LONG = "|".join(counter for counter in _KOREAN.split("|") if len(counter) > 1)
_SHORT = "".join(counter for counter in NATIVE_COUNTERS if len(counter) == 1)
_AFTER_COUNTER = (
    "[^가-힣]|$|[이가은는을를도만의에로으와과랑나씩당짜부까정쯤째입예인여라하고며면든보처같뿐밖마중내외간분전후반용더]"
)
_APART = rf"(?:|\s(?!(?!{_LONG})[{_SHORT}](?!{_AFTER_COUNTER})))"
"""No space, or one where the syllable after it is no beginning of a word: 2 대, but 아이오닉5 시승."""
_COUNTER = rf"(?:{_APART}(?P<counter>(?!{'|'.join(NOT_A_COUNTER)})(?:{_KOREAN})))"

PAIR = rf"(?<![\d,.])(\d{{1,2}})[,·](\d{{1,2}})\s?({_KOREAN})"
AND_A_HALF = r"(\d(?:시간?|개월|년|달))반(?=[^가-힣]|$|[이에정까부예으쯤입])"
ORDINAL = r"(?<![\d.,가-힣])(\d{1,2})째(?![\d])"
ABOUT = r"(?<![\d%℃시분초일월년원만개명층번회도])(\s)[~∼〜～](?=\d)"
EACH = rf"(?<![A-Za-z\d.,/])({'|'.join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True) if unit not in '%°P″')})(?=당)"
PER = rf"(?<![\d.,])({AMOUNT})\s?({_NAMED})/({_NAMED})(?![A-Za-z\d/])(?:({PARTICLE})(?![가-힣]))?"
_END = r"(?!(?!입니|이고|이며|이에|예요|에서|까지|부터|으로|씩)[가-힣]{2}|부(?!터))"
PER_TIME = rf"(?<![\d.,])({AMOUNT})\s?({_NAMED}|회|번|건|개|원|만원)/([일월년주박인명]|(?<=[회번]/)[분초]|(?<=원/)(?:박스|건|장|병|평|통|매|세트)){_END}"
NOTED_SET = (
    r"(?<![\d.,])(?:(\d{1,2})대(?=\s?(?:중과실|명절|광역시|시중은행|은행|질환|질병|의무|원칙|영양소|강국|천왕|성인|과제|편의점|통신사|이동통신|항공사|정유사|손보사|"
    r"보험사|카드사|건설사|스포츠|사회악|도시|그룹|기업))|(4)대(?=\s?보험))"
)
"""Sets known by how many there are, which are no machines: 4대 보험, 12대 중과실."""
SCHOOL_YEAR = r"(?<![가-힣])([초중고])([1-6])(?=[\s이가은는을를도과와까부,.!?)·~/]|$)(?![.,:]\d)"
MAGNIFIED = r"(?<![\d.,A-Za-z])(\d{1,3}(?:\.\d+)?)\s?[xX](?:\s?배속)?(?![A-Za-z]|\s?[\d.])"
TIMES_AS_MANY = r"(?<![A-Za-z0-9])x(?=[1-9]\d?(?![\dA-Za-z.]))"
CURRENCY_AFTER = rf"(?<![\d.,])({AMOUNT})\s?(KRW|USD|EUR|JPY|CNY|GBP)(?![A-Za-z])"
NIGHTS = r"(?<!\d)(\d{1,2})\s?박\s?(\d{1,2})\s?일"
MONEY_SIGN = rf"(?:(-)\s?)?(₩|￦|(?<![A-Za-z])(?:US|A|C|HK|NT|S)?\$|(?<![A-Za-z])(?:USD|KRW|EUR|JPY|CNY|GBP)|€|¥|£)\s?({AMOUNT})(?:\s?(원|달러))?(?:/([일월년주박]){_END})?({PARTICLE})?"
RANGE = (
    rf"(?<![\d.,A-Za-z-])(?P<first>{AMOUNT})(?:\s?(?P<first_unit>{_KOREAN}|{_LATIN}))?\s?[~∼〜～–-]\s?(?P<between>오전 |오후 |다음 날 )?"
    rf"(?P<last>{AMOUNT})(?:\s?(?P<counter>여|{_KOREAN})|\s?(?P<unit>{_LATIN})(?![A-Za-z/]))?(?P<rest>[~-]?\d)?"
)
COLD = r"(?:영하\s?|(?<![\w가-힣)])[-−–]\s?)(\d+(?:\.\d+)?)\s?(?:도|℃|°C|°)(?!\s?[가-힣]*각)"
COLD_RANGE = r"(?:영하\s?|(?<![\w가-힣)])[-−–]\s?)(\d+(?:\.\d+)?)\s?(?:도|℃|°C)?\s?[~∼〜～]\s?([-−–]|영하\s?|\+|영상\s?)?(\d+(?:\.\d+)?)\s?(?:도|℃|°C)"
NUMBERED = rf"(?<![\d.,])(?P<sign>(?<![\w)*])[-−+])?(?P<amount>{AMOUNT})(?P<odd>\s?여(?=\s?(?:{_KOREAN})))?(?:{_UNIT}|{_COUNTER})?"

_CURRENCY = {
    "₩": "원", "￦": "원", "KRW": "원", "$": "달러", "US$": "달러", "USD": "달러", "EUR": "유로", "€": "유로", "JPY": "엔", "¥": "엔", "£": "파운드",
    "CNY": "위안", "GBP": "파운드", "A$": "호주 달러", "C$": "캐나다 달러", "HK$": "홍콩 달러", "NT$": "대만 달러", "S$": "싱가포르 달러",
}  # fmt: skip

_TIMES_BEFORE = (
    r"(?:하루에?|일주일에?|한 ?달에?|[년월주일간]에|일 년에|매주|매일|매달|매년|연|월|주|총|최대|최소|벌써|이미|약|각각|적어도|단|겨우|[년월] ?동안|시간에|분에|이상|"
    r"\d+번 중(?:에|에서)?|버튼을|벨을|교체|교환|전화를?|연락을?|연속|두어|무려|꼭|다시|지금까지|방문|세차를?|점검을?|무료)\s?$"
)
_TIMES_AFTER = (
    r"(?:만\b|만 |만에|씩|이상|이하|이내|정도|더|째|이나|밖에|까지만|의 기회|연속|반복|방문|왔|갔|오셨|전화했|시도|실패|틀리|틀렸|넘|했|하셨|하시|해 |해야|해서|교체|교환|"
    r"받|물어|말씀|여쭤|드렸|남았|남은|중 \d+번|꼴|도 (?:안|못|없|빠|하지|되지|받지)|바꾸|바꿨|갈|돌|쓰|사용|이용|가능|무료|세차|점검|걸|걸쳐|울|깜[박빡]|흔들|두드|클릭|터치|발생|재시도|돌려|돌리|껐|켰|거절|복용|투여|접종|내원|반|통화|결제)"
)
_PEOPLE_BEFORE = r"(?:(?:고객|고객님|손님|일행|어른|성인|어르신|인원|기사|직원|상담원|상담사)\s?(?:은|는|이)?|남성|여성|승객|보호자|회원|장애인|임산부)\s?$"
_PEOPLE_AFTER = r"(?: 계[세십신시]|이 (?:계[세십신시]|기다[리렸]|오[시셨신]|앉으|참석|대기|방문|탑승|참여|입장|등록)|께서|이서|이세요|이신|이십니다|이 오|이 함께|모두|이 타|이 (?:더|곧|먼저|아직|같이|함께|벌써|다) ?(?:오|와|왔|계|기다|도착|타|앉|예약|남|신청)|이 예약|이 방문|이 가|의 고객|의 손님|의 상담|을 모)"
_AGE_AFTER = r"\s?(?:초반|중반|후반|고객|여성|남성|남자|여자|운전자|이상의|부터|분들|어르신|청년|이신|이세|학생|청소년|자녀|소녀|소년|아이)"
_TERM_AFTER = r"\s?(?:대통령|국회|회장|총장|이사장|사장|대표|총선|왕|임금)"
_CAR_BEFORE = r"(?:차|차량|자동차|트럭|버스|승용차|견인차|총|휴대폰|기기|컴퓨터|모두|오토바이|전기차|렌터카)\s?$"
_COUNTED_AFTER = ("총", "약", "각", "단", "딱", "전", "후", "벽", "녁", "밤", "침", "낮")
_COUNTED_TURN = frozenset({"번", "대", "분", "동"})
_NATIVE_PAIRS = ("한두", "두세", "서너", "네다섯", "대여섯", "예닐곱", "일고여덟", "여덟아홉")
_PER_TIME = {"일": "하루", "월": "월", "년": "연", "주": "주"}
_ORDINALS = {1: "첫", 2: "둘", 3: "셋", 4: "넷"}
_LAST_SCALE = r"[만억조]$"
_LONGEST = 24
_A_NAME = 8
"""From so many digits on a number without commas, unit and counter is a name: 19900101, an order's number."""


def amount(text: str) -> str:
    """Return 12만 5천 as 십이만 오천, 1.5억 as 일 점 오억, 3.14 as 삼 점 일사."""
    parts = pattern(_PART).findall(text)
    if any(len(number) > _LONGEST for number, _ in parts):
        return digit_by_digit(text.replace(",", ""))
    if len(parts) == 1 and not parts[0][1]:
        return _plain(parts[0][0])
    if any("." in number for number, _ in parts):
        return " ".join(_plain(number) + scale for number, scale in parts)
    total = _total([(int(number.replace(",", "")), scale) for number, scale in parts])
    return " ".join(_plain(number) + scale for number, scale in parts) if total is None else sino(total)


def _total(parts: list[tuple[int, str]]) -> int | None:
    """Return the value of 1천 2백만 and 12만 5천; None where the parts do not fall, as in 2천 3천."""
    total = group = 0
    limit, last_myriad = MAX_SINO, MAX_SINO
    for value, scale in parts:
        myriad = _MYRIADS.get(scale[-1:], 0)
        small = _SMALL_SCALES[scale[:-1] if myriad else scale]
        if value * small >= limit or myriad >= last_myriad:
            return None
        group += value * small
        limit = small
        if myriad:
            total, group = total + group * myriad, 0
            limit = last_myriad = myriad
    return total + group


def _plain(number: str) -> str:
    """Return one written number; with a leading zero digit by digit."""
    if number[0] == "0" and number.isdigit() and len(number) > 1:
        return digit_by_digit(number)
    return decimal(number)


def ordinal(match: re.Match[str]) -> str:
    """Return 2째 as 둘째."""
    value = int(match[1])
    return f"{_ORDINALS.get(value, native(value))}째"


def each(match: re.Match[str]) -> str:
    """Return ㎡당 as 제곱미터당."""
    return UNITS[match[1]]


def per(match: re.Match[str]) -> str:
    """Return 95mg/dL as 데시리터당 구십오 밀리그램; the rates of the table are left to their own names."""
    number, unit, each_unit, particle = match.groups()
    if f"{unit}/{each_unit}" in RATES:
        return match[0]
    read = f"{UNITS[each_unit]}당 {amount(number)} {UNITS[unit]}"
    return read + fitted(read, particle) if particle else read


def per_time(match: re.Match[str]) -> str:
    """Return 2GB/일 as 하루 이 기가바이트, 3회/주 as 주 삼 회, 5만 원/박 as 일 박당 오만 원."""
    number, unit, each_unit = match.groups()
    each_read = _PER_TIME.get(each_unit) or f"{count('1', each_unit) if each_unit in '박인명' else each_unit}당"
    return f"{each_read} {_counted(number, unit, match)}"


def nights(match: re.Match[str]) -> str:
    """Return 3박 4일 as 삼박 사일."""
    return f"{sino(int(match[1]))}박 {sino(int(match[2]))}일"


def noted_set(match: re.Match[str]) -> str:
    """Return 4대 before 보험 as 사대."""
    return f"{sino(int(match[1] or match[2]))}대"


def school_year(match: re.Match[str]) -> str:
    """Return 고3 as 고삼."""
    return match[1] + sino(int(match[2]))


def magnified(match: re.Match[str]) -> str:
    """Return 2x as 두 배, 1.5x 배속 as 일 점 오 배속."""
    return f"{decimal(match[1])} 배속" if match[0].endswith("배속") else count(match[1], "배")


def currency_after(match: re.Match[str]) -> str:
    """Return 300 USD as 삼백 달러."""
    return _money(None, match[2], match[1])


def money(match: re.Match[str]) -> str:
    """Return ₩1,200 as 천이백 원, $15.99 as 십오 달러 구십구 센트."""
    sign, symbol, number, _, each_unit, particle = match.groups()
    every = f"{_PER_TIME.get(each_unit, '일 박당')} " if each_unit else ""
    if particle:
        follows = match.string[match.end() : match.end() + 1]
        if not "가" <= follows <= "힣":
            read = every + _money(sign, symbol, number)
            return read + fitted(read, particle)
    return every + _money(sign, symbol, number) + (particle or "")


def _money(sign: str | None, symbol: str, number: str) -> str:
    unit = _CURRENCY[symbol]
    minus = "마이너스 " if sign else ""
    whole, _, cents = number.partition(".")
    if unit in ("달러", "유로") and len(cents) == 2 and cents.isdigit():
        read = f"{amount(whole)} {unit}" if whole.strip("0,") else ""
        return minus + f"{read} {sino(int(cents))} 센트".strip() if int(cents) else minus + read
    return f"{minus}{amount(number)} {unit}"


def cold(match: re.Match[str]) -> str:
    """Return -5도 as 영하 오 도."""
    return f"영하 {decimal(match[1])} 도"


def cold_range(match: re.Match[str]) -> str:
    """Return -20~50℃ as 영하 이십 도에서 오십 도."""
    sign = (match[2] or "").strip()
    last = {"": "", "+": "영상 ", "영상": "영상 "}.get(sign, "영하 ")
    return f"영하 {decimal(match[1])} 도에서 {last}{decimal(match[3])} 도"


def numeric_range(match: re.Match[str]) -> str:
    """Return 20~30분 as 이십에서 삼십 분; counters that change the number word are said twice."""
    if _is_tens(match):
        return f"{sino(int(match['first']))}{sino(int(match['last']))} {match['counter'] or UNITS[match['unit']]}"
    first, last, first_unit, between = match["first"], match["last"], match["first_unit"], match["between"] or ""
    name = match["counter"] or match["unit"] or ""
    if match["rest"]:
        return match[0]
    hyphen = "-" in match[0] or "–" in match[0]
    if hyphen and not name and first[0] == "0" and first.isdigit() and len(first) > 1:
        return digit_by_digit(f"{first}-{last}")
    if hyphen and not first_unit and (name in ("", "번지") or first == last or _is_larger(first, last)):
        return f"{amount(first)} 다시 {_counted(last, name, match)}"
    scale = pattern(_LAST_SCALE).search(last)
    if scale and not first_unit and pattern(_LAST_SCALE).search(first) is None and not _is_larger(first, last):
        first += scale[0]
    if name in RATES:
        prefix, unit = RATES[name]
        return f"{prefix} {amount(first)}에서 {amount(last)} {unit}"
    last_read = _counted(last, name, match)
    first_read = _counted(first, first_unit or name, match)
    same_word = first_read.split()[0] == amount(first).split()[0] and name != "월"
    return f"{first_read if first_unit or not same_word else amount(first)}에서 {between}{last_read}"


def _is_tens(match: re.Match[str]) -> bool:
    """Say whether a range is one of tens whose first zero is left out: 2~30대 is 이삼십 대."""
    first, last, has_counter = match["first"], match["last"], match["counter"] or match["unit"] in UNITS
    is_plain = first.isdigit() and last.isdigit() and len(first) == 1 and len(last) == 2
    return bool(is_plain and has_counter and not match["first_unit"] and int(last) == 10 * (int(first) + 1))


def _is_larger(first: str, last: str) -> bool:
    """Say whether the first number is the larger one, scales aside (5000~1만, 12-3번지)."""
    one, other = (pattern(_PART).findall(number)[0][0].replace(",", "") for number in (first, last))
    return float(one) > float(other)


def pair(match: re.Match[str]) -> str:
    """Return 2,3일 as 이삼 일, 3,4명 as 서너 명; numbers that do not follow each other stay apart."""
    first, last, counter = int(match[1]), int(match[2]), match[3]
    if last != first + 1 or last > 9 or not first:
        return f"{match[1]}, {match[2]}{counter}"
    if counter in NATIVE_COUNTERS:
        return f"{_NATIVE_PAIRS[first - 1]} {counter}"
    return f"{sino(first)}{'륙' if last == 6 else sino(last)} {counter}"


def _counted(number: str, counter: str, match: re.Match[str]) -> str:
    """Return an amount with its counter, native or sino as the words around it ask."""
    if not counter:
        return amount(number)
    if counter in UNITS:
        return f"{amount(number)} {UNITS[counter]}"
    if not number.replace(",", "").replace(".", "").isdigit():
        return f"{amount(number)}{'' if counter in ATTACHED else ' '}{counter}"
    if len(number) > 1 and number[0] == "0" and number.isdigit() and counter not in ("시", "분", "월", "일", "초"):
        return f"{digit_by_digit(number)} {counter}"
    if counter == "자" and match.string.endswith("제", 0, match.start()):
        return sino(int(number.replace(",", ""))) + counter
    if len(number) >= _A_NAME and number.isdigit() and counter in ATTACHED:  # 로 is a particle here
        return digit_by_digit(number) + counter
    if len(number) > 12:
        return f"{amount(number)} {counter}"
    return count(number, counter, _is_native(int(float(number.replace(",", ""))), counter, match))


def _is_native(value: int, counter: str, match: re.Match[str]) -> bool | None:
    """Decide the counters that go both ways; None leaves it to the table."""
    if match.string[: match.start()].endswith("제"):  # 제3자, 제2공장
        return False
    if _is_name(counter, match):
        return False
    if counter not in _COUNTED_TURN or not 1 <= value <= 99:
        return None
    before, after = (
        match.string[max(0, match.start() - 12) : match.start()],
        match.string[match.end() : match.end() + 12],
    )
    if counter == "번":
        return bool(pattern(_TIMES_BEFORE).search(before) or pattern(_TIMES_AFTER).match(after.lstrip()))
    if counter == "분":
        return bool(pattern(_PEOPLE_BEFORE).search(before) or pattern(_PEOPLE_AFTER).match(after))
    if counter == "대":
        if pattern(_TERM_AFTER).match(after):
            return False
        if value % 10 or pattern(_CAR_BEFORE).search(before):
            return bool(value % 10) or value < 30
        return value == 10 and not pattern(_AGE_AFTER).match(after)
    return None


def _is_name(counter: str, match: re.Match[str]) -> bool:
    """Say whether the number belongs to the word it touches, not to a counter apart from it: 봉고3 모델."""
    before = match.string[max(0, match.start() - 3) : match.start()]
    is_apart = pattern(rf"\d\s+{counter}$").search(match[0]) is not None
    is_label = before.endswith(("넘버 ", "버전 ", "레벨 "))
    return is_apart and (is_label or ("가" <= before[-1:] <= "힣" and not before.endswith(_COUNTED_AFTER)))


def numbered(match: re.Match[str]) -> str:
    """Return a number with the unit or counter that follows it, if any."""
    number, unit, counter = match["amount"], match["unit"], match["counter"]
    sign = {"-": "마이너스 ", "−": "마이너스 ", "+": "플러스 "}.get((match["sign"] or "")[:1], "")
    if unit in RATES:
        prefix, name = RATES[unit]
        spoken_before = match.string[max(0, match.start() - 12) : match.start()].rstrip().endswith((prefix, "시속"))
        read = f"{amount(number)} {name}" if spoken_before else f"{prefix} {amount(number)} {name}"
    elif unit:
        read = f"{amount(number)} {UNITS[unit]}"
    elif match["odd"]:
        read = f"{amount(number)}여" + (f" {counter}" if counter else "")
    elif counter:
        read = _counted(number, counter, match)
    elif len(number) >= _A_NAME and number.isdigit():
        read = digit_by_digit(number)
    else:
        read = amount(number)
    follows = match.string[match.end() : match.end() + 1]
    if sign and match.string.endswith(("%", "℃"), 0, match.start()):
        sign = f" {sign}"
    return sign + read + (" " if follows.isascii() and follows.isalpha() else "")
