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
_SHOULD = "Input should be "


def said(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says, without its own terms: ``must be a list``, ``is missing``."""
    text = str(error["msg"]).removeprefix("Value error, ")
    if text in _WHOLE:
        return _WHOLE[text]
    if not text.startswith(_SHOULD):
        return text
    wanted = text.removeprefix(_SHOULD)
    kind = next((kind for kind in _KINDS if wanted.startswith(kind)), None)
    return f"must be {_KINDS[kind] if kind else wanted}"
