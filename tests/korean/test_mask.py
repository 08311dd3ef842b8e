from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicebot.korean.mask import mask

pytestmark = pytest.mark.unit

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "mask_cases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]
PIECES = st.sampled_from(
    "010 1234 5678 - 공일공 일이삼사 오육칠팔 이에요 에 다시 900101 1 234567 가 12 3456 @ naver .com 골뱅이 네이버 점 컴 계좌 은행 카드 +82 10 하나 둘 * [전화번호] 이 . , 음 네 이고요 ... ( ) 서울 생년월일 여권 M 면허 뒷자리 비밀번호 CVC 12/27 년 월 1990 0100101234 12345678901234".split()  # noqa: SIM905 - a list this long reads better as words
)


@pytest.mark.parametrize(("text", "masked"), CASES)
def test_personal_data_becomes_a_label(text: str, masked: str) -> None:
    assert mask(text) == (text if masked == "=" else masked)


def test_the_list_is_large_enough() -> None:
    assert len(CASES) >= 400
    assert sum(masked == "=" for _, masked in CASES) >= 150


@settings(max_examples=500, deadline=None)
@example("0100101234  0100101234계좌")
@example("1990계좌0100101234일이삼사오육칠팔12")
@example("계좌 +0100101234 110-123-456789-110-123-456789")
@given(st.one_of(st.lists(PIECES | st.just(" "), max_size=14).map("".join), st.text()))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 9999), st.integers(0, 9999), st.sampled_from(["", "-", " ", ".", "에 "]), st.booleans())
def test_every_mobile_number_is_found(first: int, last: int, gap: str, is_spoken: bool) -> None:
    number = gap.join(("010", f"{first:04}", f"{last:04}"))
    if is_spoken:
        number = number.translate(str.maketrans("0123456789", "공일이삼사오육칠팔구"))
    assert mask(f"제 번호는 {number}입니다.") == "제 번호는 [전화번호]입니다."
