"""Personal numbers that are spoken over pauses, or only half."""

import pytest

from voicebot.transcribe.masking import UNFINISHED, Masker

pytestmark = pytest.mark.unit


def kept(*texts: str) -> list[str]:
    masker = Masker()
    shown: dict[str, str] = {}
    for number, text in enumerate(texts):
        shown |= masker.final(str(number), text)
    return list((shown | masker.finish()).values())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["제 번호는 공일공 일이삼사 오육칠팔입니다"], ["제 번호는 [전화번호]입니다"]),
        (["제 번호는 공일공", "일이삼사에 오육칠팔이에요"], ["제 번호는 [전화번호]", "이에요"]),
        (["공일공", "일이삼사", "오육칠팔이요"], ["[전화번호]", "[전화번호]", "이요"]),
        (["010", "1234-5678"], ["[전화번호]", "[전화번호]"]),
        (["예약번호는 일이삼", "맞아요"], ["예약번호는 일이삼", "맞아요"]),
        (["내일 갈게요", "이만 끊을게요"], ["내일 갈게요", "이만 끊을게요"]),
        (["가격은 삼만 원이요", "네"], ["가격은 삼만 원이요", "네"]),
        (["끝번호가 구구팔팔"], ["끝번호가 구구팔팔"]),
    ],
)
def test_a_number_is_masked_over_the_segments_it_is_spoken_in(texts: list[str], expected: list[str]) -> None:
    assert kept(*texts) == expected


def test_digits_at_the_end_are_hidden_until_it_is_known_what_they_are() -> None:
    masker = Masker()
    assert masker.partial("제 번호는 공일공 일이") == f"제 번호는 {UNFINISHED}"
    assert masker.final("a", "제 번호는 공일공") == {"a": f"제 번호는 {UNFINISHED}"}
    assert masker.partial("일이삼사에") == UNFINISHED
    assert masker.partial("일이삼사 오육칠팔이에요") == "이에요"
    assert masker.final("b", "아 잠깐만요") == {"a": "제 번호는 공일공", "b": "아 잠깐만요"}
    assert masker.finish() == {}
