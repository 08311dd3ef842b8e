"""The wire format of MiniMax T2A v2: events of hexadecimal audio, refusals with status 200."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.speech_servers.server import KEY, Reply, Seen, cut, raw
from voicebot.audio.clip import Encoding

CODES: Mapping[int, int] = {401: 1004, 402: 1008, 422: 2013, 429: 1002, 500: 1000, 503: 1001}
"""The codes that stand for what others say by status."""


class MinimaxWire:
    """api.minimax.io.

    Args:
        repeats: Repeat the whole audio in the last event although it was asked not to.
    """

    def __init__(self, repeats: bool = False) -> None:
        self._repeats = repeats

    def is_speech(self, seen: Seen) -> bool:
        return seen.path == "/v1/t2a_v2"

    def said(self, seen: Seen) -> str:
        return str(seen.json()["text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        body = seen.json()
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return self.refusal(1004)
        if body["voice_setting"]["voice_id"] == "nobody":
            return self.refusal(20132)
        setting = body["audio_setting"]
        encoding: Encoding = "mulaw" if setting["format"] == "pcmu_raw" else "pcm_s16le"
        audio = raw(body["text"], encoding, setting["sample_rate"])
        is_excluded = body["stream_options"]["exclude_aggregated_audio"] and not self._repeats
        events = [_event({"data": {"audio": piece.hex(), "status": 1}, "trace_id": "t1"}) for piece in cut(audio)]
        last = {"data": {"audio": "" if is_excluded else audio.hex(), "status": 2}, "extra_info": {"audio_length": 300}}
        return Reply(200, "text/event-stream", cut(b"".join([*events, _event(last)]), 11))

    def other(self, seen: Seen, url: str) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return self.refusal(1004)
        voices = [{"voice_id": "Korean_SweetGirl", "voice_name": "Sweet Girl"}, {"voice_id": "male-qn-qingse"}]
        return Reply.of({"system_voice": voices, "voice_cloning": [{"voice_id": "mine-1"}], "base_resp": _base(0)})

    def refusal(self, code: int) -> Reply:
        return Reply.of({"data": None, "trace_id": "0123abcd", "base_resp": _base(code)})

    def error(self, status: int, retry_after: str) -> Reply:
        if status in CODES and not retry_after:
            return self.refusal(CODES[status])
        return Reply.of({"error": "refused"}, status, **({"Retry_After": retry_after} if retry_after else {}))


def _base(code: int) -> dict[str, Any]:
    return {"status_code": code, "status_msg": f"login fail: {KEY}" if code else "success"}


def _event(tree: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps({**tree, 'base_resp': _base(0)})}\n\n".encode()
