"""Uvicorn, started and stopped the way voicebot wants it."""

import asyncio
import ipaddress
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from voicebot.errors import ConfigError
from voicebot.settings.web import WebSettings

SWITCH_S = 0.0005
"""Threads that make audio give way to the event loop so soon; Python's own 5 ms, times 64 of them, would be heard."""

KEEP_ALIVE_S = 30.0
MAX_CONNECTIONS = 2000
MAX_WAITING = 1024
"""So many connections wait in the kernel until they are taken."""

ACCEPTED_AT_ONCE = 8
"""So many connections are taken in one round of the event loop."""

LAST_S = 3.0
"""Beyond the time for answers under way, the most that stopping takes."""

_log = logging.getLogger(__name__)


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on a connection whose next request does not come in time, be it the first or a later one.

    The time of a head runs from the connection or from its first byte, and no byte prolongs it; before a later one
    uvicorn's own time for idle connections runs. Bodies have their time in `BodyLimits`.
    """

    head_timeout_s = 30.0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Stop waiting when a head is whole; begin to when another one has begun."""
        super().data_received(data)
        if self._is_idle():
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        """Return whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        if self._is_idle() and not self.transport.is_closing():
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
            listener.listen(MAX_WAITING)
            on_failure.pop_all()
            return listener
    except OSError as exc:
        raise ConfigError(
            f"cannot listen on {host} port {port}: {exc.strerror or exc}",
            hint="stop what uses it, or take another --port",
        ) from exc


class _Stopping(uvicorn.Server):
    """Stops when it is told to: at once at the second time, and at the first in bounded time.

    Args:
        config: What it serves, and how.
        is_process: Nothing else is in this process, which may be ended.
    """

    def __init__(self, config: uvicorn.Config, is_process: bool) -> None:
        super().__init__(config)
        self._is_process = is_process

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal does what it does to any process."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve. What asyncio takes in a round is also what it lets wait in the kernel, which is too little."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(MAX_WAITING)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is under way. An engine's thread that does not come back does not hold up the process."""
        if self._is_process:
            within_s = (self.config.timeout_graceful_shutdown or 0) + LAST_S
            timer = threading.Timer(within_s, _leave)
            timer.daemon = True
            timer.start()
        await super().shutdown(sockets)


def _leave() -> None:
    """End the process, whatever its threads do."""
    _log.warning("what is under way cannot be stopped and is left")
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(0)


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
        """Serve until SIGINT or SIGTERM; answers under way are finished first, unless a second one comes."""
        sys.setswitchinterval(SWITCH_S)
        signal.signal(signal.SIGTERM, lambda number, frame: None)  # uvicorn raises it once more when it has stopped
        self.server(app, is_process=True).run(sockets=[self._listener])

    def server(self, app: ASGIApp, is_process: bool = False) -> uvicorn.Server:
        """Return a server that has not been started; see `run`."""
        protocol = type("Protocol", (ImpatientProtocol,), {"head_timeout_s": self._web.request_timeout_s})
        # Under 200 listeners uvloop's median is better than asyncio's, but its worst is three times as bad.
        options: dict[str, Any] = {"http": protocol, "ws": "none", "lifespan": "on", "loop": "asyncio"}
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=round(self._web.shutdown_s),
            limit_concurrency=MAX_CONNECTIONS,
            backlog=ACCEPTED_AT_ONCE,
            timeout_keep_alive=min(KEEP_ALIVE_S, self._web.request_timeout_s),  # type: ignore[arg-type] # a loop's delay
            **options,
        )
        _silence_access_log()
        return _Stopping(config, is_process)
