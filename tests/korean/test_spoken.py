from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.korean.dictionary import load_pronunciations
from voicebot.korean.spoken import spoken_form

pytestmark = pytest.mark.unit

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "spoken_cases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]
SENTENCE_PARTS = st.one_of(
    st.sampled_from(
        [
            "오전",
            "오후",
            "시",
            "분",
            "초",
            "개",
            "명",
            "번",
            "번째",
            "대",
            "원",
            "만",
            "억",
            "천",
            "백",
            "월",
            "일",
            "년",
            "층",
            "호",
            "km",
            "kg",
            "%",
            "~",
            "-",
            "/",
            ".",
            ",",
            ":",
            "+",
            "&",
            "#",
            "*",
            "@",
            "=",
            "(",
            ")",
            "W-",
            "R",
            "SUV",
            "A/S",
            "가",
            "나",
            "허",
            "에",
            "도",
            "이에요",
            "인증번호",
            "카드",
            "$",
            "₩",
            "여",
            "제",
            "약",
            "반",
            "박",
            "분의",
            "www.",
            ".com",
            "😀",
            "ㅋㅋ",
            "ㄱ자",
            "大",
            "℃",
            "·",
            "…",
            "'",
            '"',
            "PM",
            "AM",
            "(금)",
            "(Fri)",
            "May ",
            "½",
            "EA",
            "h",
            "x",
            "→",
            "번호 ",
            "콜센터 ",
            "B",
            "P2P",
            "mg/dL",
            "mmHg",
            "****",
            "No. ",
            "v1.",
        ]
    ),
    st.integers(0, 99999).map(str),
    st.sampled_from(["0", "00", "010", "1,000", "3.5", " ", " ", "2026", "12", "5W-30"]),
)
MIXED = st.lists(SENTENCE_PARTS, max_size=12).map("".join)


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_a_sentence_is_read_as_an_announcer_would(written: str, spoken: str) -> None:
    assert spoken_form(written) == (written if spoken == "=" else spoken)


def test_the_list_is_large_enough() -> None:
    assert len(CASES) >= 450
    assert sum(spoken == "=" for _, spoken in CASES) >= 70
    assert len({written for written, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("written", "spoken"), [case for case in CASES if case[1] == "="])
def test_what_needs_no_change_is_the_same_object(written: str, spoken: str) -> None:
    assert spoken_form(written) is written


@pytest.mark.parametrize("written", [written for written, _ in CASES])
def test_a_read_sentence_is_not_read_again(written: str) -> None:
    once = spoken_form(written)
    assert spoken_form(once) == once


@settings(max_examples=600, deadline=None)
@given(MIXED)
def test_mixed_pieces_are_read_once_and_leave_no_digit(text: str) -> None:
    once = spoken_form(text)
    assert not any(char in "0123456789" for char in once)
    assert spoken_form(once) == once


@settings(max_examples=600, deadline=None)
@given(st.text())
def test_any_text_is_read_without_an_error_and_only_once(text: str) -> None:
    once = spoken_form(text)
    assert spoken_form(once) == once


def test_a_dictionary_comes_before_the_rules_and_is_applied_once() -> None:
    dictionary = {"차집사": "차 집사", "K9000": "케이 구천", "GTI": "지티아이", "오일": "엔진 오일"}
    read = spoken_form("차집사 K9000 GTI, GTIX 오일", dictionary)
    assert read == "차 집사 케이 구천 지티아이, 지티아이엑스 엔진 오일"
    assert spoken_form(read, dictionary) == read


def test_the_shipped_pronunciations_load_and_are_read_once() -> None:
    dictionary = load_pronunciations()
    assert dictionary
    for spelling in dictionary:
        once = spoken_form(f"{spelling} 주세요.", dictionary)
        assert spoken_form(once, dictionary) == once


def test_shipped_pronunciations_do_not_break_the_list() -> None:
    dictionary = load_pronunciations()
    wrong = [
        written
        for written, spoken in CASES
        if spoken_form(written, dictionary) != (written if spoken == "=" else spoken)
    ]
    assert wrong == []
