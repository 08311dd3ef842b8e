"""Uploads that are too large or too slow are refused without being kept."""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.web.problems import REQUEST_ID, status_response


class BodyLimits:
    """Refuses a body by what it says its length is, by the bytes that really come, and by how long they take.

    Args:
        app: What answers.
        max_bytes: The largest body.
        timeout_s: For the whole body.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length")
        if length is not None and (not length.isdigit() or int(length) > self._max_bytes):
            exc = _too_large(self._max_bytes)
            request_id = scope.get("state", {}).get(REQUEST_ID, "")
            refusal = status_response(exc.status_code, exc.detail, {"Connection": "close"}, request_id)
            await refusal(scope, receive, send)
            return
        body = _Body(receive, self._max_bytes, self._timeout_s, is_empty=not _has_body(scope))

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_whole:
                MutableHeaders(scope=message)["Connection"] = "close"  # nobody will read the rest of the body
            await send(message)

        await self._app(scope, body.receive, closing)


class _Body:
    """A body as it comes in."""

    def __init__(self, receive: Receive, max_bytes: int, timeout_s: float, is_empty: bool) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._loop = asyncio.get_running_loop()
        self._late_at_s = self._loop.time() + timeout_s
        self._got = 0
        self.is_whole = is_empty

    async def receive(self) -> Message:
        """Return what comes next.

        Raises:
            HTTPException: It is too much, or too late.
        """
        if self.is_whole:  # an empty body's one message, or the end of the connection
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._late_at_s - self._loop.time()))
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the request's body did not come in time") from None
        self._got += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        if self._got > self._max_bytes:
            self.is_whole = False
            raise _too_large(self._max_bytes)
        return message


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _too_large(max_bytes: int) -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the limit is {max_bytes:,} bytes")
