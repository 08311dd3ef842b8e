"""Forms whose Korean is not percent-encoded, as ``curl -d message=안녕`` sends them, are read as UTF-8.

Source:
    https://url.spec.whatwg.org/#urlencoded-parsing: bytes are percent-decoded, then decoded as UTF-8.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOT_ASCII = re.compile(rb"[\x80-\xff]")


class PlainForms:
    """Percent-encodes the bytes that Starlette would take for Latin-1.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def encoded() -> Message:
            message = await receive()
            if message.get("body"):
                message["body"] = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], message["body"])
            return message

        is_form = scope["type"] == "http" and _kind(scope) == "application/x-www-form-urlencoded"
        await self._app(scope, encoded if is_form else receive, send)


def _kind(scope: Scope) -> str:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
