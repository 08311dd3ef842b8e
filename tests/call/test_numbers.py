"""Which numbers may be called, and which look made up."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.call.numbers import Persons, callable_number, generated, neighbours
from voicebot.errors import InputError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+821012345678", "+821012345678"),
        ("010-1234-5678", "+821012345678"),
        ("010 1234 5678", "+821012345678"),
        ("82 10-1234-5678", "+821012345678"),
        ("02-2123-4567", "+82221234567"),
        ("031-123-4567", "+82311234567"),
        ("070-1234-5678", "+827012345678"),
    ],
)
def test_a_persons_number_is_taken_however_it_is_written(written: str, number: str) -> None:
    assert callable_number(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "", "112", "119", "113", "114", "1330", "+82112", "+82119", "0112", "02-112", "1588-0000", "+8215880000",
        "080-123-4567", "060-700-1234", "+14155550100", "+81312345678", "010-123", "010-1234-56789", "010-1234-5678x9",
        "일일구", "+82 10 0000", "015-123-4567",
    ],
)  # fmt: skip
def test_what_is_no_persons_number_is_refused_without_being_told(written: str) -> None:
    with pytest.raises(InputError) as caught:
        callable_number(written)
    digits = "".join(character for character in written if character.isdigit())
    assert not digits or digits not in f"{caught.value.message} {caught.value.hint}".replace("010-1234-5678", "")


def test_numbers_in_a_row_are_a_range() -> None:
    row = [f"+82101234{last:04d}" for last in (17, 18, 19)]
    assert generated([*row, "+821098765432"]) == set(row)
    assert generated([*row[:2], "+821098765432"]) == frozenset()


def test_numbers_with_the_same_step_are_counted_through() -> None:
    steps = [f"+82101234{last:04d}" for last in range(0, 500, 100)]
    assert generated(steps) == set(steps)
    assert generated(steps[:4]) == frozenset()


def test_a_list_of_real_customers_is_not_a_range() -> None:
    numbers = [f"+8210{number:08d}" for number in random.Random(7).sample(range(20_000_000, 99_999_999), 2000)]
    assert generated(numbers) == frozenset()


@given(st.lists(st.integers(10_000_000, 99_999_999), max_size=40))
def test_any_three_in_a_row_are_found(numbers: list[int]) -> None:
    listed = [f"+8210{number}" for number in (*numbers, 55_550_001, 55_550_002, 55_550_003)]
    assert {"+821055550001", "+821055550002", "+821055550003"} <= generated(listed)


def test_neighbours_are_the_nearest_first() -> None:
    below, above = neighbours("+821000000001")
    assert below == ("+821000000000", "+820999999999")
    assert above == ("+821000000002", "+821000000003")


def test_a_person_is_a_keyed_hash() -> None:
    one, other = Persons(b"a" * 32), Persons(b"b" * 32)
    assert one.of("+821012345678") == one.of("+821012345678")
    assert one.of("+821012345678") != one.of("+821012345679")
    assert one.of("+821012345678") != other.of("+821012345678")
    assert "1012345678" not in one.of("+821012345678")
