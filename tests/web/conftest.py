"""A real server on loopback."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.settings.tree import Settings
from voicebot.web.app import create_app
from voicebot.web.server import Serving

Serve = Callable[..., str]


@pytest.fixture
def web_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Return settings with the data in a folder of the test's own, and these overrides."""

    def settings(**overrides: object) -> Settings:
        dotted = {name.replace("__", "."): value for name, value in overrides.items()}
        return load(
            env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "data"), "web.port": 0, **dotted}
        )

    return settings


@pytest.fixture
def serve(web_settings: Callable[..., Settings]) -> Iterator[Serve]:
    """Return a function that serves the page with these overrides and returns its URL."""
    with running() as run:

        def serve(**overrides: object) -> str:
            settings = web_settings(**overrides)
            return run(create_app(Voicebot(settings, HANDLERS)), settings)

        yield serve


class running:
    """Servers in threads, stopped at the end of the block."""

    def __enter__(self) -> Callable[[ASGIApp, Settings], str]:
        self._stops: list[Callable[[], None]] = []
        return self._run

    def _run(self, app: ASGIApp, settings: Settings) -> str:
        serving = Serving(settings.web)
        server = serving.server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [serving._listener]}, daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()

        self._stops.append(stop)
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        return serving.url

    def __exit__(self, *reason: object) -> None:
        for stop in self._stops:
            stop()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Return an HTTP client."""
    with httpx.Client(timeout=120) as client:
        yield client
