"""Fractions, ratios and results: two numbers with a sign or 분의 between them."""

import re

from voicebot.korean.counters import MEASURES
from voicebot.korean.numbers import decimal, sino
from voicebot.korean.particles import fitted

QUARTER = r"(?<!\d)([1-4])\s?/\s?4\s?분기"
PRESSURE = r"(?<=\d)\s?/\s?(?=\d{2,3}\s?mmHg)"
FRACTION = r"(?<![\d./-])(\d{1,3})\s?[/⁄]\s?(\d{1,3})(?![\d/])"
SPOKEN_FRACTION = r"(?<![\d,.])(\d{1,3}(?:,\d{3})+|\d+)\s?분의\s?(\d+)(?![\d,.]*\d)"
MIXED_FRACTION = rf"(?<![\d,./:-])(\d{{1,2}})\s([1-9])(?:/([2-9])(?=\s?(?:{'|'.join(MEASURES)}))|⁄([2-9]))"
SCORE = r"(?<![\d./-])(\d{1,2}(?:\.\d{1,2})?)\s?/\s?(5|10|100)\s?점"
RATIO = r"(?<![\d:.,])(\d{1,3}(?:\.\d+)?)\s?(?::|대)\s?(\d{1,3}(?:\.\d+)?)(?![\d:]|\.\d|\s?(?:개|명|번|대|시|분|원|%))"
RESULT = (
    r"(?<![\d.,-])(\d{1,2})-(\d{1,2})(?=\s?(?:으로|로)?\s?(?:승리|패배|이기|이겼|이긴|졌|무승부|완승|역전|완패|대승))"
)


def fraction(match: re.Match[str]) -> str:
    """Return 3/4 as 사분의 삼."""
    top, bottom = int(match[1]), int(match[2])
    if bottom == 0 or top >= bottom:
        return f"{sino(top)}{'에' if min(top, bottom) > 9 else ''} {sino(bottom)}"
    gap = " " if match.string.startswith(MEASURES, match.end()) else ""
    return f"{sino(bottom)}분의 {sino(top)}{gap}"


def mixed_fraction(match: re.Match[str]) -> str:
    """Return 1 1/2 as 일과 이분의 일."""
    whole = sino(int(match[1]))
    return f"{whole}{fitted(whole, '과')} {sino(int(match[3] or match[4]))}분의 {sino(int(match[2]))} "


def spoken_fraction(match: re.Match[str]) -> str:
    """Return 3분의 2 as 삼분의 이."""
    bottom = int(match[1].replace(",", ""))
    return f"{sino(bottom)}분의 {sino(int(match[2]))}"


def score(match: re.Match[str]) -> str:
    """Return 4.5/5점 as 오 점 만점에 사 점 오 점."""
    return f"{sino(int(match[2]))} 점 만점에 {decimal(match[1])} 점"


def ratio(match: re.Match[str]) -> str:
    """Return 1:1 as 일 대 일."""
    return f"{decimal(match[1])} 대 {decimal(match[2])}"


def quarter(match: re.Match[str]) -> str:
    """Return 1/4분기 as 일사분기."""
    return f"{sino(int(match[1]))}사분기"
