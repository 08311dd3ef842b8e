"""Bearer tokens: named, compared in constant time, and guessed at only a few times a minute."""

import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from voicebot.errors import ConfigError
from voicebot.web.problems import REQUEST_ID, status_response

COOKIE = "voicebot_session"
TOKEN_NAME = "token_name"
"""Where the name of a request's token is in its scope's state."""

MIN_TOKEN_CHARS = 16
MAX_WRONG = 20
WINDOW_S = 60.0
_MAX_CLIENTS = 10_000

_log = logging.getLogger(__name__)


class KnownTokens(Protocol):
    """Tokens that are known by name."""

    def __bool__(self) -> bool: ...

    def name_of(self, token: str) -> str | None:
        """Return the name of a token, or None."""
        ...

    def name_of_cookie(self, value: str) -> str | None:
        """Return the name of the token that a cookie was made for, or None."""
        ...


class Tokens:
    """Tokens by name. Only digests are kept.

    Args:
        secrets: The tokens.

    Raises:
        ConfigError: One is so short that it can be guessed.
    """

    def __init__(self, secrets: Mapping[str, SecretStr]) -> None:
        for name, secret in secrets.items():
            if len(secret.get_secret_value()) < MIN_TOKEN_CHARS:
                raise ConfigError(
                    f"the token {name!r} is shorter than {MIN_TOKEN_CHARS} characters",
                    hint="make one with: python -c 'import secrets; print(secrets.token_urlsafe(24))'",
                )
        self._digests = {name: _digest(secret.get_secret_value()) for name, secret in secrets.items()}
        self._cookies = {
            name: hmac.digest(secret.get_secret_value().encode(), b"voicebot page session", "sha256").hex()
            for name, secret in secrets.items()
        }

    def __bool__(self) -> bool:
        return bool(self._digests)

    def name_of(self, token: str) -> str | None:
        """Return the name of a token, or None; the time it takes does not depend on which one it is."""
        digest, found = _digest(token), None
        for name, known in self._digests.items():
            if hmac.compare_digest(known, digest):
                found = name
        return found

    def cookie(self, name: str) -> str:
        """Return what a browser keeps instead of the token; it is of no use once the token is changed."""
        return self._cookies[name]

    def name_of_cookie(self, value: str) -> str | None:
        """Return the name of the token that a cookie was made for, or None."""
        found = None
        for name, known in self._cookies.items():
            if hmac.compare_digest(known.encode(), value.encode()):
                found = name
        return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class BearerAuth:
    """Lets requests in that carry a token, or the cookie that a page got for one.

    An address that guesses wrong too often is not listened to for the rest of the minute, and is logged once.

    Args:
        app: What answers.
        tokens: The tokens; none lets everybody in.
        open_paths: Paths that need no token; one that ends in "/" stands for all below it.
        timer: A monotonic timer in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: KnownTokens,
        open_paths: Collection[str] = (),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._open = frozenset(path for path in open_paths if not path.endswith("/") or path == "/")
        self._open_below = tuple(path for path in open_paths if path.endswith("/") and path != "/")
        self._timer = timer
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self._tokens or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        client = (scope.get("client") or ("?", 0))[0]
        request_id = scope.get("state", {}).get(REQUEST_ID, "")
        if (wait_s := self._must_wait_s(client)) > 0:
            headers = {"Retry-After": str(round(wait_s) or 1)}
            await status_response(429, "too many wrong tokens; wait", headers, request_id)(scope, receive, send)
            return
        token, name = self._who(Headers(scope=scope))
        if name is None:
            if token:
                self._count_wrong(client)
            headers = {"WWW-Authenticate": 'Bearer realm="voicebot"'}
            detail = "the token is wrong" if token else "a token is needed: Authorization: Bearer TOKEN"
            await status_response(401, detail, headers, request_id)(scope, receive, send)
            return
        scope.setdefault("state", {})[TOKEN_NAME] = name
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(self._open_below or ("\0",))

    def _who(self, headers: Headers) -> tuple[str, str | None]:
        """Return what a request carries and whose it is."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token, self._tokens.name_of(token.strip())
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return "", self._tokens.name_of_cookie(cookie) if cookie else None

    def _must_wait_s(self, client: str) -> float:
        since_s, count = self._wrong.get(client, (0.0, 0))
        return since_s + WINDOW_S - self._timer() if count >= MAX_WRONG else 0.0

    def _count_wrong(self, client: str) -> None:
        now_s = self._timer()
        since_s, count = self._wrong.pop(client, (now_s, 0))
        if now_s - since_s >= WINDOW_S:
            since_s, count = now_s, 0
        self._wrong[client] = (since_s, count + 1)
        if count + 1 == MAX_WRONG:
            _log.warning("a client has sent %d wrong tokens and is not listened to for a while", MAX_WRONG)
        if len(self._wrong) > _MAX_CLIENTS:
            self._wrong.popitem(last=False)
