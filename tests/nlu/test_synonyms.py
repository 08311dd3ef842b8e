"""Synonyms: the file is sound, and words of one set are alike."""

from pathlib import Path

import numpy as np
import pytest

from voicebot.nlu.facets import FACETS, facets
from voicebot.nlu.lexicon import Word, shipped_lexicon
from voicebot.nlu.synonyms import SHIPPED, Senses, alike

pytestmark = pytest.mark.unit


def _sets() -> list[list[str]]:
    return [line.split() for line in SHIPPED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def test_every_set_has_two_words_or_more_and_none_twice() -> None:
    for words in _sets():
        assert len(words) >= 2, words
        assert len(set(words)) == len(words), words


def test_no_set_holds_words_that_exclude_each_other() -> None:
    for words in _sets():
        values = [facets("", [Word(word, word, "N", -1)]) for word in words]
        for place, name in enumerate(FACETS):
            said = [value[place] for value in values if value[place]]
            assert not said or np.bitwise_and.reduce(said) or len(said) == 1, (words, name)


def test_words_of_one_set_are_alike_and_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text("# 말\n교체 교환\n교환 맞바꾸기\n", encoding="utf-8")
    table = Senses(["교체", "교환", "맞바꾸기", "세차"], path)[np.arange(4)]
    assert alike(table, table).tolist() == [
        [True, True, False, False], [True, True, True, False], [False, True, True, False], [False] * 4,
    ]  # fmt: skip


def test_the_lexicon_knows_what_says_the_same() -> None:
    lexicon = shipped_lexicon()
    (one,), (other,) = (lexicon.read(word) for word in ("교체", "교환"))
    assert alike(*(lexicon.senses[np.array([word.lemma])] for word in (one, other))).all()
