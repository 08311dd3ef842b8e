"""Forms of an utterance for the machine: the cache key, cleaned input, and whether anything was said at all."""

import unicodedata

from voicebot.korean.patterns import pattern
from voicebot.korean.spoken_numbers import to_written

NORMALIZER_VERSION = 1
"""Stored with every cache key; raised whenever `cache_key` gives another answer than before."""

_FILLER = (
    r"음+|으음+|흠+|어+|으+|아+|에+|저+|그+|저기+|그게|그니까|그러니까|뭐랄까|뭐지|뭐더라|있잖아요?|있죠|글쎄요?|자"
)
"""Sounds and words that open a turn without saying anything."""
_SAFE_FILLER = r"음+|으음+|흠+|어+|저기|뭐랄까|뭐더라|있잖아요?"
"""The same, where they may also stand between other words."""
_OPENERS = (
    "안녕하세요", "안녕하십니까", "안녕하셔요", "여보세요", "여보세용", "실례합니다", "실례지만", "실례하겠습니다", "수고하십니다",
    "수고하세요", "수고많으십니다", "수고많으세요", "죄송한데요", "죄송한데", "죄송하지만", "죄송합니다만", "죄송합니다", "저기요",
    "미안한데요", "미안하지만", "반갑습니다", "다름이아니라", "다름이아니고", "다름아니라", "뭐좀여쭤볼게요", "뭐좀물어볼게요",
    "하나만여쭤볼게요", "하나만물어볼게요", "여쭤볼게있는데요", "물어볼게있는데요", "궁금한게있는데요", "있잖아요", "뭐랄까",
)  # fmt: skip
_OPENER = f"(?:{'|'.join(sorted(_OPENERS, key=len, reverse=True))}|혹시(?![나라몰모]))"
_LONE_JAMO = "[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\ud7b0-\ud7ff\uffa0-\uffdc]"
_NOT_JAMO = "[^\u3130-\u318f\uffa0-\uffdc]+"
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
_SURROGATE_OR_PRIVATE = "[\ud800-\udfff\ue000-\uf8ff]"
_TRIM = r"^[\W_]+|[\W_]+$"
_NOISE = r"(?<!\d)[^\w]|[^\w](?!\d)|[^\w./~+:]|_"
"""What a key leaves out: all punctuation except what tells two numbers apart (3.5, 1/2, 3~4, 1+1)."""
_ROUNDS = 8


def cache_key(text: str) -> str:
    """Return the form under which an utterance is looked up: no case, spacing, punctuation, fillers or opener.

    Numbers have one form, written digits, wherever a counter, unit or run of digits makes them certain. An utterance
    that consists of openers only keeps them. `cache_key(cache_key(text)) == cache_key(text)`.
    """
    key = _key_once(text)
    for _ in range(_ROUNDS):
        again = _key_once(key)
        if again == key:
            break
        key = again
    return key


def _key_once(text: str) -> str:
    folded = unicodedata.normalize("NFC", _half_width(unicodedata.normalize("NFC", text)).casefold())
    written = to_written(" ".join(_content_words(pattern(_CONTROL).sub("", folded).split())))
    joined = pattern(_NOISE).sub("", written)
    rest = joined
    while match := pattern(_OPENER).match(rest):
        rest = rest[match.end() :]
    return rest or joined


def _content_words(words: list[str]) -> list[str]:
    """Return the words without fillers and leading openers; when none is left, the openers or else all words."""
    bare = [pattern(_TRIM).sub("", word) for word in words]
    openers: list[str] = []
    start = 0
    while start < len(words):
        length = _opener_length(bare[start : start + 3])
        if not (length or not bare[start] or pattern(_FILLER).fullmatch(bare[start])):
            break
        openers += bare[start : start + length]
        start += length or 1
    kept = [words[i] for i in range(start, len(words)) if not pattern(_SAFE_FILLER).fullmatch(bare[i])]
    return kept if any(bare[start:]) and kept else openers or words


def _opener_length(bare: list[str]) -> int:
    """Return how many of these words form one opener (수고 많으십니다 is two), 0 for none."""
    for length in range(len(bare), 0, -1):
        if bare[length - 1] and pattern(_OPENER).fullmatch("".join(bare[:length])):
            return length
    return 0


def _half_width(text: str) -> str:
    """Return full-width and compatibility characters in their plain form; lone jamo stay as they are."""
    return (
        text if text.isascii() else pattern(_NOT_JAMO).sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    )


def clean(text: str, max_chars: int | None = None) -> str:
    """Return `text` composed (NFC), without control characters, its white space collapsed, cut at `max_chars`."""
    visible = pattern(_SURROGATE_OR_PRIVATE).sub("", pattern(_CONTROL).sub("", unicodedata.normalize("NFC", text)))
    return " ".join(visible.split())[:max_chars].rstrip()


def has_speech(text: str) -> bool:
    """Say whether anything can be read aloud: a syllable, a letter or a digit, not just marks, emoji or lone jamo."""
    composed = unicodedata.normalize("NFC", text)
    return any(char.isalnum() and not pattern(_LONE_JAMO).match(char) for char in composed)
