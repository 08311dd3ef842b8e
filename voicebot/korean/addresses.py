"""E-mail addresses and web addresses as they are dictated on the phone."""

import re

from voicebot.korean.latin import known_or_spelled
from voicebot.korean.numbers import digit_by_digit
from voicebot.korean.patterns import pattern

EMAIL = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
URL = (
    r"(?:https?://|www\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d+)?(?:[/?#][A-Za-z0-9._~/?#@!&=%+,-]*[A-Za-z0-9/=_])?/?"
    r"|(?<![A-Za-z0-9.@-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|net|org|io|ai|me|kr|shop|site|app|dev)(?![A-Za-z0-9])"
    r"(?:/[A-Za-z0-9._~/?#@!&=%+-]*[A-Za-z0-9/=_])?"
)
_SIGNS = {
    ".": "점", "@": "골뱅이", "-": "하이픈", "_": "밑줄", "/": "슬래시", "+": "플러스", "?": "물음표", "=": "는", "&": "앤드", "#": "샵", "%": "퍼센트", ":": "콜론",
    "~": "물결", "!": "느낌표", ",": "쉼표",
}  # fmt: skip
_DOMAINS = {"or": "오알"}
_PIECE = r"[A-Za-z]+|\d+|."


def address(match: re.Match[str]) -> str:
    """Return an address piece by piece: help@naver.com is 헬프 골뱅이 네이버 점 컴; http:// is left out."""
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    return " ".join(_piece(piece) for piece in pattern(_PIECE).findall(text))


def _piece(piece: str) -> str:
    if piece[0].isdigit():
        return digit_by_digit(piece)
    return _SIGNS.get(piece) or _DOMAINS.get(piece) or known_or_spelled(piece)
