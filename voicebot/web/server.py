"""Uvicorn, started and stopped the way voicebot wants it."""

import asyncio
import ipaddress
import logging
import signal
import socket
import sys
from contextlib import ExitStack
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from voicebot.errors import ConfigError
from voicebot.settings.web import WebSettings

SWITCH_S = 0.0005
"""Threads that make audio give way to the event loop so soon; Python's own 5 ms, times 64 of them, would be heard."""

KEEP_ALIVE_S = 30
MAX_CONNECTIONS = 2000


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on a connection whose first request does not come in time."""

    head_timeout_s = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_timeout_s, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.abort()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _silence_access_log() -> None:
    """Keep client addresses, paths and queries out of every log, whatever handlers and levels the program sets."""
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
    access.disabled = True


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one.

    Raises:
        ConfigError: It cannot listen there.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as on_failure:
            listener = on_failure.enter_context(socket.socket(family, kind, proto))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
            on_failure.pop_all()
            return listener
    except OSError as exc:
        raise ConfigError(
            f"cannot listen on {host} port {port}: {exc.strerror or exc}",
            hint="stop what uses it, or take another --port",
        ) from exc


class Serving:
    """An address that is held, and what will answer there.

    Args:
        web: Where to listen, and for how long answers may go on when it stops.
        has_tokens: Others need a token although `web` has none.

    Raises:
        ConfigError: It cannot listen there, or others could reach it and it has no token.
    """

    def __init__(self, web: WebSettings, has_tokens: bool = False) -> None:
        if web.token is None and not has_tokens and not _is_loopback(web.host):
            raise ConfigError(
                f"{web.host} can be reached by others, and no token is set",
                hint="set VOICEBOT_WEB__TOKEN to a long random word, or listen on 127.0.0.1",
            )
        self._web = web
        self._listener = _listen(web.host, web.port)

    @property
    def url(self) -> str:
        """Return where it listens."""
        host, port = self._listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, app: ASGIApp) -> None:
        """Serve until SIGINT or SIGTERM; answers under way are finished first."""
        sys.setswitchinterval(SWITCH_S)
        signal.signal(signal.SIGTERM, lambda number, frame: None)  # uvicorn raises it once more when it has stopped
        self.server(app).run(sockets=[self._listener])

    def server(self, app: ASGIApp) -> uvicorn.Server:
        """Return a server that has not been started."""
        protocol = type("Protocol", (ImpatientProtocol,), {"head_timeout_s": self._web.request_timeout_s})
        options: dict[str, Any] = {"http": protocol, "ws": "none", "lifespan": "on"}
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=round(self._web.shutdown_s),
            limit_concurrency=MAX_CONNECTIONS,
            **options,
        )
        _silence_access_log()
        return uvicorn.Server(config)
