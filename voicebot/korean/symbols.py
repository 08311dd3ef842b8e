"""Signs, emoji, lone jamo and Chinese characters: read where they mean something, else dropped."""

import re
import unicodedata

from voicebot.korean.patterns import pattern

HANJA = {
    "大": "대", "中": "중", "小": "소", "上": "상", "下": "하", "左": "좌", "右": "우", "前": "전", "後": "후", "新": "신", "舊": "구", "無": "무", "有": "유",
    "男": "남", "女": "여", "日": "일", "月": "월", "火": "화", "水": "수", "木": "목", "金": "금", "土": "토", "一": "일", "二": "이", "三": "삼", "四": "사",
    "五": "오", "六": "육", "七": "칠", "八": "팔", "九": "구", "十": "십", "百": "백", "千": "천", "萬": "만", "億": "억", "年": "년", "時": "시", "分": "분",
    "美": "미", "韓": "한", "中國": "중국", "韓國": "한국", "北": "북", "南": "남", "東": "동", "西": "서", "對": "대", "第": "제", "全": "전", "現": "현",
    "故": "고", "社": "사", "車": "차", "人": "인", "株": "주", "英": "영", "獨": "독", "佛": "불", "印": "인", "外": "외", "內": "내", "不": "불", "非": "비",
    "未": "미", "反": "반", "親": "친", "高": "고", "低": "저", "重": "중", "輕": "경", "老": "노", "少": "소",
}  # fmt: skip
_CHINESE = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HANJA_GLOSS = rf"(?<=[가-힣])\s?[(（][{_CHINESE}]+[)）]"
HANJA_RUN = rf"[{_CHINESE}]+"
EMOJI = (
    "[\u00a9\u00ae\u2122\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\u203b\u2020-\u2022"
    "\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\ufffd\ue000-\uf8ff\U0001f000-\U0001faff\U000e0020-\U000e007f]+"
)
LONE_JAMO = "[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\ud7b0-\ud7ff\uffa0-\uffdc]+"
OTHER_DIGIT = r"(?![0-9])\d"
CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]+"

_JAMO_NAMES = {
    "ㄱ": "기역", "ㄴ": "니은", "ㄷ": "디귿", "ㄹ": "리을", "ㅁ": "미음", "ㅂ": "비읍", "ㅅ": "시옷", "ㅇ": "이응", "ㅈ": "지읒", "ㅊ": "치읓", "ㅋ": "키읔",
    "ㅌ": "티읕", "ㅍ": "피읖", "ㅎ": "히읗",
}  # fmt: skip
_MATH = {"+": "더하기", "×": "곱하기", "*": "곱하기", "x": "곱하기", "X": "곱하기", "÷": "나누기"}
CALCULATION = r"(?<=\d)\s?([+×÷*xX])\s?(?=\d)"
SUBTRACTION = r"(?<![\d.,-])(\d+)\s?[-−–]\s?(?=\d+(?:\.\d+)?\s?=)"
BARE_DECIMAL = r"(?:(?<=^)|(?<=[\s(]))(?=\.\d)"
COMPATIBILITY = "[¼-¾⅐-⅞Ⅰ-ⅿ①-⒇㈜㎀-㏿]"
_WORD_BUT_PARTICLE = r"(?!(?:에|은|는|이|가|을|를|과|와|로|으로|의|도|만)(?![가-힣]))[가-힣]"
ARROW = r"(?<=[\d원%점도명개회위])\s?→\s?(?=[\d₩$])"
COMPANY = r"\(주\)\s?(?=[가-힣A-Za-z0-9])|(?<=[가-힣A-Za-z])\(주\)"


def calculation(match: re.Match[str]) -> str:
    """Return a sign between two numbers as the operation."""
    return f" {_MATH[match[1]]} "


def subtraction(match: re.Match[str]) -> str:
    """Return the minus of a calculation whose result follows: 5-3=2."""
    return f"{match[1]} 빼기 "


def ascii_digit(match: re.Match[str]) -> str:
    """Return a decimal digit of another script as 0-9."""
    return str(unicodedata.decimal(match[0]))


def topic(match: re.Match[str]) -> str:
    """Return the particle for = after a syllable: 은 after a final consonant, else 는."""
    return ("은 ", "는 ")[(ord(match.string[match.start() - 1]) - ord("가")) % 28 == 0]


def compatibility(match: re.Match[str]) -> str:
    """Return one circled number, Roman numeral, fraction or square unit in ordinary characters: ① is 1, ㎏ is kg."""
    value = unicodedata.numeric(match[0], None)
    if value is None:
        return unicodedata.normalize("NFKC", match[0])
    if value % 1:
        before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
        plain = unicodedata.normalize("NFKC", match[0])
        return f"{' ' * before.isdigit()}{plain}{' ' * after.isdigit()}"
    is_before_word = pattern(_WORD_BUT_PARTICLE).match(match.string, match.end())
    return f"{value:.0f} " if is_before_word else f"{value:.0f}"


def company(match: re.Match[str]) -> str:
    """Return (주) before or after a name as 주식회사."""
    return (
        "주식회사 "
        if (match[0][0] == "(" and match.start() == 0) or not match.string[match.start() - 1].isalpha()
        else " 주식회사"
    )


def jamo(match: re.Match[str]) -> str:
    """Return the name of one consonant before 자 (ㄱ자 is 기역자); other lone jamo are laughter and are dropped."""
    following = match.string[match.end() : match.end() + 1]
    names_letter = following == "자" or (following in (",", ".") and match[0] not in "ㅋㅎ")
    return _JAMO_NAMES.get(match[0], "") if names_letter else ""


def hanja(match: re.Match[str]) -> str:
    """Return simple Chinese characters in Korean, leaving out those that are not in the table."""
    return "".join(HANJA.get(char, "") for char in match[0])


_TRAILING_TILDE = r"(?<=[가-힣A-Za-z])[~∼〜～]+(?=\s|[.!?…,)\]]|$)"
RULES = (
    (r"[>]", r"\s?[-=]+>\s?", " "),
    (r"[#*]", r"\s?[(（][#*][)）]", ""),
    (r"[♥❤]", r"[♥❤]+\ufe0f?", ""),
    (r"[~∼〜～]", _TRAILING_TILDE, ""),
    (r"[~∼〜～]", r"(?:(?<=[요네다죠예아어오까])|(?<=[가-힣]세))[~∼〜～]+", " "),
    (r"[~∼〜～]", r"(?<=[가-힣])\s?[~∼〜～]\s?(?=[가-힣])", "에서 "),
    (r"[~∼〜～]", r"[~∼〜～]+", " "),
    (r"[&]", r"\s?&\s?", " 앤드 "),
    (r"[#]", r"#(?=[가-힣A-Za-z])(?!버튼|키|을|를|과|와|으로|로)", ""),
    (r"[#]", r"#", " 샵"),
    (r"[*]", r"(?<=[가-힣])-\*+-?", " "),
    (r"[*]", r"\*{2,}", ""),
    (r"[*]", r"\*표?(?=\s|버튼|키|을|를|과|와|로|$)", " 별표"),
    (r"[*]", r"\*", " "),
    (r"[@]", r"\s?@\s?", " 골뱅이 "),
    (r"[+]", r"(?<=원)\s?\+\s?", " 더하기 "),
    (r"[+]", r"\+", " 플러스 "),
    (r"[=]", r"(?<=[가-힣])\s?=+\s?(?=\S)", topic),
    (r"[=]", r"=+", " "),
    (r"[×]", r"\s?×\s?", " 곱하기 "),
    (r"[÷]", r"\s?÷\s?", " 나누기 "),
    (r"[±]", r"±\s?", " 플러스 마이너스 "),
    (r"[%％]", r"\s?[%％]", " 퍼센트"),
    (r"[℃]", r"\s?℃", " 도"),
    (r"[㎡]", r"\s?㎡", " 제곱미터"),
    (r"[₩￦]", r"[₩￦]", " 원 "),
    (r"[$]", r"\$", " 달러 "),
    (r"[€]", r"€", " 유로 "),
    (r"[/⁄]", r"\s?[/⁄]+\s?", " "),
    (r"[·ㆍ・•]", r"\s?[·ㆍ・•]\s?", ", "),
    (r"[_]", r"_+", " "),
    (r"[\\|^`<>{}]", r"[\\|^`<>{}]+", " "),
    (r"[°]", r"\s?°", " 도"),
)
"""The signs that call for a rule, its pattern and what replaces it; in this order, after all numbers are words."""
