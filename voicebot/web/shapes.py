"""What clients send and get, where several routes share it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from voicebot.tts.registry import ENGINES
from voicebot.web.problems import MEDIA_TYPE

EngineName = StrEnum("EngineName", {name: name for name in ENGINES})  # type: ignore[misc]
"""The speech engines."""

Text = Annotated[str, Field(min_length=1, max_length=20_000)]
ShortText = Annotated[str, Field(min_length=1, max_length=2_000)]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:voicebot:error:InputError"])
    title: str
    status: int
    detail: str
    hint: str | None = None
    error: int = Field(description="The exit code that the command line gives the same error.")
    kind: str
    request_id: str | None = None


_WHY = {
    400: "the request cannot be read",
    401: "a token is needed, or it is wrong",
    403: "a guard forbids it, or a page of another site asks",
    404: "there is no such thing",
    405: "not with this method",
    408: "the body did not come in time",
    409: "somebody else changed it first, or it is in use",
    413: "the body is too large",
    421: "the server is not known by that name",
    422: "what was sent cannot be used",
    429: "too many wrong tokens, or more than the token may ask for",
    501: "this server is not set up for it: a key or a package is missing",
    502: "a provider refused",
    503: "a provider or a store is not available now; try again",
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": why[:1].upper() + why[1:],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, why in _WHY.items()
}
"""What every route may answer besides what it is for."""
