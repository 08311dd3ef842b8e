import pytest

from voicebot.flow.conditions import OPERATORS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("operator", "actual", "operand", "holds"),
    [
        ("Equals", "예", "예", True),
        ("Equals", "Yes", "yes", False),
        ("Equals", "1", "1.0", False),
        ("TextStartsWith", "서울시", "서울", True),
        ("TextStartsWith", "서울", "서울시", False),
        ("TextEndsWith", "서울시", "시", True),
        ("TextEndsWith", "서울시", "서울", False),
        ("TextContains", "서울시 강남구", "강남", True),
        ("TextContains", "강남", "서울시 강남구", False),
        ("NumberGreaterThan", "10", "9", True),
        ("NumberGreaterThan", "9", "9", False),
        ("NumberGreaterOrEqualTo", "9", "9", True),
        ("NumberGreaterOrEqualTo", "8.9", "9", False),
        ("NumberLessThan", "-1", "0", True),
        ("NumberLessThan", "0", "0", False),
        ("NumberLessOrEqualTo", "0", "0", True),
        ("NumberLessOrEqualTo", "1", "0", False),
        ("NumericLessThan", "20", "21", True),
        ("NumberLessThan", "", "5", False),
        ("NumberGreaterThan", "열", "5", False),
    ],
)
def test_operators(operator: str, actual: str, operand: str, holds: bool) -> None:
    assert OPERATORS[operator](actual, operand) is holds
