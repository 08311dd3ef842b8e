"""A speech server on loopback: real sockets, chunked streams, and a script of what goes wrong."""

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import numpy as np

from voicebot.audio.clip import Clip, Encoding

KEY = "sk-loopback-0123456789abcdef"
TONE_S = 0.3
PIECES = 6
SLOW_S = 0.3


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What a server answers.

    Args:
        status: The HTTP status.
        content_type: The media type; empty for none.
        pieces: The body, sent in chunks.
        headers: Other headers.
    """

    status: int = 200
    content_type: str = "application/json"
    pieces: tuple[bytes, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: object, status: int = 200, **headers: str) -> "Reply":
        """Return a JSON reply."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, "application/json", (json.dumps(tree, ensure_ascii=False).encode(),), named)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with each request for speech.

    Args:
        kind: "status", "reply", "never", "silent", "slow", "drip", "cut", "empty", "json" or "page"; "" for nothing.
        status: The status of kind "status".
        retry_after: The Retry-After header of kind "status".
        reply: The whole reply of kind "reply".
    """

    kind: str = ""
    status: int = 0
    retry_after: str = ""
    reply: Reply | None = None


class Wire(Protocol):
    """How one provider speaks."""

    def is_speech(self, seen: Seen) -> bool:
        """Return whether this asks for speech."""
        ...

    def said(self, seen: Seen) -> str:
        """Return the text to say."""
        ...

    def speech(self, seen: Seen, url: str) -> Reply:
        """Return speech."""
        ...

    def other(self, seen: Seen, url: str) -> Reply:
        """Return anything else."""
        ...

    def error(self, status: int, retry_after: str) -> Reply:
        """Return a refusal as the provider documents it."""
        ...


class SpeechServer:
    """Serves one wire format until the end of the block.

    Args:
        wire: How it speaks.
        fault: What goes wrong.
    """

    def __init__(self, wire: Wire, fault: Fault | None = None) -> None:
        self.wire = wire
        self.fault = fault or Fault()
        self.seen: list[Seen] = []
        self.stopping = threading.Event()
        self._server = _Threads(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "SpeechServer":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def said(self) -> list[str]:
        """Return the texts that were to be said, in order."""
        return [self.wire.said(seen) for seen in self.seen if self.wire.is_speech(seen)]


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    owner: SpeechServer

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""

    def process_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(30)
        self._open.add(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        """Hang up on clients that keep their connections."""
        for request in self._open:
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Threads

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        owner = self.server.owner
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        seen = Seen(self.command, parts.path, parse_qs(parts.query), headers, body)
        owner.seen.append(seen)
        if not owner.wire.is_speech(seen):
            self._send(owner.wire.other(seen, owner.url))
            return
        fault = owner.fault
        if fault.kind == "status":
            self._send(owner.wire.error(fault.status, fault.retry_after))
        elif fault.kind == "reply":
            assert fault.reply
            self._send(fault.reply)
        elif fault.kind == "never":
            owner.stopping.wait(30)
            self.close_connection = True
        elif fault.kind == "empty":
            good = owner.wire.speech(seen, owner.url)
            self._send(Reply(200, good.content_type))
        elif fault.kind == "json":
            self._send(Reply.of({"message": "welcome", "echo": owner.wire.said(seen), "key": KEY}))
        elif fault.kind == "page":
            page = f"<html><body>You are about to visit. {owner.wire.said(seen)} {KEY}</body></html>"
            self._send(Reply(200, "text/html", (page.encode(),)))
        else:
            if fault.kind == "slow":
                owner.stopping.wait(SLOW_S)
            self._send(owner.wire.speech(seen, owner.url), fault.kind)

    def _send(self, reply: Reply, fault: str = "") -> None:
        owner = self.server.owner
        self.send_response(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        if fault == "silent":
            owner.stopping.wait(30)
            self.close_connection = True
            return
        pieces = reply.pieces
        if fault == "cut":
            pieces = pieces[: max(1, len(pieces) // 2)]
            if len(reply.pieces) == 1:
                pieces = (pieces[0][: len(pieces[0]) // 2],)
        for piece in pieces:
            self._chunk(piece)
        while fault == "drip" and not owner.stopping.wait(0.05):
            self._chunk(pieces[-1][:2] if pieces else b"  ")
        if fault in ("cut", "drip"):
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, piece: bytes) -> None:
        if piece:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()


def tone(text: str, sample_rate_hz: int) -> Clip:
    """Return what a text sounds like here: a tone of its own."""
    at_s = np.arange(round(TONE_S * sample_rate_hz)) / sample_rate_hz
    return Clip((8000 * np.sin(2 * np.pi * pitch_hz(text) * at_s)).astype(np.int16), sample_rate_hz)


def pitch_hz(text: str) -> int:
    """Return the tone's frequency."""
    return 300 + sum(map(ord, text)) % 1000


def cut(data: bytes, pieces: int = PIECES) -> tuple[bytes, ...]:
    """Return data in pieces of odd lengths, so that samples are cut."""
    size = max(1, len(data) // pieces) | 1
    return tuple(data[at : at + size] for at in range(0, len(data), size))


def raw(text: str, encoding: Encoding, sample_rate_hz: int) -> bytes:
    """Return a text's tone without a header."""
    return tone(text, sample_rate_hz).to_bytes(encoding)


def form_fields(seen: Seen) -> dict[str, bytes]:
    """Return the fields of a multipart form."""
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    fields = {}
    for part in seen.body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        fields[name] = value
    return fields
