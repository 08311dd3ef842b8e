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


@pytest.mark.parametrize(
    ("text", "forbids"),
    [
        ("거실 불 켜지 마세요", True),
        ("신규 혜택은 기존 고객한테 안 줘야 돼요", True),
        ("다음 주에는 전화 안 하셨으면 해요", True),
        ("식칼을 물에 담가 두지 않도록 해 줘", True),
        ("회의록을 신입에게 맡기는 건 주의해 주세요", True),
        ("비 오는 날 방파제에 올라가선 안 돼", True),
        ("창문을 열어 두는 일이 없도록 해 주세요", True),
        ("온라인으로 살지 시장에서 살지 말해 줄래", False),
        ("잊지 말고 우산 챙겨", False),
        ("예약을 바꾸면 안 되나요", False),
        ("얼마나 됐는지 말씀해 주세요", False),
        ("안내받아야 되는 게 있나요", False),
        ("그동안 가야 되는 곳이 어디예요", False),
        ("쪼그만 와이퍼 바꾸면 얼마예요", False),
        ("이제 그만 보내 주세요", True),
    ],
)
def test_what_asks_that_something_be_not_done_forbids(text: str, forbids: bool) -> None:
    assert acts(cache_key(text))[ACTS.index("forbid")] == forbids
