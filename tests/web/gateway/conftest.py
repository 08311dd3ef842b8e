"""The gateway on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.web.conftest import Serve, running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.tree import Settings
from voicebot.web.gateway.app import create_gateway_app

SHOP, SHOP_OLD = "token-of-the-shop-0123456789", "old-token-of-the-shop-012345"
CALLER = "token-of-the-caller-0123456789"
WATCHER = "token-of-prometheus-0123456789"
TOKENS = f"""
shop:
  token: [{SHOP}, {SHOP_OLD}]
  may: [speech, chat]
caller:
  token: {CALLER}
watcher:
  token: {WATCHER}
  may: [metrics]
"""


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    """Return a file with three holders of tokens."""
    path = tmp_path / "tokens.yaml"
    path.write_text(TOKENS, encoding="utf-8")
    return path


@pytest.fixture
def serve_gateway(web_settings: Callable[..., Settings], tokens_file: Path) -> Iterator[Serve]:
    """Return a function that serves the gateway with these overrides and returns its URL."""
    with running() as run:

        def serve(**overrides: object) -> str:
            own = {"gateway_server__tokens_file": str(tokens_file), "speech_server__engine": "local"}
            settings = web_settings(**{**own, **overrides})
            return run(create_gateway_app(Voicebot(settings, HANDLERS)), settings)

        yield serve


@pytest.fixture
def url(serve_gateway: Serve) -> str:
    """The address of a gateway with three holders of tokens."""
    return serve_gateway()
