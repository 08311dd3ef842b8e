"""The spoken form: a written Korean text as an announcer would read it, all numbers and signs in Hangul."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from voicebot.korean import addresses, amounts, codes, dates, english_dates, fractions, latin, symbols
from voicebot.korean.dictionary import load_pronunciations, pronounce
from voicebot.korean.patterns import pattern

__all__ = ["load_pronunciations", "spoken_form"]

Search = Callable[[str], object]
Reader = str | Callable[[re.Match[str]], str]
Rule = tuple[str, str, Reader]
"""What must occur in the text for the rule to be tried, what it looks for, and how that is read."""

_PLAIN = r"[가-힣\s.,?!…'\"()\[\]“”‘’「」:;-]*"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HAS_FULL_WIDTH = "[\uff01-\uff5e]"
_SPACES = r"[ \t\u00a0\u3000]{2,}|[\u00a0\u3000]"
_SPACE_BEFORE_MARK = r"[ \t]+(?=[,.?!)\]…])|(?<=[(\[])[ \t]+"

_PREFIXES = ("제", "수", "몇")
_UNSPACED = r"[^\s가-힣(]"
_LATIN = r"[A-Za-z]"
_FOREIGN = r"[^가-힣\s\x21-\x7e]"
_RANGE_SIGN = r"[~∼〜～–-]"
_KEYS = "번호|자리|코드|연락처|내선|비번|생년|PIN|OTP|사번|학번|군번|시리얼"
_WEEKDAYS = rf"[{dates.DAY_NAMES}][·/,][{dates.DAY_NAMES}]"

_SCRIPTS: tuple[Rule, ...] = (
    (symbols.CONTROL, symbols.CONTROL, ""),
    (symbols.OTHER_DIGIT, symbols.OTHER_DIGIT, symbols.ascii_digit),
    (symbols.COMPATIBILITY, symbols.COMPATIBILITY, symbols.compatibility),
    (r"→", symbols.ARROW, "에서 "),
)
_NAMES: tuple[Rule, ...] = (
    (r"[A-Za-z2³²]당", amounts.EACH, amounts.each),
    (r"\(주\)", symbols.COMPANY, symbols.company),
    (english_dates.HAS_WEEKDAY, english_dates.WEEKDAYS, english_dates.english_weekdays),
    (english_dates.HAS_MONTH, english_dates.YEAR_FIRST, english_dates.english_date),
    (english_dates.HAS_MONTH, english_dates.MONTH_FIRST, english_dates.english_date),
    (english_dates.HAS_MONTH, english_dates.DAY_FIRST, english_dates.english_date),
    (english_dates.HAS_MONTH, english_dates.MONTH_OF_YEAR, english_dates.english_month),
    (r"[AaPp]\.?[Mm]", dates.MERIDIEM, dates.meridiem),
    (r"@", addresses.EMAIL, addresses.address),
    (r"[A-Za-z0-9]\.[A-Za-z]|//", addresses.URL, addresses.address),
    (r"[Ww]", codes.OIL, codes.oil),
    (r"\d[A-K]", codes.SEAT, codes.seat),
    (r"[A-Za-z]|\d[+/]", latin.EXACT, latin.exact),
    (r"[A-Z]2[A-Z]", latin.LETTER_TO_LETTER, latin.letter_to_letter),
    (r"[A-Z]/[A-Z]", latin.LETTER_SLASH, r"\1\2"),
    (r"&", latin.COMPANY_AND, "앤"),
    (r"II|IV", latin.ROMAN, latin.roman),
    (r"\dh", latin.HOURS_MINUTES, r"시간 \1분"),
    (r"\d\s?[EePpBbSsh]", latin.ITEMS, latin.items),
    (r"/", codes.TYRE, codes.tyre),
    (r"R", codes.BARE_RIM, codes.rim),
    (r"\d[dDiIeE]", codes.TRIM, codes.trim),
    (r"\dT", codes.TURBO, codes.turbo),
    (r"[Bb]\d", codes.BASEMENT, codes.basement),
    (r"\dF", codes.FLOOR, codes.floor),
    (r"[A-Z]\d", latin.LETTER_DIGIT, latin.letter_and_digit),
    (r"[A-Za-z]\.|No ", latin.ABBREVIATED, latin.abbreviated),
    (r"[A-F][+-]", latin.GRADE, latin.grade),
    (r"D-", latin.COUNTDOWN, "디 마이너스 "),
    (r"[A-Z]-?\d", codes.TAGGED, codes.serial),
    (r"[A-Z]\d|\d[A-Z]", codes.SERIAL, codes.serial),
    (r"[a-z]\d", codes.NICKNAME, codes.serial),
    (r"[A-Z]-?\d", codes.MIXED, codes.mixed),
)
_TIMES: tuple[Rule, ...] = (
    (r"['’‘]\d", dates.MARKED_YEAR, dates.full_date),
    (r"['’‘]\d", dates.YEAR_MARK, ""),
    (r"일.요일", dates.GLUED_WEEKDAY, " "),
    (r"\d[./-](?:19|20)\d\d", dates.LITTLE_ENDIAN, dates.little_endian),
    (r"\d-\d\d?\s?[(（]", dates.HYPHEN_DAY, dates.month_day),
    (r"\d{4}\s?[-./]", dates.ISO_DATE, dates.full_date),
    (r"\d\d[./-]\d\d[./-]", dates.SHORT_DATE, dates.full_date),
    (r"\d{4}[-./]", dates.YEAR_MONTH, dates.year_month),
    (r":", dates.CLOCK_RANGE, dates.clock_range),
    (r":", dates.CLOCK, dates.clock),
    (r"유효기간", codes.CARD_EXPIRY, codes.card_expiry),
    (r"/", fractions.QUARTER, fractions.quarter),
    (r"\d \d[/⁄]", fractions.MIXED_FRACTION, fractions.mixed_fraction),
    (_RANGE_SIGN, dates.DAY_RANGE, dates.day_range),
    (r"\d\.\s?\d\d?월", dates.DOTTED_MONTH, r"\1년 "),
    (r"/", dates.MONTH_DAY, dates.month_day),
    (r"\d{8}", dates.COMPACT_DATE, dates.full_date),
    (r"[(（]", dates.DOTTED_DAY, dates.dotted_day),
    (r"[(（]", dates.DAY_WITH_WEEKDAY, r" \1요일"),
    (_RANGE_SIGN, dates.WEEKDAY_RANGE, dates.weekday_range),
    (_WEEKDAYS, dates.WEEKDAY_LIST, dates.weekday_list),
)
_LONG_NUMBERS: tuple[Rule, ...] = (
    (r"[*•xX][ -]|[ -][*•xX]", codes.MASKED_CARD, codes.grouped_digits),
    (r"\d-?[xX*]|[xX*]-", codes.MASKED_PHONE, codes.grouped_digits),
    (r"\d{4}", codes.PHONE, codes.grouped_digits),
    (r"\d[ -]\d", codes.CARD, codes.grouped_digits),
    (r"\d\s?[가-힣]\s?\d{4}", codes.PLATE, codes.plate),
    (r"\d[#*]", codes.KEYPAD, codes.keypad),
    (_KEYS, codes.KEYED, codes.keyed_digits),
    (r"끝나", codes.ENDS_WITH, codes.grouped_digits),
    (r"\d-\d", codes.PHONE_TAIL, codes.grouped_digits),
    (r"0\s?[세여남고]", codes.GENERATION, codes.grouped_digits),
    (r"\d-\d", codes.HYPHENATED, codes.hyphenated),
    (r"1[01238]\d", codes.SHORT_PHONE, codes.grouped_digits),
    (r"1[01238]\d", codes.ANNOUNCED_PHONE, codes.announced_phone),
    (r"카드\s?[(\[]|[*•]", codes.CARD_TAIL, codes.card_tail),
    (r"11[249]", codes.EMERGENCY, codes.grouped_digits),
    (r"\d{17}", codes.LONG, codes.grouped_digits),
)
_AMOUNTS: tuple[Rule, ...] = (
    (r"\.\d", codes.VERSION, codes.version),
    (r"\d[·,]\d", amounts.PAIR, amounts.pair),
    (r"\d[·ㆍ./]\d", codes.HISTORIC_DAY, codes.historic_day),
    (r"코로나", r"(?<=코로나)\s?-?19(?!\d)", "일구"),
    (r"/.*점", fractions.SCORE, fractions.score),
    (r"[A-Za-z㎎㎏㎞]/[A-Za-z㎡㎥]", amounts.PER, amounts.per),
    (r"/[일월년주박인명분초건장병평통매세]", amounts.PER_TIME, amounts.per_time),
    (r"mmHg", fractions.PRESSURE, "에 "),
    (r"/|⁄", fractions.FRACTION, fractions.fraction),
    (r"분의", fractions.SPOKEN_FRACTION, fractions.spoken_fraction),
    (r"반", amounts.AND_A_HALF, r"\1 반"),
    (r":|\d\s?대", fractions.RATIO, fractions.ratio),
    (r"째", amounts.ORDINAL, amounts.ordinal),
    (r"\d대", amounts.NOTED_SET, amounts.noted_set),
    (r"[초중고]\d", amounts.SCHOOL_YEAR, amounts.school_year),
    (r"=", symbols.SUBTRACTION, symbols.subtraction),
    (r"\d-\d", fractions.RESULT, fractions.ratio),
    (r"\s[~∼〜～]\d", amounts.ABOUT, r"\1 약 "),
    (r"박", amounts.NIGHTS, amounts.nights),
    (r"[₩￦$€¥£]|USD|KRW|EUR|JPY|CNY|GBP", amounts.MONEY_SIGN, amounts.money),
    (r"KRW|USD|EUR|JPY|CNY|GBP", amounts.CURRENCY_AFTER, amounts.currency_after),
    (r"[~∼〜～]", amounts.COLD_RANGE, amounts.cold_range),
    (r"영하|-\s?\d", amounts.COLD, amounts.cold),
    (_RANGE_SIGN, amounts.RANGE, amounts.numeric_range),
    (r"\d\s?[xX]", amounts.MAGNIFIED, amounts.magnified),
    (r"x\d", amounts.TIMES_AS_MANY, "곱하기 "),
    (r"\d\s?[+×÷*xX]", symbols.CALCULATION, symbols.calculation),
    (r"[A-Za-z]-\d|\d-[A-Za-z]", latin.SPACED_HYPHEN, " "),
    (r"(?:^|[\s(])\.\d", symbols.BARE_DECIMAL, "0"),
    (r"\d", amounts.NUMBERED, amounts.numbered),
    (r"\d", r"\d+", codes.grouped_digits),
)
_WORDS: tuple[Rule, ...] = (
    (r"-", latin.PREFIX_LETTER, latin.prefix_letter),
    (r"-", latin.HYPHEN, " "),
    (_LATIN, latin.WORD, latin.word),
)
_OTHER_SCRIPTS: tuple[Rule, ...] = (
    (symbols.EMOJI, symbols.EMOJI, " "),
    (symbols.LONE_JAMO, symbols.LONE_JAMO, symbols.jamo),
    (symbols.HANJA_RUN, symbols.HANJA_GLOSS, ""),
    (symbols.HANJA_RUN, symbols.HANJA_RUN, symbols.hanja),
)
_GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    (_FOREIGN, _SCRIPTS),
    (r"[A-Za-z@]|\d[+/]|\(주", _NAMES),
    (rf"\d\s?[-./:]|['’‘]\d|\d⁄|\d{{8}}|\d일.요일|[(（~∼〜～–]|{_WEEKDAYS}|[{dates.DAY_NAMES}]-", _TIMES),
    (rf"\d{{3}}|\d.?-|\d#|{_KEYS}", _LONG_NUMBERS),
    (r"\d", _AMOUNTS),
    (_LATIN, _WORDS),
    (_FOREIGN, _OTHER_SCRIPTS),
    (r"[^가-힣\s\w.,?!'\"():;…“”‘’\[\]]|_", symbols.RULES),
)
"""What must occur for a group of rules to be tried at all. Whole shapes come first, bare numbers and signs last."""


def spoken_form(text: str, dictionary: Mapping[str, str] | None = None) -> str:
    """Return `text` as it is to be read aloud; the same string when nothing has to change.

    Args:
        text: Anything; no text raises.
        dictionary: Spellings with their reading, tried before all rules (`load_pronunciations`).
    """
    if dictionary:
        text = pronounce(text, dictionary)
    if pattern(_PLAIN).fullmatch(text) and "(주)" not in text:
        return text
    read = unicodedata.normalize("NFC", text)
    if pattern(_HAS_FULL_WIDTH).search(read):
        read = read.translate(_FULL_WIDTH)
    for group_occurs, rules in _groups():
        if group_occurs(read):
            for occurs, substitute, reader in rules:
                if occurs(read):
                    read = substitute(reader, read)
    return text if read == text else _tidy(read)


@cache
def _groups() -> tuple[tuple[Search, tuple[tuple[Search, Callable[[Reader, str], str], Reader], ...]], ...]:
    """Return the groups with their patterns compiled, on first use."""
    spaced = (_TIMES, _LONG_NUMBERS, _AMOUNTS)
    return tuple(
        (
            pattern(group_gate).search,
            tuple(
                (pattern(gate).search, pattern(source).sub, _apart(reader) if rules in spaced else reader)
                for gate, source, reader in rules
            ),
        )
        for group_gate, rules in _GROUPS
    )


def _apart(reader: Reader) -> Reader:
    """Return the reader with a space in front of its words where a digit or sign touches the word before it."""
    if isinstance(reader, str):
        return reader

    def read(match: re.Match[str]) -> str:
        words = reader(match)
        before = match.string[match.start() - 1] if match.start() else " "
        touches = (before.isalpha() and before not in _PREFIXES) or before == ")"
        return f" {words}" if touches and pattern(_UNSPACED).match(match[0]) else words

    return read


def _tidy(text: str) -> str:
    """Return `text` without the double spaces that dropped or added words leave."""
    return pattern(_SPACE_BEFORE_MARK).sub("", pattern(_SPACES).sub(" ", text)).strip(" \t")
