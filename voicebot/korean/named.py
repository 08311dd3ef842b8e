"""Numbers that are personal because of the word before them: birth dates, licences, passports, card details, passwords."""

from voicebot.korean.patterns import pattern

RESIDENT = "[주민번호]"
BIRTH, LICENCE, PASSPORT, CARD_DETAIL, SECRET = "[생년월일]", "[면허번호]", "[여권번호]", "[카드정보]", "[비밀번호]"

_LINK = r"(?:은|는|이|가|을|를|도|번호)?요?\s?[:：,.]?\s*(?:[음어그아저]\s+)?"
_D = "(?:[0-9０-９]|(?<![0-9０-９])[공영일이삼사오육륙칠팔구])"
_NO_MORE = r"(?![0-9０-９공영일삼사오육칠팔구])"
_SEPARATED = r"[\s\-–—.,/]{0,3}(?:에|다시)?\s?"
_SINO = "[0-9공영일이삼사오육유시칠팔구십백천]"
_MONTH_DAY = rf"{_SINO}{{1,3}}\s?월\s?{_SINO}{{1,4}}\s?일"
_YEAR = rf"{_SINO}{{2,8}}\s?년(?:도)?\s?"
_DATE = (
    rf"(?:{_YEAR}{_MONTH_DAY}|(?:[0-9]{{2}})?[0-9]{{2}}\s?[-./]\s?[0-9]{{1,2}}\s?[-./]\s?[0-9]{{1,2}}"
    rf"|[0-9]{{6}}[ -]?[1-8]{_NO_MORE}|(?:{_D}{_SEPARATED}){{7}}{_D}{_NO_MORE}|(?:{_D}{_SEPARATED}){{5}}{_D}{_NO_MORE})"
)
REGION = "(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"
_LETTER = "(?:[MSRODGmsrodg]|엠|에스|알|오|디|지|쥐)"
_FORMS = (
    (rf"생년\s?월일{_LINK}", _DATE, BIRTH),
    (rf"생일(?:은|이|가)?\s?[:：,]?\s+(?=(?:[0-9]|{_SINO}+\s?[년월]))", rf"(?:{_DATE}|{_MONTH_DAY})", BIRTH),
    (r"(?<![0-9가-힣])", rf"{_YEAR}{_MONTH_DAY}(?=\s?생(?:이|입|인|이고|요|\b))", BIRTH),
    (rf"면허증?\s?(?:번호)?{_LINK}", rf"(?:{REGION}\s?|(?:{_D}{_SEPARATED}){{2}})(?:{_D}{_SEPARATED}){{9}}{_D}{_NO_MORE}", LICENCE),
    (rf"여권\s?(?:번호)?{_LINK}", rf"{_LETTER}\s?(?:{_D}{_SEPARATED}){{6,7}}{_D}{_NO_MORE}|{_LETTER}[0-9]{{3}}[A-Za-z][0-9]{{4}}", PASSPORT),
    (r"주민\s?(?:등록\s?)?(?:번호)?\s?앞\s?(?:번호|자리)?" + _LINK, rf"(?:{_D}\s?){{5}}{_D}{_NO_MORE}", RESIDENT),
    (r"뒷\s?(?:번호|자리)?" + _LINK, rf"(?=[1-8일이삼사오육칠팔])(?:{_D}\s?){{6}}{_D}{_NO_MORE}", RESIDENT),
    (rf"(?i:cvc|cvv|씨브이씨|시브이씨)\s?(?:번호|코드)?{_LINK}", rf"(?:{_D}\s?){{2}}{_D}{_NO_MORE}", CARD_DETAIL),
    (rf"카드.{{0,20}}?유효\s?기간{_LINK}", rf"[0-9]{{2}}\s?(?:[/월]|년)\s?[0-9]{{2}}(?:년|월)?{_NO_MORE}", CARD_DETAIL),
    (r"(?:비밀\s?번호|비번)(?:\s?앞)?(?:\s?(?:두|네|여섯|[246])\s?자리)?" + _LINK, rf"(?:{_D}\s?){{1,5}}{_D}{_NO_MORE}(?!\s?(?:자리|개|번|회|글자))", SECRET),
)  # fmt: skip
_CUES = ("생년", "생일", "생", "면허", "여권", "주민", "뒷", "브이씨", "유효", "비밀", "비번")


def mask_named(text: str) -> str:
    """Return `text` with the value after each such word replaced by its label; the word itself stays.

    Sources of the forms: driver licences are region or two digits, then 2, 6 and 2 digits; passports one letter and eight
    digits, since 2021 one letter, three digits, a letter and four digits.
    """
    if not (any(cue in text for cue in _CUES) or pattern("(?i:cv[cv])").search(text)):
        return text
    for cue, value, label in _FORMS:
        text = pattern(f"({cue})(?:{value})").sub(rf"\1{label}", text)
    return text
