import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.korean.normalize import NORMALIZER_VERSION, cache_key, clean, has_speech
from voicebot.nlu.data import read_groups
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent


def cases(name: str) -> list[tuple[str, ...]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("# ")]


CASES = cases("key_cases.tsv")
PAIRS = cases("key_pairs.tsv")
KEPT = (HERE / "kept_words.txt").read_text(encoding="utf-8").split()
WORDS = st.sampled_from(
    [
        "안녕하세요",
        "안녕",
        "하세요",
        "여보세요",
        "혹시",
        "음",
        "어",
        "저",
        "그",
        "저기",
        "있잖아요",
        "수고",
        "많으십니다",
        "두",
        "시",
        "반",
        "세",
        "개",
        "오만",
        "킬로",
        "공일공",
        "일이삼사",
        "오육칠팔",
        "2시",
        "30분",
        "5만",
        "km",
        "3.5",
        "1/2",
        "이사",
        "오일",
        "만원",
        "원",
        "이번",
        "주",
        ",",
        ".",
        "~",
        "-",
        "한",
        "번",
        "네",
        "십일월",
        "이십이",
        "일",
        "-",
        "5",
        "도",
        "0",
        "%",
        "SUV",
        "만",
        "천",
        "억",
        "백",
        "조",
    ]
)


@pytest.mark.parametrize(("relation", "one", "other"), CASES + PAIRS)
def test_keys_meet_exactly_where_the_words_mean_the_same(relation: str, one: str, other: str) -> None:
    assert (cache_key(one) == cache_key(other)) == (relation == "=")


def test_the_list_is_large_enough() -> None:
    assert len(CASES) >= 120
    assert min(sum(row[0] == relation for row in PAIRS) for relation in "=!") >= 60
    assert len(set(KEPT)) >= 60
    assert NORMALIZER_VERSION >= 1


@pytest.mark.parametrize(
    "word",
    [
        "이사",
        "일요일",
        "구매",
        "오일",
        "사고",
        "공일",
        "만약",
        "천천히",
        "사이",
        "이번",
        "일이",
        "구이",
        "만두",
        "세차",
        "네비",
        "두통",
    ],
)
def test_words_that_sound_like_numbers_stay(word: str) -> None:
    for sentence in (word, f"{word} 문의요", f"지난 {word} 때"):
        assert cache_key(sentence) == sentence.replace(" ", "")


@pytest.mark.parametrize("word", KEPT)
def test_a_word_that_begins_like_an_opener_stays(word: str) -> None:
    for opener in ("", "음 ", "저기요", "여보세요 저 ", "그 "):
        assert cache_key(f"{opener}{word} 문의요") == f"{word}문의요"
    assert cache_key(word) == word


def test_spaces_change_no_key() -> None:
    chance = random.Random(4)
    lines = [row.text for row in read_groups(DATA_DIR / "paraphrase_groups.csv")]
    for line in chance.sample(lines, 500):
        glued = line.replace(" ", "")
        torn = "".join(char + " " * (chance.random() < 0.25) for char in glued)
        assert cache_key(line) == cache_key(glued) == cache_key(torn), line


@pytest.mark.parametrize(
    "text", ["안녕하세요", "여보세요", "음", "어", "저기요", "혹시", "수고하세요", "음 저기", "안녕하세요 여보세요"]
)
def test_an_utterance_of_openers_only_keeps_a_key(text: str) -> None:
    assert cache_key(text)


def test_the_key_of_decomposed_jamo_is_that_of_syllables() -> None:
    assert cache_key(unicodedata.normalize("NFD", "두 시 반에 예약")) == cache_key("2시 30분에 예약")


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=10), st.sampled_from(["", " "]))
def test_a_key_is_its_own_key(words: list[str], gap: str) -> None:
    key = cache_key(gap.join(words))
    assert cache_key(key) == key


@settings(max_examples=500, deadline=None)
@given(st.text())
def test_any_text_has_a_key_that_is_its_own_key(text: str) -> None:
    key = cache_key(text)
    assert cache_key(key) == key
    assert not any(char.isspace() for char in key)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  안녕\t하세요\n\n네 ", "안녕 하세요 네"),
        ("가\x00나\x07다\u200b라\ufeff", "가나다라"),
        ("\ud800가", "가"),
        (unicodedata.normalize("NFD", "한글"), "한글"),
        ("", ""),
    ],
)
def test_input_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_cleaned_input_is_cut() -> None:
    assert clean("가나 다라", max_chars=3) == "가나"


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing_and_can_be_encoded(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


@pytest.mark.parametrize("text", ["네", "음", "abc", "3", "ㅋㅋ 네", "１", unicodedata.normalize("NFD", "네")])
def test_words_letters_and_digits_are_speech(text: str) -> None:
    assert has_speech(text)


@pytest.mark.parametrize(
    "text", ["", " ", "...", "?!", "😀😀", "ㅋㅋㅋ", "ㅠㅠ", "ㄱ", "\x00\x07", "~ ~", "\u200b", "♥★", "\u1100"]
)
def test_marks_emoji_and_lone_jamo_are_not_speech(text: str) -> None:
    assert not has_speech(text)
