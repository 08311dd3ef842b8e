"""Forms of an utterance for the machine: the cache key, cleaned input, and whether anything was said at all."""

import unicodedata

from voicebot.korean.openers import without_hesitation, without_opener
from voicebot.korean.patterns import pattern
from voicebot.korean.spoken_numbers import one_written_form, spoken_to_written

NORMALIZER_VERSION = 2
"""Stored with every cache key; raised whenever `cache_key` gives another answer than before."""

_LONE_JAMO = "[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\ud7b0-\ud7ff\uffa0-\uffdc]"
_NOT_JAMO = "[^\u3130-\u318f\uffa0-\uffdc]+"
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
_SURROGATE_OR_PRIVATE = "[\ud800-\udfff\ue000-\uf8ff]"
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
    joined = "".join(without_hesitation(pattern(_CONTROL).sub("", folded).split()))
    bare = pattern(_NOISE).sub("", one_written_form(joined))
    return pattern(_NOISE).sub("", spoken_to_written(without_opener(bare)))


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
