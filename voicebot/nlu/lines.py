"""A line as the matcher sees it: words with weights, n-grams, facets; kept as flat arrays."""

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voicebot.korean.normalize import cache_key
from voicebot.nlu.facets import acts, facets, numbers, roles
from voicebot.nlu.lexicon import Lexicon, Word

_LIGHT_FORMS = """
하 되 이 있 주 보 싶 알 말 계시 같 수 것 거 좀 저기 야 나 저 내 제 부탁 알리 궁금 말씀 바라 데 줄 게 걸 건 그 드리 때 등 들 씨 님 혹시 지금
우리 너 당신 말하 가르치 여쭈 묻 문의 확인 질문 가능 해주 아니 어 음 네 예 그냥 제발 꼭 정말 진짜 그리고 그런데 근데 그러 그렇 이렇 어떻
어떠 자 참 뭐 무엇 무슨
"""
_LIGHT = frozenset(_LIGHT_FORMS.split())
BUCKETS = 1 << 18
GRAM_CLASSES = 3
"""Syllables 1-2, syllables 3, sub-syllables 3-5; each has its own part of the buckets."""
_CLASS_STARTS = (0, BUCKETS // 4, BUCKETS // 2, BUCKETS)
LIGHT_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Line:
    """One analysed line.

    Attributes:
        key: Its cache key.
        words: Its words, all of them.
        ids: Of each content word the lemma's row, or a negative hash for what the lexicon lacks.
        weights: How much each content word says.
        kinds: 0 noun, 1 verb, 2 modifier, 3 number or unknown.
        grams: Hashed syllable and sub-syllable n-grams, unique and sorted.
        facets: One bit set a facet.
        acts: One flag an act.
        numbers: The numbers.
        roles: Hashed noun to role.
        senses: The sets of synonyms that its content words belong to.
    """

    key: str
    words: tuple[Word, ...]
    ids: NDArray[np.int64]
    weights: NDArray[np.float32]
    kinds: NDArray[np.int8]
    grams: NDArray[np.int64]
    facets: NDArray[np.uint16]
    acts: NDArray[np.int8]
    numbers: frozenset[str]
    roles: dict[int, int]
    senses: tuple[int, ...]


_KIND = {"N": 0, "V": 1, "M": 2, "D": 3, "U": 3, "B": 2}


def analyse(text: str, lexicon: Lexicon) -> Line:
    """Return the analysis of `text`."""
    return analyse_key(cache_key(text), lexicon)


@lru_cache(maxsize=1)
def analyse_key(key: str, lexicon: Lexicon) -> Line:
    """Return the analysis of a cache key; the last one is kept, as an utterance is looked at from several sides."""
    words = lexicon.read(key)
    ids, weights, kinds = [], [], []
    for word in words:
        kind = _KIND.get(word.kind)
        if kind is None or (word.kind == "B" and word.form in _LIGHT):
            continue
        ids.append(word.lemma if word.lemma >= 0 else -2 - zlib.crc32(word.form.encode()))
        weights.append(LIGHT_WEIGHT if word.form in _LIGHT else lexicon.weight(word.lemma))
        kinds.append(kind)
    if not ids:
        ids, weights, kinds = [-2 - zlib.crc32(key.encode())], [0.1], [3]
    return Line(
        key, words, np.array(ids, np.int64), np.array(weights, np.float32), np.array(kinds, np.int8), grams(key),
        np.array(facets(key, words), np.uint16), np.array(acts(key), np.int8), numbers(words),
        {zlib.crc32(noun.encode()): role for noun, role in roles(words).items()}, _senses(ids, lexicon),
    )  # fmt: skip


def _senses(ids: list[int], lexicon: Lexicon) -> tuple[int, ...]:
    known = np.array([lemma for lemma in ids if lemma >= 0], np.int64)
    return tuple(sorted({*lexicon.senses[known].ravel().tolist()} - {0}))


def grams(key: str) -> NDArray[np.int64]:
    """Return the hashed n-grams of a key: syllables 1-3 and sub-syllables 3-5, without repeats, sorted by class."""
    syllables, jamo = f"^{key}$", letters(key)
    short = {syllables[i : i + 2] for i in range(len(syllables) - 1)} | set(key)
    long = {syllables[i : i + 3] for i in range(len(syllables) - 2)}
    parts = {jamo[i : i + n] for n in (3, 4, 5) for i in range(len(jamo) - n + 1)}
    hashed = {
        start + zlib.crc32(gram.encode()) % (stop - start)
        for start, stop, found in zip(_CLASS_STARTS, _CLASS_STARTS[1:], (short, long, parts), strict=False)
        for gram in found
    }
    return np.array(sorted(hashed), np.int64)


def gram_classes(hashed: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the class of each hashed n-gram."""
    return np.searchsorted(_CLASS_STARTS[1:-1], hashed, side="right")


def letters(key: str) -> str:
    """Return a key's syllables as single letters (jamo)."""
    return "".join(_jamo(char) for char in key)


@lru_cache(maxsize=4096)
def _jamo(char: str) -> str:
    """Return a syllable's letters: first consonant, vowel, and final consonant if any."""
    code = ord(char) - 0xAC00
    if not 0 <= code < 11172:
        return char
    first, rest = divmod(code, 588)
    vowel, final = divmod(rest, 28)
    return chr(0x1100 + first) + chr(0x1161 + vowel) + (chr(0x11A7 + final) if final else "")


def number_bits(numbers: frozenset[str]) -> np.uint64:
    """Return a set of numbers as 64 hashed bits."""
    bits = 0
    for number in numbers:
        bits |= 1 << (zlib.crc32(number.encode()) % 64)
    return np.uint64(bits)
