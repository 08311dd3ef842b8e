"""A name for each request, one line of log about it, and an answer even when it meets a bug."""

import asyncio
import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.web.frame.auth import TOKEN_NAME
from voicebot.web.problems import REQUEST_ID, status_response

HEADER = "X-Request-Id"
FIELDS = "fields"
"""The attribute of a log record that has what the line says, by name."""

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.getLogger("voicebot.web.requests")


class RequestIds:
    """Gives each request an id (the client's own when it is a plain one), and logs what became of it.

    The log has the route and the name of the token, never the query, the body or the address of who asked.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})[REQUEST_ID] = request_id
        status = 0
        started_s = time.perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        except asyncio.CancelledError:  # nobody waits for it any more: the server has stopped
            _log.warning("request %s was given up: the server stops", request_id)
            if not status:
                headers = {"Retry-After": "5"}
                await status_response(503, "the server stops; ask again", headers, request_id)(scope, receive, named)
        except Exception:
            _log.exception("an unforeseen error in request %s", request_id)
            if not status:
                detail = "the server met an unforeseen error; the request's id finds it in the log"
                await status_response(500, detail, request_id=request_id)(scope, receive, named)
        finally:
            fields = {
                "request": request_id,
                "method": scope["method"],
                "route": route_of(scope),
                "status": status,
                "ms": round((time.perf_counter() - started_s) * 1000, 1),
                "token": scope["state"].get(TOKEN_NAME, ""),
            }
            line = " ".join(f"{name}={value}" for name, value in fields.items())
            _log.info("%s", line, extra={FIELDS: fields})


def route_of(scope: Scope) -> str:
    """Return the path of a request's route with its names in braces; a dash when it has none."""
    return str(getattr(scope.get("route"), "path", "-"))
