"""Latin letters in Korean speech: letter names, words and acronyms with their usual reading."""

import re

from voicebot.korean.latin_words import WORDS

LETTERS = {
    "A": "에이", "B": "비", "C": "씨", "D": "디", "E": "이", "F": "에프", "G": "지", "H": "에이치", "I": "아이", "J": "제이", "K": "케이", "L": "엘", "M": "엠",
    "N": "엔", "O": "오", "P": "피", "Q": "큐", "R": "알", "S": "에스", "T": "티", "U": "유", "V": "브이", "W": "더블유", "X": "엑스", "Y": "와이", "Z": "제트",
}  # fmt: skip

_EXACT = {
    "A/S": "에이에스", "AS": "에이에스", "a/s": "에이에스", "Wi-Fi": "와이파이", "WiFi": "와이파이", "Wifi": "와이파이", "WIFI": "와이파이", "wifi": "와이파이",
    "wi-fi": "와이파이", "WI-FI": "와이파이", "S/W": "소프트웨어", "H/W": "하드웨어", "N/A": "해당 없음", "R&D": "알앤디", "Q&A": "큐앤에이", "T/M": "티엠",
    "P/B": "피비", "B/D": "빌딩", "FedEx": "페덱스", "D/C": "할인", "DC": "디씨", "1+1": "원 플러스 원", "2+1": "투 플러스 원", "3+1": "쓰리 플러스 원", "4WD": "사륜구동", "2WD": "이륜구동",
    "4x4": "포 바이 포", "4X4": "포 바이 포", "5G": "파이브지", "4G": "포지", "3G": "쓰리지", "LTE": "엘티이", "3D": "쓰리디", "2D": "투디", "4D": "포디",
    "4K": "포케이", "8K": "에잇케이", "MP3": "엠피쓰리", "MP4": "엠피포", "TOEIC": "토익",
    "O2": "오투", "A4": "에이포", "24/7": "이십사 시간 연중무휴", "DOT": "닷", "DOT3": "닷 쓰리", "480p": "사백팔십피", "720p": "칠백이십피", "1080p": "천팔십피", "720P": "칠백이십피", "1080P": "천팔십피", "DOT4": "닷 포", "DOT 4": "닷 포", "DOT 3": "닷 쓰리", "ISO": "아이에스오", "ID.3": "아이디 쓰리", "ID.4": "아이디 포", "ID.5": "아이디 파이브", "ID.7": "아이디 세븐",
    "SM3": "에스엠쓰리", "SM5": "에스엠파이브", "SM6": "에스엠식스",
    "SM7": "에스엠세븐", "QM3": "큐엠쓰리", "QM5": "큐엠파이브", "QM6": "큐엠식스", "XM3": "엑스엠쓰리", "EV3": "이브이쓰리", "EV4": "이브이포",
    "EV5": "이브이파이브", "EV6": "이브이식스", "EV9": "이브이나인", "G70": "지세븐티", "G80": "지에이티", "G90": "지나인티", "GV60": "지브이식스티",
    "GV70": "지브이세븐티", "GV80": "지브이에이티", "NICE": "나이스", "PIN": "핀",
    "SIM": "심", "USIM": "유심", "LAN": "랜", "RAM": "램", "POS": "포스", "KAKAO": "카카오", "HUD": "에이치유디", "VAT": "부가세", "OK": "오케이", "TIP": "팁",
    "4MATIC": "포매틱", "TEL": "전화", "Tel.": "전화", "Tel": "전화", "FAX": "팩스", "Fax": "팩스", "1st": "퍼스트", "2nd": "세컨드", "3rd": "서드", "No.1": "넘버 원", "mp3": "엠피쓰리", "MOU": "엠오유", "FIFA": "피파", "NATO": "나토", "UNESCO": "유네스코", "iOS": "아이오에스", "iPhone": "아이폰", "iPad": "아이패드", "YouTube": "유튜브",
    "KakaoTalk": "카카오톡", "Dr.": "닥터", "Mr.": "미스터",
    "vs.": "대", "vs": "대", "VS": "대", "etc.": "등", "ASAP": "에이에스에이피", "T-map": "티맵", "T맵": "티맵", "eSIM": "이심", "U+": "유플러스", "2in1": "투인원", "3in1": "쓰리인원", "4in1": "포인원", "COVID-19": "코로나일구", "Covid-19": "코로나일구", "Rh-": "알에이치 마이너스", "Rh+": "알에이치 플러스",
    "RH-": "알에이치 마이너스", "RH+": "알에이치 플러스", "e-mail": "이메일", "E-mail": "이메일",
    "E-Mail": "이메일", "x-ray": "엑스레이", "X-ray": "엑스레이", "all-in-one": "올인원", "AdBlue": "애드블루", "AS센터": "에이에스 센터",
    "A/S센터": "에이에스 센터", "QR코드": "큐알코드", "Hi-Pass": "하이패스", "HiPass": "하이패스", "Model": "모델", "Check-in": "체크인", "check-in": "체크인", "CHECK-IN": "체크인", "Check-out": "체크아웃", "check-out": "체크아웃", "COVID19": "코로나일구", "ChatGPT": "챗지피티", "3M": "쓰리엠", "4DX": "포디엑스", "1++": "투플러스", "1+": "원플러스", "YES24": "예스이십사", "7-ELEVEN": "세븐일레븐", "7-Eleven": "세븐일레븐", "LGU+": "엘지유플러스",
    "RAV4": "라브포", "CX-5": "씨엑스 파이브", "CX-3": "씨엑스 쓰리", "CR-V": "씨알브이", "HR-V": "에이치알브이",
}  # fmt: skip
"""Read only in exactly this spelling."""

_SPELLINGS = "|".join(re.escape(spelling) for spelling in sorted(_EXACT, key=len, reverse=True))
EXACT = rf"(?<![A-Za-z0-9./-])(?:{_SPELLINGS})(?![A-Za-z0-9]|[+-]\d|\.\d|\s?=\s?\d)"
WORD = r"[A-Za-z]+(?:'[a-z]+)?"
PREFIX_LETTER = r"(?<![A-Za-z])([A-Za-z])-(?=[A-Za-z]{2}|[가-힣])"
HYPHEN = r"(?<=[A-Za-z])-(?=[A-Za-z])"
ABBREVIATED = r"(?<![A-Za-z])(?:(No|NO|no|Lv|LV|lv|Ver|VER|ver|Vol|VOL|vol)\.\s?|(No)\s)(?=\d)"
LETTER_TO_LETTER = r"(?<![A-Za-z0-9])([A-Z])2([A-Z])(?![A-Za-z0-9])"
LETTER_SLASH = r"(?<![A-Za-z0-9/])([A-Z])/([A-Z])(?![A-Za-z0-9/])"
COMPANY_AND = r"(?<=[A-Z가-힣])&(?=[A-Z](?![a-z]))"
ROMAN = r"(?<![A-Za-z])(?:I{2,3}|(?<=-)IV)(?![A-Za-z])"
SPACED_HYPHEN = r"(?<=[A-Za-z])-(?=\d)|(?<=\d)-(?=[A-Za-z])"
ITEMS = r"(?<=\d)\s?(?:(?i:(ea|pcs)|(box(?:es)?)|(sets?))|(hrs?|h))(?![A-Za-z])"
HOURS_MINUTES = r"(?<=\d)h\s?(\d{1,2})m(?:in)?(?![A-Za-z])"
GRADE = r"(?<![A-Za-z0-9])([A-F])([+-])(?=\s?(?:등급|학점|급|평점|형|[,.)]|$))"
COUNTDOWN = r"(?<![A-Za-z])D-(?=\d)"
_ABBREVIATIONS = {"No": "넘버 ", "Lv": "레벨 ", "Ver": "버전 ", "Vol": "볼륨 "}
_ENGLISH_DIGITS = ("원", "투", "쓰리", "포", "파이브", "식스", "세븐", "에잇", "나인")
LETTER_DIGIT = (
    r"(?<![A-Za-z0-9-])([A-Z])([1-9])(?![A-Za-z0-9]|[.,:-]\d|\s?(?:구역|번|동|출구|게이트|열|좌석|홀|창구|층))"
)
_SPELLED_AT_MOST = 6
_MIXED_AT_MOST = 4  # GDi, xDrive is a word
_VOWELS = frozenset("AEIOUY")


def exact(match: re.Match[str]) -> str:
    """Return the reading of a spelling from the table of exact spellings."""
    return _EXACT[match[0]]


def letters(text: str) -> str:
    """Return the letter names, joined: SUV is 에스유브이."""
    return "".join(LETTERS.get(char.upper(), char) for char in text)


def letter_and_digit(match: re.Match[str]) -> str:
    """Return a car or type name of one letter and one digit in English: K5 is 케이파이브."""
    return LETTERS[match[1]] + _ENGLISH_DIGITS[int(match[2]) - 1]


def items(match: re.Match[str]) -> str:
    """Return 3EA as 3개, 2BOX as 2박스, 1SET as 1세트 and 2h as 2시간."""
    return ("개", "박스", "세트", "시간")[(match.lastindex or 1) - 1]


def letter_to_letter(match: re.Match[str]) -> str:
    """Return B2B as 비투비."""
    return f"{LETTERS[match[1]]}투{LETTERS[match[2]]}"


def roman(match: re.Match[str]) -> str:
    """Return II, III and -IV as digits."""
    return {"II": "2", "III": "3", "IV": "4"}[match[0]]


def named(text: str) -> str:
    """Return the letters of a code: a known word of five letters or more as a word, all else by letter names."""
    return (WORDS.get(text.lower()) if len(text) > 4 else None) or letters(text)


def prefix_letter(match: re.Match[str]) -> str:
    """Return E-class with its first letter named."""
    return LETTERS[match[1].upper()]


def grade(match: re.Match[str]) -> str:
    """Return A- as 에이 마이너스."""
    return f"{LETTERS[match[1]]} {'플러스' if match[2] == '+' else '마이너스'}"


def abbreviated(match: re.Match[str]) -> str:
    """Return No. before a number as 넘버."""
    return _ABBREVIATIONS[(match[1] or match[2]).capitalize()]


def word(match: re.Match[str]) -> str:
    """Return a Latin word as Korean says it; an unknown word in small letters stays for the engine to read."""
    text = match[0]
    known = WORDS.get(text.lower())
    if known:
        return known
    if len(text) == 1:
        return LETTERS[text.upper()]
    capitals = sum(map(str.isupper, text))
    is_name_of_letters = capitals == len(text) or (capitals >= 2 and len(text) <= _MIXED_AT_MOST)
    has_vowel = not _VOWELS.isdisjoint(text.upper())
    if len(text) <= _SPELLED_AT_MOST and (is_name_of_letters or not has_vowel):
        return letters(text)
    return text


def known_or_spelled(text: str) -> str:
    """Return a Latin word for an address: known words as words, all others letter by letter."""
    known = WORDS.get(text.lower())
    return known or letters(text)
