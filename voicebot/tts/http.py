"""Requests to speech servers: streamed, bounded in time, and their failures told as errors of ours.

The only module of the project's engines that imports httpx.
"""

import json
import socket
import ssl
import threading
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import httpx
from pydantic import SecretStr

from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.tts.http_limits import Lifeline, Limits, bounded
from voicebot.tts.http_problems import Problem, Words, origin
from voicebot.tts.protocol import VoiceInfo

_ERROR_MAX_BYTES = 65_536
_JSON_MAX_BYTES = 20_000_000
_MAX_CONNECTIONS = 32
_KEEP_ALIVE_S = 30.0
_NOTHING_THERE = frozenset({404, 405, 501})


@dataclass(frozen=True)
class Call:
    """One request.

    Args:
        url: The whole address, with any query.
        method: GET or POST.
        json: A body for JSON.
        content: A body of another kind, with its type among the headers.
        data: Fields of a form.
        files: Files of a form: name -> (file name, content, type).
        headers: Its headers; the key is among them.
        voice: The voice that is asked for, to name it in an error.
        passes: Statuses beside the good ones that are no errors.
    """

    url: str
    method: str = "POST"
    json: object = None
    content: bytes | None = None
    data: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    voice: str | None = None
    passes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Head:
    status: int
    headers: Mapping[str, str]


class Answer:
    """A reply whose status was good; iterate over it once for its body.

    Args:
        head: Status and headers.
        items: The rest of the stream.
        limits: Whose they are.
    """

    def __init__(self, head: _Head, items: Iterator[_Head | bytes], limits: Limits) -> None:
        self.status = head.status
        self.headers = head.headers
        self._items = items
        self._limits = limits

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def __iter__(self) -> Iterator[bytes]:
        for item in self._items:
            if isinstance(item, bytes):
                yield item

    def read(self, max_bytes: int) -> bytes:
        """Return the body.

        Raises:
            EngineError: It is longer than `max_bytes`.
        """
        body = bytearray()
        for data in self:
            body += data
            if len(body) > max_bytes:
                raise EngineError(
                    f"the reply is longer than {max_bytes:,} bytes", engine=self._limits.engine, retryable=False
                )
        return bytes(body)


class SpeechHttp:
    """The connections of one engine; safe to use from several threads.

    Args:
        limits: How long a request may take.
        words: How the engine's problems are told.
    """

    def __init__(self, limits: Limits, words: Words) -> None:
        self._limits = limits
        self._words = words
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    @contextmanager
    def open(self, call: Call, ends_s: float | None = None) -> Generator[Answer, None, None]:
        """Send a request and give its reply, whose body comes while the server sends it.

        Args:
            call: The request.
            ends_s: When it must have ended, on the monotonic clock, where it is one of several.

        Raises:
            VoicebotError: The server cannot be reached, is too slow, or refuses.
        """
        with closing(bounded(lambda lifeline: self._exchange(call, lifeline), self._limits, ends_s)) as items:
            head = next(items)
            if not isinstance(head, _Head):
                raise AssertionError("the head comes first")
            if not (200 <= head.status < 300 or head.status in call.passes):
                raise self._refusal(call, head, items)
            yield Answer(head, items, self._limits)

    def json(self, call: Call, ends_s: float | None = None) -> Any:
        """Return a JSON reply; see `open`.

        Raises:
            VoicebotError: As `open` does, or the reply is something else.
        """
        with self.open(call, ends_s) as answer:
            return self.parse(answer.read(_JSON_MAX_BYTES))

    def find(self, call: Call) -> Any:
        """Return a JSON reply, or None when the server has nothing at this address.

        Raises:
            VoicebotError: As `json` does.
        """
        with self.open(replace(call, passes=_NOTHING_THERE)) as answer:
            return None if answer.status in _NOTHING_THERE else self.parse(answer.read(_JSON_MAX_BYTES))

    def named_voices(self, call: Call, language: str) -> list[VoiceInfo]:
        """Return the voices of ``{"voices": [...]}``, of which each is a name or an object with an id.

        The list is empty when the server does not have one.

        Raises:
            VoicebotError: As `json` does.
        """
        found = self.find(call)
        names = found.get("voices", []) if isinstance(found, dict) else []
        ids = [one.get("id") or one.get("voice_id") if isinstance(one, dict) else one for one in names]
        return [VoiceInfo(one, one, language) for one in ids if isinstance(one, str)]

    def parse(self, body: bytes) -> Any:
        """Return what a JSON body holds.

        Raises:
            EngineError: It is not JSON.
        """
        try:
            return json.loads(body)
        except ValueError as exc:
            raise self._words.other_server("the reply is not JSON") from exc

    def _refusal(self, call: Call, head: _Head, items: Iterator[_Head | bytes]) -> VoicebotError:
        body = b""
        try:
            for item in items:
                body += item if isinstance(item, bytes) else b""
                if len(body) > _ERROR_MAX_BYTES:
                    break
        except EngineError:
            pass  # the status says enough
        return self._words.error(Problem(head.status, head.headers, body), call.voice)

    def _exchange(self, call: Call, lifeline: Lifeline) -> Generator[_Head | bytes, None, None]:
        """Yield the head and then the body; runs in a thread of its own."""
        try:
            with self._client().stream(
                call.method,
                call.url,
                json=call.json,
                content=call.content,
                data=call.data,
                files=call.files,
                headers=dict(call.headers),
            ) as response:
                lifeline.on_cut(_shutdown(response))
                try:
                    yield _Head(response.status_code, {name.lower(): value for name, value in response.headers.items()})
                    for data in response.iter_bytes():
                        if data:
                            yield data
                finally:
                    lifeline.on_cut(None)  # the connection may serve another request now
        except httpx.HTTPError as exc:
            raise self._broken(exc, call.url) from exc
        except (httpx.InvalidURL, UnicodeError) as exc:
            raise ConfigError(
                f"{self._limits.engine}: this address or key cannot be used: {type(exc).__name__}",
                hint=f"check the settings under tts.{self._limits.engine} and the key",
            ) from None  # the cause would show the value

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                self._made = httpx.Client(
                    verify=_tls(),
                    timeout=httpx.Timeout(
                        self._limits.socket_s, connect=self._limits.connect_s, pool=self._limits.total_s
                    ),
                    limits=httpx.Limits(
                        max_connections=_MAX_CONNECTIONS,
                        max_keepalive_connections=_MAX_CONNECTIONS,
                        keepalive_expiry=_KEEP_ALIVE_S,
                    ),
                )
                weakref.finalize(self, self._made.close)
            return self._made

    def _broken(self, exc: httpx.HTTPError, url: str) -> VoicebotError:
        """Return the error of a request that got no whole reply."""
        engine = self._limits.engine
        if isinstance(exc, httpx.ConnectTimeout):
            return self._limits.connect_error()
        if isinstance(exc, httpx.TimeoutException):
            return self._limits.gap_error()
        if isinstance(exc, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return ConfigError(
                f"{engine}: this address or key cannot be used",
                hint=f"check the settings under tts.{engine} and the key: an address starts with http:// or https://",
            )
        if _is_certificate_problem(exc):
            problem = f"the certificate is not valid ({origin(url)})"
            return EngineError(problem, engine=engine, retryable=False, hint="check the address and the clock")
        if isinstance(exc, httpx.ConnectError | httpx.ProxyError):
            return self._words.unreachable(url)
        return self._words.broken()


def bearer(key: SecretStr | None, words: Words) -> dict[str, str]:
    """Return the Authorization header of a key.

    Raises:
        ConfigError: As `header_value` does.
    """
    return {"Authorization": f"Bearer {header_value(key, words)}"}


def header_value(key: SecretStr | None, words: Words) -> str:
    """Return a key as a header can carry it, without white space around it.

    Raises:
        ConfigError: There is none, or it has characters that a header cannot carry.
    """
    value = key.get_secret_value().strip() if key else ""
    if not value:
        raise words.no_key()
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(f"{words.engine}: the key has characters that no key has", hint=f"set {words.key} again")
    return value


@cache
def _tls() -> ssl.SSLContext:
    """Return what checks certificates, which takes 30 ms to make."""
    return httpx.create_ssl_context()


def _shutdown(response: httpx.Response) -> Any:
    """Return what wakes a thread that reads a response."""
    stream = response.extensions.get("network_stream")

    def cut() -> None:
        connection = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # it was closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # under TLS too, whose own would not be safe here

    return cut


def _is_certificate_problem(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(exc):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
