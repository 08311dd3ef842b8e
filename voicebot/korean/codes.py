"""Numbers that are names: telephone, card and account numbers, plates, tyres, oil grades, car codes."""

import re

from voicebot.korean.counters import UNITS
from voicebot.korean.latin import LETTERS, letters, named
from voicebot.korean.numbers import digit_by_digit, sino
from voicebot.korean.patterns import pattern

PHONE = (
    r"(?<![\d-])\+?82[-. )]{0,2}\(?0?\)?[-. ]?\d{1,2}[-. ]?\d{3,4}[-. ]?\d{4}(?!\d)"
    r"|\+[1-9]\d{0,2}(?:[-. ]\(?\d{1,4}\)?){2,4}(?![\d-])"
    r"|(?<![\d-])\(?0\d{1,3}\)?[-. )]{0,2}\d{3,4}[-. ]\d{4}(?![\d-])"
    r"|(?<![\d.,-])01[016-9]\d{7,8}(?!\d)|(?<![\d.,-])0(?:2|[3-6][1-5]|70|50\d)\d{7,8}(?!\d)"
    r"|(?<![\d-])1[5689]\d\d[-. ]\d{4}(?![\d-])|(?<![\d.,-])1(?:5(?:22|44|66|77|88|99)|6(?:00|44|61|66|70|88)|8(?:00|11|33|55|77|99))\d{4}(?!\d)"
    r"|(?<![\d-])1[3-9]\d\d-\d{4}(?![\d-])"
)
_UNITS = "|".join(unit for unit in UNITS if unit.isascii() and unit.isupper())
_SHORT = r"(?:109|11[0-9]|12[0-9]|13[0-9]{1,2}|182)"
SHORT_PHONE = (
    rf"(?<![\d.,:/-]){_SHORT}"
    r"(?=\s?(?:번?(?:에|에다|으로|로)\s?(?:바로 |먼저 |즉시 |직접 )?(?:전화|신고|연락|연결|문의|접수|걸)|신고|구급|상담전화|콜센터))"
)
MASKED_PHONE = (
    r"(?<![\d-])(?:0\d{1,2}-(?=[\d-]{0,8}[xX*])[\dxX*]{3,4}-[\dxX*]{4}|1[5689]\d\d-[xX*]{4})(?![\w*-]*\d|[A-Za-z*])"
)
EMERGENCY = r"(?<![\d.,:/-])11[29](?=(?:이나|나|와|과|에|를|을)(?![가-힣]*서\s?\d)|\s?(?:구급|상황실|센터|대원|안전)|\s?(?:또는|혹은)\s?[1일][\d공일이삼사오육칠팔구]{2,3}번?(?:으로|로|에))|(?<![\d.,:/-])114(?=에\s|\s?안내)"
ANNOUNCED_PHONE = (
    r"((?:신고|전화|상담|문의|문의처|안내|국세청|관세청|경찰청|기상청|질병관리청|금융감독원|공단|고용노동부|대표번호|콜센터|고객센터|국번 ?없이)(?:은|는|이|가)?\s)"
    rf"({_SHORT})(?!번\s?(?:버스|국도|고객|창구|출구))(?=(?:(?<!센터[는가] \d\d\d)번)?(?:$|[^\d가-힣]|에|으로|로|입|이에|예요))(?![.,~-]?\d)"
)
MASKED_CARD = r"(?<![\d*-])(?=[\d -]{0,15}[*•xX])\d[\d*•xX]{3}(?:[- ][\d*•xX]{4}){2,3}(?![A-Za-z0-9*]|-\d)"
CARD_EXPIRY = r"(?<=카드 유효기간)((?:은|는|이)?\s?)(0[1-9]|1[0-2])/([2-9]\d)(?![\d/])"
CARD_TAIL = r"(카드\s?[(\[])(\d{4})(?=[)\]])|()(?:[*•]{2,4}[\s-]?)+(\d{4})(?!\d)"
KEYPAD = r"(?<![\w#*])([*#])?(\d{1,16}(?:\*\d{1,16})*)(?:#|(\*)(?=\s?(?:을|를|로|과|와|버튼|키)))"
VERSION = r"(?<![\d.,])\d+(?:\.\d+){2,}(?![\d.])"
CARD = r"(?<![\d-])\d{4}([- ])\d{4}\1\d{4}\1\d{4}(?![\d-])|(?<![\d-])3[47]\d\d([- ])\d{6}\2\d{5}(?![\d-])"
HYPHENATED = r"(?<![\d.~-])\d{2,6}-\d{2,6}-\d{2,7}(?:-\d{1,6})?(?![\d.~-])"
PHONE_TAIL = r"(?<![\d.,~-])\d{3,4}-\d{4}(?![\d~-]|[.,]\d|\s?(?:[원년만천개명킬회점호번]|km|m|k?g|cc))"
GENERATION = r"(?<![\d,.])[2-7]0[3-9]0(?=\s?(?:세대|여성|남성|고객))"
_NUMBERED = (
    r"(?:(?:인증|비밀|계좌|카드|주문|접수|예약|송장|운송장|사업자|사업자등록|사업자 등록|우편|고객|회원|차대|일련|승인|쿠폰|관리|등록|면허|증권|사고|계약|확인|보안|참조|OTP|"
    r"배송|추적|결제|거래|영수증|문의|사원|여권|전화|휴대폰|핸드폰|연락처|차량|내선|단축|보험|회선|사물함|일회용|견적)\s?(?:번호|코드)|비번|끝\s?(?:번호|자리)|뒷\s?(?:번호|자리)|"
    r"앞\s?(?:번호|자리)|(?:끝|뒤|뒷|앞|마지막)\s?(?:두|세|네|넉|여섯|일곱|[2-46-8])\s?자리|연락처|내선|코드|핀번호|PIN|OTP|생년월일|사번|학번|군번|시리얼(?: 넘버)?"
    r"|(?<!대기)(?<!대기 )(?<!출석)(?<!출석 )(?<!좌석)(?<!좌석 )(?<!버스)(?<!노선)(?<!창구)(?<!객실)(?<!문제)(?<!문항)번호(?=\D{0,6}\d{3}))"
)
KEYED = (
    rf"({_NUMBERED}(?:\s?(?:네|여섯|여덟|4|6|8)\s?자리)?(?:\s?(?:는|은|가|이|로|으로|인|도|의|를|을))?\s?[:：]?\s?[\[「'\"“‘(#]?)"
    r"(\d{2,}(?:[- ]\d+)*)(?!\d|[.,]\d|[가-힣]{1,2}\d|-\d|(?<!\d{4})(?<!-\d)(?<!-\d\d)(?<!-\d{3})\s?번(?![가-힣]*호)|\s?(?:자리|개|명|원|회|시|분|만|천|월|일|년|%|대(?![가-힣])))"
)
ENDS_WITH = r"(?<![\d,.-])\d{3,4}(?=(?:으로|로) 끝나)"
PLATE = (
    r"(?<![\d,.])(\d{2,3})\s?([가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호])\s?(\d{4})"
    r"(?![\d,]*\d|\s?(?:원|년|킬로|km|개|명|만|천|번지|cc|호|회|시|분|월))"
)
TYRE = r"(?<![\dA-Za-z,.])(?:(P|LT)\s?)?(\d{3})\s?/\s?(\d{2})\s?(?:(Z?R)\s?)?(\d{2})?(?:\s(\d{2,3})([A-Z]))?(?![\dA-Za-z/])"
BARE_RIM = r"(?<![A-Za-z])R\s?(\d{2})(?![\d.])"
OIL = r"(?<![\dA-Za-z])(\d{1,2})\s?[Ww]\s?-?\s?(\d{2})(?!\d)(?!\s?(?:짜리|와트))"
TRIM = r"(?<![\dA-Za-z.])(\d{3})([dDiIeE])(?![A-Za-z0-9])"
TURBO = r"(?<![\d.])(\d\.\d)T(?![A-Za-z])"
MIXED = r"(?<![A-Za-z0-9])([A-Z]{1,4})-?(\d{2,})([A-Za-z])?(?![\d.,]*\d|[A-Za-z%])"
BASEMENT = r"(?<![A-Za-z0-9])(?<!비타민)(?<!비타민 )(?<![A-Za-z0-9] )[Bb]([1-9]\d?)(?:\s?층|F)?(?![A-Za-z0-9]|\s?(?:구역|번|블록|블럭|열|좌석|출구|게이트|기둥|코너|타입|형|라인|레벨|등급|학점|급|반|사이즈|용지))"
SEAT = r"(?:(?<=호차 )|(?<=좌석 )|(?<=좌석은 )|(?<=좌석번호 )|(?<=게이트 )|(?<=게이트는 )|(?<=탑승구 )|(?<=탑승구는 ))(\d{1,2})([A-K])(?![A-Za-z0-9])|(?<![A-Za-z0-9])(\d{1,2})([A-K])(?=\s?(?:석|좌석|게이트|탑승구)(?![가-힣]{2}))"
FLOOR = r"(?<![A-Za-z0-9])(\d{1,3})F(?![A-Za-z0-9])"
TAGGED = r"(?<![A-Za-z0-9-])[A-Z]{1,5}(?:-\d{2,}|\d{2,}(?=-))(?:-\d{2,})+(?![A-Za-z0-9-])|(?<![A-Za-z0-9])(?:[A-Z]{1,4}-)?[A-Z]{1,3}\d{3,}[A-Z]{1,3}(?![A-Za-z0-9])"
SERIAL = rf"(?<![A-Za-z0-9])(?!\d+(?:{_UNITS})(?![A-Za-z0-9-]))(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{{7,}}(?:-[A-Z0-9]+)*(?![A-Za-z0-9])"
NICKNAME = r"(?<![A-Za-z0-9])[a-z]{2,}\d[a-z0-9]*(?![A-Za-z0-9])"
HISTORIC_DAY = r"(?<![\d.,/])(\d{1,2})/(\d{1,2})(?=절(?!반))|(?<![\d.,])(\d{1,2})[·ㆍ](\d{1,2})(?!\d|[.,]\d)|(?<![\d.,])(\d{1,2})\.(\d{1,2})(?=절|\s?(?:전쟁|참전|운동|혁명|의거|민주|광복|기념|경축|사태|묘지|유공자|유족|추모|항쟁|사건|희생자|정신))"
LONG = r"(?<![\d,.])\d{17,}"

_ALIKE = r"\d+|[A-Z]+|[a-z]+"
_MOBILE_AT_ONCE = r"(01\d)(\d{3,4})(\d{4})|(1\d{3})(\d{4})"


def grouped_digits(match: re.Match[str]) -> str:
    """Return a written number digit by digit, a space where it had a separator."""
    text = match[0]
    mobile = pattern(_MOBILE_AT_ONCE).fullmatch(text)
    read = digit_by_digit("-".join(filter(None, mobile.groups())) if mobile else text)
    return ("플러스 " if text.startswith("+") else "") + read + _gap_after(match)


def announced_phone(match: re.Match[str]) -> str:
    """Return a short number after the word that announces it, 콜센터는 1339, digit by digit."""
    return match[1] + digit_by_digit(match[2]) + _gap_after(match)


def card_tail(match: re.Match[str]) -> str:
    """Return the last digits of a card, 카드(1234) or **** 1234, digit by digit."""
    return f"{match[1] or ''}{digit_by_digit(match[2] or match[4])}{_gap_after(match)}"


def card_expiry(match: re.Match[str]) -> str:
    """Return the month and year 08/29 on a card as 공팔 이구."""
    return f"{match[1]}{digit_by_digit(match[2])} {digit_by_digit(match[3])}"


def keypad(match: re.Match[str]) -> str:
    """Return keys to press, *123#, as 별표 일이삼 샵."""
    first = {"*": ["별표"], "#": ["샵"]}.get(match[1], [])
    return " ".join([*first, *map(digit_by_digit, match[2].split("*")), "별표" if match[3] else "샵"])


def version(match: re.Match[str]) -> str:
    """Return 1.2.3 as 일 점 이 점 삼."""
    return " 점 ".join(sino(int(part)) if len(part) < 16 else digit_by_digit(part) for part in match[0].split("."))


def _gap_after(match: re.Match[str]) -> str:
    """Return the space that sets 번 and 세대 apart from the digits before it."""
    return " " if match.string.startswith(("번", "세대"), match.end()) else ""


def keyed_digits(match: re.Match[str]) -> str:
    """Return the label (인증번호는) and its number digit by digit."""
    label = match[1].replace("#", "")
    gap = "" if label[-1:] in " [「'\"“‘(" else " "
    return f"{label}{gap}{digit_by_digit(match[2])}{_gap_after(match)}"


def hyphenated(match: re.Match[str]) -> str:
    """Return an account-like number digit by digit."""
    return digit_by_digit(match[0]) if sum(map(str.isdigit, match[0])) >= 9 else match[0]


def plate(match: re.Match[str]) -> str:
    """Return 12가 3456 as 십이 가 삼사오육."""
    area = digit_by_digit(match[1]) if match[1].startswith("0") else sino(int(match[1]))
    return f"{area} {match[2]} {digit_by_digit(match[3])}{_gap_after(match)}"


def tyre(match: re.Match[str]) -> str:
    """Return 225/45R17 as 이백이십오 사십오 알 십칠."""
    vehicle, width, profile, construction, rim, load, speed = match.groups()
    words = [*([letters(vehicle)] if vehicle else []), sino(int(width)), sino(int(profile))]
    if construction:
        words.append(letters(construction))
    if rim:
        words.append(sino(int(rim)))
    if load and speed:
        words.append(f"{sino(int(load))} {LETTERS[speed]}")
    return " ".join(words)


def rim(match: re.Match[str]) -> str:
    """Return R17 as 알 십칠."""
    return f"알 {sino(int(match[1]))}"


def oil(match: re.Match[str]) -> str:
    """Return 5W-30 as 오 더블유 삼십, 0W-20 as 제로 더블유 이십."""
    cold = int(match[1])
    return f"{sino(cold) if cold else '제로'} 더블유 {sino(int(match[2]))}"


def historic_day(match: re.Match[str]) -> str:
    """Return 6·25 as 육이오, 3·1절 as 삼일절."""
    month, day = filter(None, match.groups())
    return sino(int(month)) * 2 if month == day else digit_by_digit(month + day)


def serial(match: re.Match[str]) -> str:
    """Return a code of letters and digits sign by sign, a space between letters and digits."""
    parts = pattern(_ALIKE).findall(match[0])
    return " ".join(digit_by_digit(part) if part.isdigit() else named(part) for part in parts) + _gap_after(match)


def trim(match: re.Match[str]) -> str:
    """Return 520d as 오이공 디."""
    return f"{digit_by_digit(match[1])} {LETTERS[match[2].upper()]}"


def turbo(match: re.Match[str]) -> str:
    """Return 1.6T as 일 점 육 터보."""
    whole, fraction = match[1].split(".")
    return f"{sino(int(whole))} 점 {sino(int(fraction))} 터보"


def mixed(match: re.Match[str]) -> str:
    """Return letters with digits behind them: short numbers as numbers, longer ones digit by digit."""
    number = match[2]
    read = sino(int(number)) if len(number) <= 3 and number[0] != "0" else digit_by_digit(number)
    return f"{named(match[1])} {read}{' ' + letters(match[3]) if match[3] else ''}{_gap_after(match)}"


def basement(match: re.Match[str]) -> str:
    """Return B2층 as 지하 이 층."""
    return f"지하 {sino(int(match[1]))} 층"


def seat(match: re.Match[str]) -> str:
    """Return 12A as 십이 에이."""
    return f"{sino(int(match[1] or match[3]))} {LETTERS[match[2] or match[4]]}"


def floor(match: re.Match[str]) -> str:
    """Return 3F as 삼 층."""
    return f"{sino(int(match[1]))} 층"
