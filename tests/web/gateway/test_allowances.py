"""How often a token may ask."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot.settings.gateway_server import GatewayServerSettings
from voicebot.settings.web import WebSettings
from voicebot.web.frame.auth import TOKEN_NAME
from voicebot.web.gateway.allowances import LIMITED, Allowances
from voicebot.web.gateway.tokens import TokenBook

pytestmark = pytest.mark.unit

TOKEN = "token-of-the-settings-0123"


class Asked:
    """An application behind its allowances, and what it answered."""

    def __init__(self, **limits: int) -> None:
        self.now_s = 0.0
        self.is_open = asyncio.Event()
        self.is_open.set()
        book = TokenBook(WebSettings(token=SecretStr(TOKEN)), GatewayServerSettings(**limits))
        self._app = Allowances(self._inside, book, lambda: self.now_s)

    async def _inside(self, scope: object, receive: object, send: Callable[..., Awaitable[None]]) -> None:
        await self.is_open.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def ask(self, name: str = "web") -> tuple[int, dict[str, str], dict[str, object]]:
        """Return the status, the headers and the state that were left."""
        started: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            started.append(message)

        state: dict[str, object] = {TOKEN_NAME: name}
        await self._app({"type": "http", "state": state}, lambda: None, send)  # type: ignore[arg-type]
        headers = {key.decode(): value.decode() for key, value in started[0]["headers"]}  # type: ignore[attr-defined]
        return int(str(started[0]["status"])), headers, state


def test_a_minutes_requests_may_come_at_once_and_then_evenly() -> None:
    async def run() -> None:
        asked = Asked(requests_per_minute=6)
        assert [(await asked.ask())[0] for _ in range(8)] == [200] * 6 + [429] * 2
        status, headers, state = await asked.ask()
        assert (status, headers["retry-after"], state[LIMITED]) == (429, "10", "rate")
        asked.now_s += 10
        assert [(await asked.ask())[0] for _ in range(2)] == [200, 429]
        asked.now_s += 3600
        assert [(await asked.ask())[0] for _ in range(7)] == [200] * 6 + [429]

    asyncio.run(run())


def test_one_token_cannot_take_all_places() -> None:
    async def run() -> None:
        asked = Asked(concurrent=2)
        asked.is_open.clear()
        waiting = [asyncio.create_task(asked.ask()) for _ in range(2)]
        await asyncio.sleep(0)
        status, _, state = await asked.ask()
        assert (status, state[LIMITED]) == (429, "concurrent")
        asked.is_open.set()
        assert [(await one)[0] for one in waiting] == [200, 200]
        assert (await asked.ask())[0] == 200

    asyncio.run(run())


def test_who_needs_no_token_is_not_counted(tmp_path: Path) -> None:
    async def run() -> None:
        asked = Asked(requests_per_minute=1)
        assert [(await asked.ask(""))[0] for _ in range(5)] == [200] * 5

    asyncio.run(run())
