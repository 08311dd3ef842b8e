"""A language-model server on a loopback socket that says what it was told to say."""

import json
import socketserver
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

Step = bytes | float | threading.Event | None
"""Bytes to send, seconds to wait, an event to wait for, or None: cut the connection."""


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class ChatServer:
    """Answers each request with the next script; the last one again when there is no more.

    Attributes:
        scripts: For each request its status line, headers and body, step by step.
        requests: What came in.
        connections: How many connections were opened.
    """

    scripts: list[Sequence[Step]]
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def next_script(self) -> Sequence[Step]:
        """Return the steps of the next reply."""
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]


@contextmanager
def serving(*scripts: Sequence[Step]) -> Iterator[ChatServer]:
    """Run a server for the length of the block."""
    chat = ChatServer(list(scripts))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            chat.connections += 1
            with suppress(ConnectionError):
                while self._answer():
                    pass

        def _answer(self) -> bool:
            line = self.rfile.readline().decode()
            if not line:
                return False
            headers: dict[str, str] = {}
            while (header := self.rfile.readline().decode().strip()) != "":
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", "0")))
            chat.requests.append(Request(line.split()[1], headers, json.loads(body)))
            for step in chat.next_script():
                if isinstance(step, bytes):
                    self.wfile.write(step)
                    self.wfile.flush()
                elif step is None:
                    self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                    return False
                elif isinstance(step, threading.Event):
                    step.wait(10)
                else:
                    threading.Event().wait(step)
            return True

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        chat.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield chat
        finally:
            server.shutdown()
            thread.join()


def head(status: str = "200 OK", **headers: str) -> bytes:
    """Return a status line and headers of a chunked reply."""
    shown = {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"}
    shown |= {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in shown.items()) + "\r\n"
    ).encode()


def chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body; nothing but the end for no data."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = chunk(b"")
"""The end of a chunked body."""


def event(kind: str, **fields: Any) -> bytes:
    """Return a Responses event as OpenAI sends it: its name, its JSON, an empty line."""
    document = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {document}\n\n".encode()


def delta(text: str) -> bytes:
    """Return the event that brings the next words."""
    return event("response.output_text.delta", delta=text, item_id="msg_1", output_index=0, content_index=0)


def completed() -> bytes:
    """Return the last event of a good reply."""
    return event("response.completed", response={"id": "resp_1", "status": "completed"})


def spoken(*texts: str) -> list[Step]:
    """Return the script of a whole good reply, a chunk for each piece."""
    start = event("response.created", response={"id": "resp_1", "status": "in_progress"})
    return [head(), chunk(start), *(chunk(delta(text)) for text in texts), chunk(completed()), END]


def refusal(status: str, body: Any, **headers: str) -> list[Step]:
    """Return the script of an error with a JSON body, or the text as it is."""
    data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    kind = "text/html" if isinstance(body, str) else "application/json"
    return [head(status, Content_Type=kind, **headers), chunk(data), END]
