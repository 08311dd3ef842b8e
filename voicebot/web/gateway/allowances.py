"""How often one token may ask, and how much at once."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from voicebot.web.frame.auth import TOKEN_NAME
from voicebot.web.gateway.tokens import TokenBook
from voicebot.web.problems import REQUEST_ID, status_response

LIMITED = "limited"
"""Where the reason for a refusal is in a request's state."""


@dataclass
class Bucket:
    """Requests that a token may still make, filled up evenly, and those it has under way."""

    left: float
    at_s: float
    under_way: int = 0


class Allowances:
    """Refuses what is more than a token may ask for, before its body is read.

    A token may make its requests of a minute at once, and then as they come back evenly.

    Args:
        app: What answers.
        book: Who has tokens.
        timer: A monotonic timer in seconds.
    """

    def __init__(self, app: ASGIApp, book: TokenBook, timer: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._book = book
        self._timer = timer
        self._buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        state: MutableMapping[str, Any] = scope.get("state", {})
        name = state.get(TOKEN_NAME, "")
        holder = self._book.holder(name)
        if scope["type"] != "http" or holder is None:
            await self._app(scope, receive, send)
            return
        bucket = self._bucket(name, holder.requests_per_minute or 1)
        if bucket.under_way >= (holder.concurrent or 1):
            state[LIMITED] = "concurrent"
            refusal = _refusal(state, 1, f"the token has {bucket.under_way} requests under way")
        elif bucket.left < 1:
            state[LIMITED] = "rate"
            wait_s = ceil((1 - bucket.left) * 60 / (holder.requests_per_minute or 1))
            refusal = _refusal(state, wait_s, f"the token may make {holder.requests_per_minute} requests a minute")
        else:
            bucket.left -= 1
            bucket.under_way += 1
            try:
                await self._app(scope, receive, send)
            finally:
                bucket.under_way -= 1
            return
        await refusal(scope, receive, send)

    def _bucket(self, name: str, a_minute: int) -> Bucket:
        now_s = self._timer()
        bucket = self._buckets.setdefault(name, Bucket(a_minute, now_s))
        bucket.left = min(a_minute, bucket.left + (now_s - bucket.at_s) * a_minute / 60)
        bucket.at_s = now_s
        return bucket


def _refusal(state: MutableMapping[str, Any], wait_s: int, detail: str) -> Any:
    return status_response(429, detail, {"Retry-After": str(max(1, wait_s))}, state.get(REQUEST_ID, ""))
