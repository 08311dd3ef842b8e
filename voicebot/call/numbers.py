"""Telephone numbers: which may be called at all, which look made up, and who they stand for without being told.

Source:
    Google's libphonenumber metadata, by way of the package phonenumbers.
"""

import hashlib
import hmac
from collections.abc import Sequence

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

from voicebot.errors import InputError

COUNTRY = "KR"
COUNTRY_CODE = 82

CALLABLE = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
"""Kinds of numbers behind which there is a person; not 060, 080, 15xx, pagers or voice mail."""

LONGEST_RUN = 2
"""So many numbers in a row may be a coincidence; the third is a range that somebody counted through."""

STEPS_ALIKE = 5
"""So many numbers with the same step between them are counted through as well, if the step is at most `LARGEST_STEP`."""

LARGEST_STEP = 1000

_HINT = "write it as +821012345678 or 010-1234-5678"
_WHOM = "give a person's whole number, such as 010-1234-5678"


def callable_number(number: str) -> str:
    """Return a Korean number that a person can be called at, in E.164 form.

    Raises:
        InputError: It is none: not a number, too short or too long, an emergency or service number, abroad.
    """
    text = number.strip()
    if text.startswith("82"):
        text = f"+{text}"
    try:
        parsed = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException as exc:
        raise InputError("this is not a telephone number", hint=_HINT) from exc
    national = str(parsed.national_number)
    if parsed.country_code != COUNTRY_CODE:
        raise InputError("only numbers in Korea are called", hint=_HINT)
    is_short = len(national) <= 6 or shortnumberinfo.is_valid_short_number_for_region(parsed, COUNTRY)
    if is_short or shortnumberinfo.connects_to_emergency_number(national, COUNTRY):
        raise InputError("this is an emergency or short number, and those are never called", hint=_WHOM)
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        raise InputError("no such number is in use in Korea", hint=_HINT)
    if phonenumbers.number_type(parsed) not in CALLABLE:
        raise InputError("this is a service number, not a person's", hint=_WHOM)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def neighbours(number: str, distance: int = LONGEST_RUN) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbers just below and just above one, nearest first."""
    value, width = int(number[1:]), len(number) - 1
    return tuple(f"+{value - n:0{width}d}" for n in range(1, distance + 1)), tuple(
        f"+{value + n:0{width}d}" for n in range(1, distance + 1)
    )


def generated(numbers: Sequence[str]) -> frozenset[str]:
    """Return the numbers of a list that look counted through: in a row, or with the same step between them.

    Making numbers up by combining digits is forbidden (Network Act, article 50, paragraph 5).
    """
    values = sorted({int(number[1:]) for number in numbers})
    found: set[int] = set()
    start = 0
    for i in range(1, len(values) + 1):
        step = values[start + 1] - values[start] if start + 1 < len(values) else 0
        if i < len(values) and values[i] - values[i - 1] == step:
            continue
        count = i - start
        if (step == 1 and count > LONGEST_RUN) or (step <= LARGEST_STEP and count >= STEPS_ALIKE):
            found.update(values[start:i])
        start = i - 1
    return frozenset(f"+{value}" for value in found)


class Persons:
    """Stands for numbers where they must not be seen: logs, keys, the audit.

    Args:
        key: A secret, so that nobody can try all numbers.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, number: str) -> str:
        """Return what stands for a number in E.164 form: the first 128 bits of its HMAC-SHA-256, in hexadecimal."""
        return hmac.new(self._key, number.encode(), hashlib.sha256).hexdigest()[:32]
