"""What is wrong with a value that a person wrote into a file, in a person's words."""

from collections.abc import Mapping
from typing import Any

_WHOLE = {
    "Field required": "is missing",
    "Extra inputs are not permitted": "is not known here",
}
_KINDS = {
    "a valid tuple": "a list",
    "a valid list": "a list",
    "a valid dictionary": "keys with values",
    "a valid string": "text",
    "a valid number": "a number",
    "a valid integer": "a whole number",
    "a valid boolean": "true or false",
}
_LIMITS = {"less than or equal to": "at most", "greater than or equal to": "at least"}
_SHOULD = "Input should be "


def said(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says, without its own terms: ``must be a list``, ``is missing``."""
    return plain(str(error["msg"]))


def plain(message: str) -> str:
    """Return the message of one of pydantic's errors, or of an option that it read, without its own terms."""
    text = message.removeprefix("Value error, ")
    if text in _WHOLE:
        return _WHOLE[text]
    if not text.startswith(_SHOULD):
        return text
    wanted = text.removeprefix(_SHOULD)
    kind = next((kind for kind in _KINDS if wanted.startswith(kind)), None)
    for words, short in _LIMITS.items():
        wanted = wanted.replace(words, short)
    return f"must be {_KINDS[kind] if kind else wanted}"
