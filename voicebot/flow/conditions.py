"""The operators of conditions.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/flow-language.html; `NumericLessThan` is how the page of
    DistributeByPercentage spells `NumberLessThan`.
"""

import operator
from collections.abc import Callable, Mapping


def _by_number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def holds(actual: str, operand: str) -> bool:
        try:
            return compare(float(actual), float(operand))
        except ValueError:
            return False

    return holds


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": operator.eq,
    "TextStartsWith": str.startswith,
    "TextEndsWith": str.endswith,
    "TextContains": operator.contains,
    "NumberGreaterThan": _by_number(operator.gt),
    "NumberGreaterOrEqualTo": _by_number(operator.ge),
    "NumberLessThan": _by_number(operator.lt),
    "NumberLessOrEqualTo": _by_number(operator.le),
    "NumericLessThan": _by_number(operator.lt),
}
"""Each operator as a function of the block's result and the one operand; text is compared with its case, and what
is not a number fits no number."""
