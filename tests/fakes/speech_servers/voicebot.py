"""The wire format of a voicebot speech server and of the bridge API: POST /synthesize and its relatives."""

import base64
import json
from typing import Any

from tests.fakes.speech_servers.server import KEY, Reply, Seen, cut, form_fields, raw, tone
from voicebot.audio.wav import wav_bytes

SPEECH_PATHS = ("/synthesize", "/voice/eleven", "/voice/brain/gpt-voice/start", "/voice/brain/gpt-voice-eleven")
HZ = 22050


def fields_of(seen: Seen) -> dict[str, Any]:
    """Return the fields of a request, JSON or form."""
    if seen.headers["content-type"].startswith("multipart/"):
        return {name: value.decode() if name != "ref_audio" else value for name, value in form_fields(seen).items()}
    found: dict[str, Any] = json.loads(seen.body)
    return found


class SynthesizeWire:
    """POST /synthesize.

    Args:
        reply: "stream" for a streamed WAV, "job" for clips that come one by one, "urls" for all at once, "inline" for
            a clip in the reply, "mulaw" for raw telephone audio.
        key: The Authorization header that it wants; empty for none.
    """

    def __init__(self, reply: str = "stream", key: str = "") -> None:
        self._reply = reply
        self._key = key
        self._clips: list[bytes] = []
        self._polls = 0

    def is_speech(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path in SPEECH_PATHS

    def said(self, seen: Seen) -> str:
        return str(fields_of(seen)["text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        fields = fields_of(seen)
        if self._key and seen.headers.get("authorization") != self._key:
            return self.error(401, "")
        if fields.get("voice") == "nobody":
            return Reply.of({"detail": {"code": "voice_not_found", "message": fields["text"]}}, 404)
        wav = wav_bytes(tone(fields["text"], HZ))
        if self._reply == "mulaw":
            return Reply(200, "audio/basic", cut(raw(fields["text"], "mulaw", 8000)))
        if self._reply == "stream":
            return Reply(200, "audio/wav", cut(wav))
        if self._reply == "inline":
            return Reply.of({"JobId": "j1", "AudioBase64": base64.b64encode(wav).decode()})
        clip = tone(fields["text"], HZ).samples
        half = len(clip) // 2
        self._clips = [wav_bytes(type(tone("", HZ))(part, HZ)) for part in (clip[:half], clip[half:])]
        if self._reply == "urls":
            return Reply.of({"job_id": "j1", "urls": [f"{url}/clips/0.wav", {"url": "/clips/1.wav"}]})
        return Reply.of({"job_id": "j1", "first_url": "/clips/0.wav", "done": False, "status_url": "/jobs/j1"})

    def other(self, seen: Seen, url: str) -> Reply:
        if self._key and seen.headers.get("authorization") != self._key:
            return self.error(401, "")
        if seen.path.startswith("/clips/"):
            return Reply(200, "audio/wav", cut(self._clips[int(seen.path[7])]))
        if seen.path == "/jobs/j1":
            self._polls += 1
            clips = ["/clips/0.wav", "/clips/1.wav"][: self._polls]
            return Reply.of({"job_id": "j1", "urls": clips, "done": self._polls >= 2, "status_url": "/jobs/j1"})
        if seen.path == "/v1/audio/voices":
            return Reply.of({"voices": ["kr", "mina"]})
        return Reply.of({"status": "ok"})

    def error(self, status: int, retry_after: str) -> Reply:
        tree = {"detail": f"refused {KEY}"}
        return Reply.of(tree, status, **({"Retry_After": retry_after} if retry_after else {}))
