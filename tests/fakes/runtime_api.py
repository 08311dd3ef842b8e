"""Lambda as a function sees it: the Runtime API on loopback, and the endpoint that invokes other functions.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FUNCTION_ARN = "arn:aws:lambda:ap-northeast-2:123456789012:function:voicebot-x:live"


class RuntimeApi:
    """Hands out events, one after the other, and keeps what the function made of each.

    Attributes:
        outcomes: For each event ``("response" | "error", document)``; ``("init", document)`` when it did not start.
        invoked: Payloads of functions that the function invoked asynchronously.
        output: What the function printed.
    """

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.outcomes: list[tuple[str, Any]] = []
        self.invoked: list[dict[str, Any]] = []
        self.output = ""
        self.is_done = threading.Event()
        self._events = list(events)
        self._count = len(events)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RuntimeApi":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> dict[str, Any] | None:
        return self._events.pop(0) if self._events else None

    def settle(self, kind: str, document: Any) -> None:
        self.outcomes.append((kind, document))
        if kind == "init" or len(self.outcomes) == self._count:
            self.is_done.set()


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            assert self.path == "/2018-06-01/runtime/invocation/next"
            event = api.next()
            if event is None:
                api.is_done.wait()
                self.close_connection = True  # the environment is frozen: nothing more comes
                return
            headers = {
                "Lambda-Runtime-Aws-Request-Id": f"request-{len(api.outcomes)}",
                "Lambda-Runtime-Deadline-Ms": "99999999999999",
                "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                "Content-Type": "application/json",
            }
            self._answer(200, json.dumps(event, ensure_ascii=False).encode(), headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            document = json.loads(body) if body else None
            if self.path.endswith("/invocations"):
                assert self.headers["X-Amz-Invocation-Type"] == "Event"
                api.invoked.append(document)
                self._answer(202, b"", {})
                return
            kind = "init" if self.path.endswith("/init/error") else self.path.rsplit("/", 1)[1]
            self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})
            api.settle(kind, document)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
