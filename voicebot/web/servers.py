"""The servers of `voicebot serve`, from their names to what can be run."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from voicebot.client import Voicebot
from voicebot.tts.registry import load_object
from voicebot.web.server import Serving

SERVERS = {
    "page": ("web", "voicebot.web.app:create_app"),
    "tts": ("speech_server", "voicebot.web.speech.app:create_speech_app"),
    "gateway": ("gateway_server", "voicebot.web.gateway.app:create_gateway_app"),
}
"""The settings that have each server's port, and what makes its application."""


@dataclass(frozen=True)
class Server:
    """An address that is held, and the application that will answer there."""

    serving: Serving
    app: FastAPI

    @property
    def url(self) -> str:
        """Return where it listens."""
        return self.serving.url

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; answers under way are finished first."""
        self.serving.run(self.app)


def build_server(name: str, client: Voicebot) -> Server:
    """Return a server that holds its address.

    Args:
        name: A key of `SERVERS`.
        client: What it serves.

    Raises:
        ConfigError: It cannot listen there, others could reach it and it has no token, or a package is missing.
    """
    section, _ = SERVERS[name]
    settings = client.settings
    web = settings.web.model_copy(update={"port": getattr(settings, section).port})
    is_bridge = name == "gateway"
    serving = Serving(web, has_tokens=is_bridge and settings.gateway_server.tokens_file is not None)
    if is_bridge:
        load_object("voicebot.web.gateway.logs:log_as_json", extra="web")()
    return Server(serving, build_app(name, client))


def build_app(name: str, client: Voicebot) -> FastAPI:
    """Return the application of a server.

    Raises:
        ConfigError: A token can be guessed, or a package is missing.
    """
    app: FastAPI = load_object(SERVERS[name][1], extra="web")(client)
    return app
