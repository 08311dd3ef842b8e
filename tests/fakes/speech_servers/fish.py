"""The wire formats of Fish Speech's server and of Fish Audio's cloud."""

import base64
import json
import struct
from http import HTTPStatus
from typing import Any

import msgpack

from tests.fakes.speech_servers.server import KEY, Reply, Seen, cut, raw

SERVER_HZ = 44100


def endless_header(sample_rate_hz: int) -> bytes:
    """Return the WAV header of a stream whose length nobody knows."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate_hz, sample_rate_hz * 2, 2, 16)
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 16) + form + b"data\0\0\0\0"


def body_of(seen: Seen) -> Any:
    if seen.headers["content-type"] == "application/msgpack":
        return msgpack.unpackb(seen.body)
    body = json.loads(seen.body)
    for reference in body.get("references", ()):
        reference["audio"] = base64.b64decode(reference["audio"])
    return body


class FishServerWire:
    """tools/api_server.py."""

    def is_speech(self, seen: Seen) -> bool:
        return seen.path == "/v1/tts"

    def said(self, seen: Seen) -> str:
        return str(body_of(seen)["text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        body = body_of(seen)
        if body.get("reference_id") == "nobody":
            return self.error(404, "")
        if body.get("streaming") and body["format"] != "wav":
            return Reply.of({"statusCode": 400, "message": "Streaming only supports WAV format"}, 400)
        audio = endless_header(SERVER_HZ) + raw(body["text"], "pcm_s16le", SERVER_HZ)
        return Reply(200, "audio/wav", cut(audio))

    def other(self, seen: Seen, url: str) -> Reply:
        if seen.path == "/v1/references/list" and seen.headers.get("accept") == "application/json":
            return Reply.of({"success": True, "reference_ids": ["mina", "jun"], "message": "ok"})
        return Reply.of({"status": "ok"})

    def error(self, status: int, retry_after: str) -> Reply:
        tree = {"statusCode": status, "message": f"refused {KEY}", "error": HTTPStatus(status).phrase}
        return Reply.of(tree, status, **({"Retry_After": retry_after} if retry_after else {}))


class FishCloudWire:
    """api.fish.audio."""

    def is_speech(self, seen: Seen) -> bool:
        return seen.path == "/v1/tts"

    def said(self, seen: Seen) -> str:
        return str(body_of(seen)["text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        body = body_of(seen)
        assert seen.headers["model"]
        assert body["format"] == "pcm"
        if body.get("reference_id") == "nobody":
            return self.error(404, "")
        return Reply(200, "audio/pcm", cut(raw(body["text"], "pcm_s16le", body["sample_rate"])))

    def other(self, seen: Seen, url: str) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return self.error(401, "")
        if "self" in seen.query:
            return Reply.of({"total": 1, "items": [{"_id": "own", "title": "Own", "languages": ["ko"]}]})
        return Reply.of({"total": 1, "items": [{"_id": "mina", "title": "미나", "languages": ["ko", "en"]}]})

    def error(self, status: int, retry_after: str) -> Reply:
        tree = {"message": f"refused {KEY}", "status": status}
        return Reply.of(tree, status, **({"Retry_After": retry_after} if retry_after else {}))
