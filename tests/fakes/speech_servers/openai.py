"""OpenAI's wire formats: the speech endpoint, and the Realtime API over a WebSocket."""

import base64
import json
import logging
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes.speech_servers.server import KEY, SLOW_S, Fault, Reply, Seen, cut, raw, tone
from voicebot.audio.clip import Encoding
from voicebot.audio.wav import wav_bytes

CODES: Mapping[int, str] = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    403: "unsupported_country_region_territory",
    404: "not_found",
    422: "invalid_value",
    429: "rate_limit_exceeded",
    500: "server_error",
    503: "overloaded",
}


_QUIET = logging.Logger("loopback", logging.CRITICAL)


def refusal(status: int, code: str) -> dict[str, Any]:
    message = f"Incorrect API key provided: {KEY}"
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


class SpeechEndpointWire:
    """/v1/audio/speech.

    Args:
        content_type: The kind of audio to send whatever is asked for; empty for what is asked for.
        has_lists: Whether there are lists of models and voices.
    """

    def __init__(self, content_type: str = "", has_lists: bool = True) -> None:
        self._content_type = content_type
        self._has_lists = has_lists

    def is_speech(self, seen: Seen) -> bool:
        return seen.path == "/v1/audio/speech"

    def said(self, seen: Seen) -> str:
        return str(seen.json()["input"])

    def speech(self, seen: Seen, url: str) -> Reply:
        body = seen.json()
        if set(body) - {"model", "input", "voice", "response_format", "speed"}:
            return Reply.of({"detail": [{"loc": ["body", "lang"], "type": "extra_forbidden", "msg": "no"}]}, 422)
        if body["voice"] == "nobody":
            error = {"message": "no such voice", "type": "invalid_request_error", "param": "voice", "code": None}
            return Reply.of({"error": error}, 400)
        if (self._content_type or body["response_format"]) in ("audio/pcm", "pcm"):
            return Reply(200, "audio/pcm", cut(raw(body["input"], "pcm_s16le", 24000)))
        wav = wav_bytes(tone(body["input"], 24000))
        return Reply(200, "audio/wav", cut(wav[:4] + b"\xff\xff\xff\xff" + wav[8:40] + b"\xff\xff\xff\xff" + wav[44:]))

    def other(self, seen: Seen, url: str) -> Reply:
        if not self._has_lists:
            return Reply.of({"detail": "Not Found"}, 404)
        if seen.path == "/v1/audio/voices":
            return Reply.of({"voices": ["mina", {"id": "jun"}]})
        return Reply.of({"object": "list", "data": [{"id": "gpt-4o-mini-tts"}, {"id": "gpt-realtime-2.1-mini"}]})

    def error(self, status: int, retry_after: str) -> Reply:
        return Reply.of(refusal(status, CODES[status]), status, **({"Retry_After": retry_after} if retry_after else {}))


class RealtimeServer:
    """The Realtime API until the end of the block.

    Args:
        fault: What goes wrong; besides the common kinds "other words", "failed" and "refused voice".
    """

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault or Fault()
        self.sessions: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.stopping = threading.Event()
        self._said: list[str] = []
        self._server: Server = serve(
            self._talk, "127.0.0.1", 0, process_request=self._process, close_timeout=0.2, logger=_QUIET
        )
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}/v1"

    def __enter__(self) -> "RealtimeServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()

    def said(self) -> list[str]:
        """Return the text of the one request, put together from its sentences."""
        return [" ".join(self._said)] if self._said else []

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        fault = self.fault
        if not request.path.startswith("/v1/realtime"):
            models = {"object": "list", "data": [{"id": "gpt-realtime-2.1-mini"}]}
            return _http(200, "application/json", json.dumps(models))
        if fault.kind == "never":
            self.stopping.wait(30)
        if fault.kind == "status":
            body = json.dumps(refusal(fault.status, CODES[fault.status]))
            return _http(fault.status, "application/json", body, fault.retry_after)
        if fault.kind == "json":
            return _http(200, "application/json", json.dumps({"message": "welcome", "key": KEY}))
        if fault.kind == "page":
            return _http(200, "text/html", f"<html>{KEY}</html>")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        try:
            for message in connection:
                event = json.loads(message)
                if event["type"] == "session.update":
                    self.sessions.append(event["session"])
                elif event["type"] == "response.create":
                    self._answer(connection, event["response"])
        except ConnectionClosed:
            pass

    def _answer(self, connection: ServerConnection, response: Mapping[str, Any]) -> None:
        text = response["input"][0]["content"][0]["text"]
        self._said.append(text)
        output = self.sessions[-1]["audio"]["output"]
        if output["voice"] == "nobody":
            error = {"type": "invalid_request_error", "code": "invalid_value", "param": "session.audio.output.voice"}
            _send(connection, {"type": "error", "error": error})
            return
        encoding: Encoding = "mulaw" if output["format"]["type"] == "audio/pcmu" else "pcm_s16le"
        rate_hz = 8000 if encoding == "mulaw" else output["format"]["rate"]
        kind = self.fault.kind
        _send(connection, {"type": "response.created"})
        if kind == "slow":
            self.stopping.wait(SLOW_S)
        if kind == "silent":
            self.stopping.wait(30)
            return
        if kind == "failed":
            error = {"type": "insufficient_quota", "code": "insufficient_quota"}
            done = {"status": "failed", "status_details": {"type": "failed", "error": error}}
            _send(connection, {"type": "response.done", "response": done})
            return
        pieces = () if kind == "empty" else cut(raw(text, encoding, rate_hz))
        for number, piece in enumerate(pieces):
            if kind == "cut" and number == len(pieces) // 2:
                connection.socket.close()
                return
            _send(connection, {"type": "response.output_audio.delta", "delta": base64.b64encode(piece).decode()})
        while kind == "drip" and not self.stopping.wait(0.05):
            _send(connection, {"type": "response.output_audio.delta", "delta": "AAAA"})
        spoken = "네, 무엇을 도와드릴까요?" if kind == "other words" else text.rstrip(".") + "!"
        _send(connection, {"type": "response.output_audio_transcript.delta", "delta": spoken})
        _send(connection, {"type": "response.done", "response": {"status": "completed"}})


def _send(connection: ServerConnection, event: Mapping[str, Any]) -> None:
    connection.send(json.dumps(event, ensure_ascii=False))


def _http(status: int, content_type: str, body: str, retry_after: str = "") -> Response:
    data = body.encode()
    headers = Headers({"Content-Type": content_type, "Content-Length": str(len(data)), "Connection": "close"})
    if retry_after:
        headers["Retry-After"] = retry_after
    return Response(status, HTTPStatus(status).phrase, headers, data)
