"""The wire format of ElevenLabs."""

from collections.abc import Mapping

from tests.fakes.speech_servers.server import KEY, Reply, Seen, cut, raw
from voicebot.audio.clip import Encoding

DETAILS: Mapping[int, object] = {
    401: {"status": "invalid_api_key", "message": f"Invalid API key {KEY}"},
    402: {"type": "payment_required", "code": "payment_required", "message": "pay", "request_id": "r1"},
    403: {"type": "authorization_error", "code": "missing_permissions", "message": "no", "request_id": "r2"},
    404: {"type": "not_found", "code": "not_found", "message": "Not Found"},
    422: [{"loc": ["body", "voice_settings", "stability"], "msg": "too big", "type": "less_than_equal", "input": KEY}],
    429: {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "slow down"},
    500: "Internal Server Error",
    503: {"status": "system_busy", "message": "busy"},
}


class ElevenWire:
    """api.elevenlabs.io."""

    def is_speech(self, seen: Seen) -> bool:
        return seen.path.startswith("/v1/text-to-speech/") and seen.path.endswith("/stream")

    def said(self, seen: Seen) -> str:
        return str(seen.json()["text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        if seen.headers.get("xi-api-key") != KEY:
            return self.error(401, "")
        if seen.path.split("/")[3] == "nobody":
            return Reply.of({"detail": {"status": "voice_not_found", "message": "A voice with ID was not found."}}, 404)
        kind, _, rate = seen.query["output_format"][0].partition("_")
        encoding: Encoding = "mulaw" if kind == "ulaw" else "pcm_s16le"
        return Reply(200, "audio/mpeg", cut(raw(self.said(seen), encoding, int(rate))))

    def other(self, seen: Seen, url: str) -> Reply:
        if seen.headers.get("xi-api-key") != KEY:
            return self.error(401, "")
        if seen.path == "/v1/models":
            return Reply.of([{"model_id": "eleven_flash_v2_5", "can_do_text_to_speech": True}])
        labels = {"gender": "female", "language": "en"}
        if "next_page_token" not in seen.query:
            voice = {"voice_id": "v1", "name": "Mina", "labels": labels, "verified_languages": [{"language": "ko"}]}
            return Reply.of({"voices": [voice], "has_more": True, "next_page_token": "p2=", "total_count": 2})
        assert seen.query["next_page_token"] == ["p2="]
        return Reply.of({"voices": [{"voice_id": "v2", "name": "Jun", "labels": None}], "has_more": False})

    def error(self, status: int, retry_after: str) -> Reply:
        return Reply.of({"detail": DETAILS[status]}, status, **({"Retry_After": retry_after} if retry_after else {}))
