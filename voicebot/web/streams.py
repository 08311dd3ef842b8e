"""Responses that a blocking iterator makes piece by piece, without ever holding up the event loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from voicebot.errors import VoicebotError

_log = logging.getLogger(__name__)


class PieceResponse(Response):
    """A body whose pieces are made in threads, one ahead of nobody: a slow reader makes the maker wait.

    The status is sent with the first piece, so that an error before it is an answer of its own. An error later cuts the
    connection, which is the only way to tell a client that the body is not whole.

    Args:
        start: Begins the work and returns its pieces. Closing them ends the work.
        media_type: Of the whole body.
        headers: More headers.
    """

    def __init__(
        self, start: Callable[[], Iterator[bytes]], media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._start = start
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.body = b""
        self.init_headers({"X-Accel-Buffering": "no", **(headers or {})})
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()
        threads: Executor = scope["app"].state.streams
        pieces = _Pieces(await loop.run_in_executor(threads, self._start))
        gone = asyncio.create_task(_end_of_connection(receive))
        try:
            piece = await loop.run_in_executor(threads, pieces.first)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while piece is not None and not gone.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await loop.run_in_executor(threads, pieces.later)
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except _Cut as exc:
            _log.warning("a stream was cut: %s", exc.__cause__)
        finally:
            gone.cancel()
            await loop.run_in_executor(threads, pieces.close)


class _Cut(Exception):
    """The work failed after the first piece had been sent."""


class _Pieces:
    """The pieces of one body, made in whichever thread is free: one at a time, although a request may be given up meanwhile."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._lock = threading.Lock()

    def first(self) -> bytes | None:
        """Return the first piece; None when there is none."""
        with self._lock:
            return next(self._pieces, None)

    def later(self) -> bytes | None:
        """Return the next piece; None after the last.

        Raises:
            _Cut: The work failed.
        """
        try:
            return self.first()
        except VoicebotError as exc:
            raise _Cut from exc

    def close(self) -> None:
        """End the work, as soon as it is done with the piece at hand."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            with self._lock:
                close()


async def _end_of_connection(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
