"""Requests that come all at once are begun a few at a time, so that the event loop stays quick for everybody."""

import asyncio
from collections import deque
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = 2
"""So many requests are begun in one round of the event loop."""


class Turnstile:
    """Lets a few requests through in each round of the event loop, in the order in which they came.

    A request costs the loop a millisecond or two before its work goes on in a thread; two hundred of them in one round
    would hold up everything else, such as `/healthz`, for all that time. Nobody waits for what another request does.

    Args:
        app: What answers.
        open_paths: Paths that need not wait.
        at_once: How many are let through in a round.
    """

    def __init__(self, app: ASGIApp, open_paths: Collection[str] = (), at_once: int = AT_ONCE) -> None:
        self._app = app
        self._open = frozenset(open_paths)
        self._at_once = at_once
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._left = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] not in self._open:
            await self._turn()
        await self._app(scope, receive, send)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        if self._left == self._at_once:
            loop.call_soon(self._next_round, loop)
        if self._left > 0:
            self._left -= 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next_round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._left = self._at_once
        while self._waiting and self._left > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._left -= 1
        if self._left < self._at_once:
            loop.call_soon(self._next_round, loop)
