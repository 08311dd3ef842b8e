"""Requests that come all at once are begun a few at a time."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from voicebot.web.frame.turnstile import Turnstile

pytestmark = pytest.mark.unit


class Begun:
    """An application behind a turnstile, and which requests it has begun."""

    def __init__(self, at_once: int = 2) -> None:
        self.paths: list[str] = []
        self._app = Turnstile(self._inside, open_paths=("/healthz",), at_once=at_once)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        await asyncio.Event().wait()

    def ask(self, path: str) -> "asyncio.Task[None]":
        """Begin a request that is never answered."""
        return asyncio.create_task(self._app({"type": "http", "path": path}, _nothing, _nothing))  # type: ignore[arg-type]


async def _nothing() -> None:
    """Neither receive nor send."""


def test_a_few_are_begun_in_each_round_in_the_order_in_which_they_came() -> None:
    async def run() -> None:
        begun = Begun()
        waiting = [begun.ask(f"/{number}") for number in range(9)]
        counts = []
        while len(begun.paths) < 9:
            await asyncio.sleep(0)
            counts.append(len(begun.paths))
        assert begun.paths == [f"/{number}" for number in range(9)]
        steps = [after - before for before, after in zip([0, *counts], counts, strict=False)]
        assert max(steps) == 2
        assert len(counts) < 20
        assert not [task for task in waiting if task.done()]

    asyncio.run(run())


def test_one_alone_is_begun_at_once_and_health_is_never_held_up() -> None:
    async def run() -> None:
        begun = Begun(at_once=1)
        tasks = [begun.ask("/a"), begun.ask("/b"), begun.ask("/healthz")]
        await asyncio.sleep(0)
        assert begun.paths == ["/a", "/healthz"]
        await asyncio.sleep(0.01)
        assert begun.paths == ["/a", "/healthz", "/b"]
        tasks.append(begun.ask("/c"))
        await asyncio.sleep(0)
        assert begun.paths[-1] == "/c"

    asyncio.run(run())


def test_whoever_leaves_the_queue_holds_up_nobody() -> None:
    async def run() -> None:
        begun = Begun(at_once=1)
        tasks = [begun.ask(f"/{number}") for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        tasks[2].cancel()
        await asyncio.sleep(0.01)
        assert begun.paths == ["/0", "/3"]

    asyncio.run(run())
