"""The spoken form: a written Korean text as an announcer would read it, all numbers and signs in Hangul."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from voicebot.korean import addresses, amounts, codes, dates, latin, symbols
from voicebot.korean.dictionary import load_pronunciations, pronounce
from voicebot.korean.patterns import pattern

__all__ = ["load_pronunciations", "spoken_form"]

Reader = str | Callable[[re.Match[str]], str]
Rule = tuple[str, str, Reader]
"""What must occur in the text for the rule to be tried, what it looks for, and how that is read."""

_PLAIN = r"[가-힣\s.,?!…'\"()\[\]“”‘’「」:;-]*"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HAS_FULL_WIDTH = "[\uff01-\uff5e]"
_SPACES = r"[ \t\u00a0\u3000]{2,}|[\u00a0\u3000]"
_SPACE_BEFORE_MARK = r"[ \t]+(?=[,.?!)\]…])|(?<=[(\[])[ \t]+"

_DIGIT = r"\d"
_LATIN = r"[A-Za-z]"
_LONG = r"\d{3}"
_FOREIGN = r"[^가-힣\s\x21-\x7e]"
_RANGE_SIGN = r"[~∼〜～–-]"

_NAMES: tuple[Rule, ...] = (
    (symbols.CONTROL, symbols.CONTROL, ""),
    (symbols.OTHER_DIGIT, symbols.OTHER_DIGIT, symbols.ascii_digit),
    (r"@", addresses.EMAIL, addresses.address),
    (r"[A-Za-z0-9]\.[A-Za-z]|//", addresses.URL, addresses.address),
    (_LATIN, codes.OIL, codes.oil),
    (r"[A-Za-z]|\d[+/]", latin.EXACT, latin.exact),
    (r"/", codes.TYRE, codes.tyre),
    (r"R", codes.BARE_RIM, codes.rim),
    (_LATIN, codes.TRIM, codes.trim),
    (r"\dT", codes.TURBO, codes.turbo),
    (r"[Bb]\d", codes.BASEMENT, codes.basement),
    (r"\dF", codes.FLOOR, codes.floor),
    (_LATIN, latin.LETTER_DIGIT, latin.letter_and_digit),
    (r"No\.", r"(?<![A-Za-z])No\.\s?(?=\d)", "넘버 "),
    (_LATIN, codes.SERIAL, codes.serial),
    (_LATIN, codes.NICKNAME, codes.serial),
    (_LATIN, codes.MIXED, codes.mixed),
)
"""Addresses, product and car names: Latin letters with whatever belongs to them."""

_TIMES: tuple[Rule, ...] = (
    (r"\d{4}\s?[-./]", dates.ISO_DATE, dates.full_date),
    (r"\d\d[./-]\d\d[./-]", dates.SHORT_DATE, dates.full_date),
    (r"\d{4}[-./]", dates.YEAR_MONTH, dates.year_month),
    (r"[AaPp]\.?[Mm]", dates.MERIDIEM, dates.meridiem),
    (r":", dates.CLOCK_RANGE, dates.clock_range),
    (r":", dates.CLOCK, dates.clock),
    (r"/", amounts.QUARTER, amounts.quarter),
    (r"/", dates.MONTH_DAY, dates.month_day),
    (r"[(（]", dates.DOTTED_DAY, dates.dotted_day),
    (r"[(（]", dates.DAY_WITH_WEEKDAY, r" \1요일"),
    (_RANGE_SIGN, dates.WEEKDAY_RANGE, dates.weekday_range),
    (r"[월화수목금토일][·/,][월화수목금토일]", dates.WEEKDAY_LIST, dates.weekday_list),
)

_DIGITS_ONE_BY_ONE: tuple[Rule, ...] = (
    (_LONG, codes.PHONE, codes.grouped_digits),
    (_LONG, codes.CARD, codes.grouped_digits),
    (_LONG, codes.PLATE, codes.plate),
    (r"[호드리처선번핀NP]", codes.KEYED, codes.keyed_digits),
    (r"끝나", codes.ENDS_WITH, codes.grouped_digits),
    (_LONG, codes.HYPHENATED, codes.hyphenated),
    (r"1[138]\d", codes.SHORT_PHONE, codes.grouped_digits),
    (r"\.\d", codes.VERSION, codes.version),
    (r"\d[·ㆍ]\d", amounts.PAIR, amounts.pair),
    (r"\d[·ㆍ]\d", codes.HISTORIC_DAY, codes.historic_day),
    (r"\d{17}", codes.LONG, codes.grouped_digits),
)

_AMOUNTS: tuple[Rule, ...] = (
    (r"/|⁄", amounts.FRACTION, amounts.fraction),
    (r"분의", amounts.SPOKEN_FRACTION, amounts.spoken_fraction),
    (r"\d,\d", amounts.PAIR, amounts.pair),
    (r"반", amounts.AND_A_HALF, r"\1 반"),
    (r":|\d\s?대", amounts.RATIO, amounts.ratio),
    (r"박", amounts.NIGHTS, amounts.nights),
    (r"[₩￦$€¥£]|USD|KRW|EUR|JPY", amounts.MONEY_SIGN, amounts.money),
    (r"[도℃°]", amounts.COLD, amounts.cold),
    (_RANGE_SIGN, amounts.RANGE, amounts.numeric_range),
    (r"\d\s?[+×÷*xX=]", symbols.CALCULATION, symbols.calculation),
    (_DIGIT, amounts.NUMBERED, amounts.numbered),
    (_DIGIT, r"\d+", codes.grouped_digits),
)

_REST: tuple[Rule, ...] = (
    (_LATIN, latin.PREFIX_LETTER, latin.prefix_letter),
    (_LATIN, latin.WORD, latin.word),
    (_FOREIGN, symbols.EMOJI, " "),
    (_FOREIGN, symbols.LONE_JAMO, symbols.jamo),
    (_FOREIGN, symbols.HANJA_GLOSS, ""),
    (_FOREIGN, symbols.HANJA_RUN, symbols.hanja),
    *symbols.RULES,
)


def spoken_form(text: str, dictionary: Mapping[str, str] | None = None) -> str:
    """Return `text` as it is to be read aloud; the same string when nothing has to change.

    Args:
        text: Anything; no text raises.
        dictionary: Spellings with their reading, tried before all rules (`load_pronunciations`).
    """
    if dictionary:
        text = pronounce(text, dictionary)
    if pattern(_PLAIN).fullmatch(text):
        return text
    read = unicodedata.normalize("NFC", text)
    if pattern(_HAS_FULL_WIDTH).search(read):
        read = read.translate(_FULL_WIDTH)
    for occurs, substitute, reader in _rules():
        if occurs(read):
            read = substitute(reader, read)
    return text if read == text else _tidy(read)


@cache
def _rules() -> tuple[tuple[Callable[[str], object], Callable[[Reader, str], str], Reader], ...]:
    """Return the rules in the order in which they apply: whole shapes first, bare numbers and signs last."""
    rules = (*_NAMES, *_TIMES, *_DIGITS_ONE_BY_ONE, *_AMOUNTS, *_REST)
    return tuple((pattern(gate).search, pattern(source).sub, reader) for gate, source, reader in rules)


def _tidy(text: str) -> str:
    """Return `text` without the double spaces that dropped or added words leave."""
    return pattern(_SPACE_BEFORE_MARK).sub("", pattern(_SPACES).sub(" ", text)).strip(" \t")
