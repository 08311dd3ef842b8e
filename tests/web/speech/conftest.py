"""The speech server on loopback."""

from collections.abc import Callable, Iterator

import pytest

from tests.web.conftest import Serve, running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.tree import Settings
from voicebot.web.speech.app import create_speech_app


@pytest.fixture
def serve_speech(web_settings: Callable[..., Settings]) -> Iterator[Serve]:
    """Return a function that serves speech with these overrides and returns its URL."""
    with running() as run:

        def serve(**overrides: object) -> str:
            settings = web_settings(**overrides)
            return run(create_speech_app(Voicebot(settings, HANDLERS)), settings)

        yield serve


@pytest.fixture
def url(serve_speech: Serve) -> str:
    """The address of a server whose own choice is the embedded voice."""
    return serve_speech()
