"""What a token may do on a route, and what it costs of the day's allowance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from voicebot.web.frame.auth import TOKEN_NAME
from voicebot.web.gateway.allowances import LIMITED
from voicebot.web.gateway.metrics import Metrics
from voicebot.web.gateway.tokens import Holder, Right, TokenBook
from voicebot.web.gateway.usage import Kind, Usage

_TEXTS = ("text", "input", "message")
"""What the routes call the text that they are to say or answer."""

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_MAX_WAIT_S = 86_400

Check = Callable[[Request], Awaitable[None]]


class Gate:
    """Makes the checks that stand before routes.

    Args:
        book: Who has tokens.
        usage: What they have used.
        metrics: Counts what goes through.
    """

    def __init__(self, book: TokenBook, usage: Usage, metrics: Metrics) -> None:
        self._book = book
        self._usage = usage
        self._metrics = metrics

    def texts(self, right: Right) -> Check:
        """Return a check of routes that say or answer texts: every character counts."""

        async def check(request: Request) -> None:
            holder = self._holder(request, right)
            if request.method == "POST":
                count = len(await _text(request))
                self._charge(request, "characters", count, holder.characters_per_day if holder else None)

        return check

    def calls(self) -> Check:
        """Return a check of routes that each place a call."""

        async def check(request: Request) -> None:
            holder = self._holder(request, "call")
            self._charge(request, "calls", 1, holder.calls_per_day if holder else None)

        return check

    def only(self, right: Right) -> Check:
        """Return a check of routes that cost nothing."""

        async def check(request: Request) -> None:
            self._holder(request, right)

        return check

    def _holder(self, request: Request, right: Right) -> Holder | None:
        """Return who asks; None where nobody needs a token.

        Raises:
            HTTPException: The token is not for this.
        """
        holder = self._book.holder(token_of(request))
        if holder is not None and right not in holder.may:
            raise HTTPException(403, f"the token is not for this: it has no right {right!r}")
        return holder

    def _charge(self, request: Request, kind: Kind, amount: int, limit: int | None) -> None:
        name = token_of(request)
        wait_s = self._usage.charge(name, kind, amount, limit)
        if wait_s is not None:
            setattr(request.state, LIMITED, kind)
            headers = {"Retry-After": str(round(min(wait_s, _MAX_WAIT_S)) or 1)}
            raise HTTPException(429, f"the token may have {limit:,} {kind} a day", headers)
        self._metrics.count(name, kind, amount)


def token_of(request: Request) -> str:
    """Return the name of a request's token; empty where none is needed."""
    return str(getattr(request.state, TOKEN_NAME, ""))


async def _text(request: Request) -> str:
    """Return the text of a request; empty when the route will refuse it anyway. The route reads the same body again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields: Any
    if kind in _FORMS:
        fields = await request.form()
    else:
        try:
            fields = await request.json()
        except (ValueError, RecursionError):
            return ""
    if not hasattr(fields, "get"):
        return ""
    found = (fields.get(name) for name in _TEXTS)
    return next((value for value in found if isinstance(value, str)), "")
