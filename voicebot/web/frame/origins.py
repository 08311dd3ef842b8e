"""Who may speak to this server from a browser: the page itself, and no page of anybody else.

A page of another site can make a browser send requests here (CSRF), and a name that it owns can be made to point here
(DNS rebinding). The first shows in Origin and Sec-Fetch-Site, the second in Host.
"""

import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.web.problems import REQUEST_ID, status_response

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}


class SameOrigin:
    """Refuses hosts that are not this server's and changes that another site asks for; tells browsers to be strict.

    Args:
        app: What answers.
        hosts: Names of this server. Addresses and localhost are always its own: a name is what rebinding needs.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, strict)
            return
        status, detail = refusal
        await status_response(status, detail, None, scope.get("state", {}).get(REQUEST_ID, ""))(scope, receive, strict)

    def _refusal(self, method: str, headers: Headers) -> tuple[HTTPStatus, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return HTTPStatus.MISDIRECTED_REQUEST, "this server is not known by that name; add it to web.allowed_hosts"
        if method in _SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return HTTPStatus.FORBIDDEN, "the request comes from a page of another site"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return HTTPStatus.FORBIDDEN, "the request comes from a page of another site"
        return None

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() == "localhost" or name.lower() in self._hosts
        return True
