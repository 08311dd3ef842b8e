"""Reading a line into words, and what is compared of them."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from voicebot.errors import ConfigError
from voicebot.korean.normalize import cache_key
from voicebot.nlu.arrays import pack_arrays
from voicebot.nlu.augment import vary
from voicebot.nlu.facets import ACTS, FACETS, acts, facets
from voicebot.nlu.lexicon import CLASSES, SHIPPED, Lexicon, Word, pack_lexicon, shipped_lexicon
from voicebot.nlu.lines import analyse

pytestmark = pytest.mark.unit


def forms(text: str) -> list[str]:
    return [word.form for word in shipped_lexicon().read(cache_key(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("거실 불 켜 주세요", ["거실", "불", "켜", "주"]),
        ("도와주실 수 있나요", ["도와주", "있"]),
        ("너무 추워서 히터를 틀었는데", ["춥", "히터", "틀"]),
    ],
)
def test_words_are_read_without_spaces(text: str, expected: list[str]) -> None:
    assert forms(text) == forms(text.replace(" ", ""))
    assert [form for form in expected if form in forms(text)] == expected


def test_a_line_of_nothing_known_is_still_one_line() -> None:
    line = analyse("뷁쉛", shipped_lexicon())
    assert len(line.ids) == 1
    assert line.grams.size > 0


def test_words_with_the_same_hash_are_told_apart(tmp_path: Path) -> None:
    assert zlib.crc32(b"plumless") == zlib.crc32(b"buckeroo")
    words, path = ("plumless", "buckeroo"), tmp_path / "words.arrays"
    entries = [(word, CLASSES.index("N"), place, 5.0) for place, word in enumerate(words)]
    costs = np.ones((len(CLASSES) + 1, len(CLASSES) + 1))
    path.write_bytes(pack_lexicon(entries, words, costs, np.ones((2, 4), np.int8)))
    lexicon = Lexicon(path)
    for place, word in enumerate(words):
        assert lexicon.read(word) == (Word(word, word, "N", place),)


def test_a_damaged_lexicon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.arrays"
    data = SHIPPED.read_bytes()
    for damaged in (data[:-1] + bytes([data[-1] ^ 1]), pack_arrays({}, {})):
        path.write_bytes(damaged)
        with pytest.raises(ConfigError, match=r"words\.arrays") as caught:
            Lexicon(path)
        assert caught.value.hint == "reinstall voicebot"


def test_opposites_are_two_values_of_one_facet() -> None:
    lexicon = shipped_lexicon()
    on, off = (cache_key(text) for text in ("거실 불 켜 주세요", "거실 불 꺼 주세요"))
    place = FACETS.index("switch")
    values = [facets(key, lexicon.read(key))[place] for key in (on, off)]
    assert all(values)
    assert values[0] & values[1] == 0


@pytest.mark.parametrize(("text", "act"), [("거실 불 켜지 마세요", "forbid"), ("불 좀 켜 주세요", "request")])
def test_acts_are_told_apart(text: str, act: str) -> None:
    assert acts(cache_key(text))[ACTS.index(act)] == 1


def test_numbers_are_found_in_words_and_digits() -> None:
    assert analyse("에어컨 이십사 도로 맞춰", shipped_lexicon()).numbers == {"24"}


def test_variations_depend_on_the_seed_alone() -> None:
    import random

    one, two = ([vary("토요일에도 문 여나요", random.Random(s)) for s in range(9)] for _ in "ab")
    assert one == two
    assert len(set(one)) > 3
