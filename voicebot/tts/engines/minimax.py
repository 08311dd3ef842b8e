"""MiniMax T2A v2 over its event stream of hexadecimal audio.

Refusals come with status 200 and a code in `base_resp`. The last event repeats the whole audio unless it is told not
to, and is dropped where it does so all the same.

Source:
    platform.minimax.io/docs/api-reference: speech-t2a-http.md, errorcode, voice management (get_voice).
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from voicebot.audio.clip import Encoding
from voicebot.errors import EngineError, InputError
from voicebot.tts.http import Answer, Call, SpeechHttp, bearer
from voicebot.tts.http_formats import raw_format
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Kind, Words, retry_after_s
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import MinimaxTtsSettings

NAME = "minimax"

PCM_HZ = (24000, 8000, 16000, 22050, 32000, 44100)

_EMOTIONS = ("happy", "sad", "angry", "fearful", "disgusted", "surprised", "calm", "fluent", "whisper")
STYLES: Mapping[str, str | None] = {"professional": None, "casual": "fluent", "excited": "happy"} | {
    emotion: emotion for emotion in _EMOTIONS
}
"""The emotion of each manner of speaking; None is the voice's own."""

_KINDS: Mapping[int, Kind] = {
    1000: Kind.SERVER,
    1001: Kind.BUSY,
    1002: Kind.RATE,
    1004: Kind.KEY,
    1008: Kind.QUOTA,
    1024: Kind.SERVER,
    1026: Kind.TEXT,
    1027: Kind.TEXT,
    1033: Kind.SERVER,
    1039: Kind.RATE,
    1041: Kind.CONCURRENCY,
    1042: Kind.TEXT,
    2013: Kind.REQUEST,
    2049: Kind.KEY,
    20132: Kind.VOICE,
}
_LINE_MAX_BYTES = 20_000_000
_MARK_BYTES = 512
_VOICE_GROUPS = ("system_voice", "voice_cloning", "voice_generation")


class MinimaxTts:
    """Speaks through MiniMax.

    Args:
        settings: Address, model, voice, style, limits.
        key: MINIMAX_API_KEY.
    """

    def __init__(self, settings: "MinimaxTtsSettings", key: "SecretStr | None" = None) -> None:
        self._settings = settings
        self._base_url = settings.base_url.rstrip("/")
        self._key = key
        self._words = Words(NAME, "MINIMAX_API_KEY")
        self._http = SpeechHttp(Limits.of(NAME, settings), self._words)

    @property
    def info(self) -> EngineInfo:
        """Return what the configured model can do."""
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=PCM_HZ,
            encodings=("pcm_s16le", "mulaw"),
            languages=("ko", "en", "ja", "zh"),
            takes_reference=False,
            max_chars=9_999,
            price_per_1k_chars_usd=self._settings.price_per_1k_chars_usd,
            version=self._settings.model,
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the Korean voices of the system, and all of one's own.

        Raises:
            VoicebotError: The key is missing or wrong, or the provider cannot be reached.
        """
        found = self._voices("all")
        voices = {}
        for group in _VOICE_GROUPS:
            for entry in found.get(group) or ():
                voice_id = entry["voice_id"]
                if group != "system_voice" or voice_id.startswith("Korean"):
                    voices[voice_id] = VoiceInfo(voice_id, entry.get("voice_name") or voice_id, "ko")
        return list(voices.values())

    def health(self) -> Health:
        """Return whether the key is good."""

        def check() -> str:
            self._voices("voice_cloning")
            return self._settings.model

        return health_of(check)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request as it is made.

        Raises:
            InputError: There is no such style.
            ConfigError: The key is missing or wrong.
            NotFoundError: There is no such voice.
            EngineError: The provider failed or refused.
        """
        encoding, rate_hz = raw_format(request, PCM_HZ)
        group = self._settings.group_id
        url = f"{self._base_url}/v1/t2a_v2" + (f"?GroupId={quote(group, safe='')}" if group else "")
        voice = request.voice or self._settings.voice
        body = self._body(request, voice, encoding, rate_hz)
        with self._http.open(Call(url, json=body, headers=bearer(self._key, self._words), voice=voice)) as answer:
            for data in self._pieces(answer, voice):
                yield AudioChunk(data, encoding, rate_hz)

    def _body(self, request: SpeechRequest, voice: str, encoding: Encoding, rate_hz: int) -> dict[str, Any]:
        voice_setting: dict[str, Any] = {"voice_id": voice, "speed": min(max(request.speed, 0.5), 2.0)}
        if request.pitch:
            voice_setting["pitch"] = round(request.pitch)
        style = request.style or self._settings.style
        if style is not None and style not in STYLES:
            raise InputError(f"{NAME}: there is no style {style!r}", hint=f"the styles are: {', '.join(STYLES)}")
        if style and STYLES[style]:
            voice_setting["emotion"] = STYLES[style]
        return {
            "model": self._settings.model,
            "text": request.text,
            "stream": True,
            "stream_options": {"exclude_aggregated_audio": True},
            "language_boost": self._settings.language_boost,
            "voice_setting": voice_setting,
            "audio_setting": {
                "format": "pcmu_raw" if encoding == "mulaw" else "pcm",
                "sample_rate": rate_hz,
                "channel": 1,
            },
        }

    def _pieces(self, answer: Answer, voice: str) -> Iterator[bytes]:
        """Yield the audio of the events; raise what an event says is wrong."""
        start, heard_bytes, is_done = b"", 0, False
        for event in self._events(answer):
            self._check(event, answer, voice)
            data = event.get("data") or {}
            audio = self._decoded(data.get("audio") or "")
            is_done = data.get("status") == 2
            is_repeat = is_done and start and len(audio) >= heard_bytes and audio.startswith(start)
            if audio and not is_repeat:
                start = start or audio[:_MARK_BYTES]
                heard_bytes += len(audio)
                yield audio
        if not heard_bytes:
            raise self._words.no_audio()
        if not is_done:
            raise EngineError("the audio is cut off", engine=NAME, retryable=True, hint="try again")

    def _events(self, answer: Answer) -> Iterator[Mapping[str, Any]]:
        """Yield the events of a stream, or the one object of a reply that is no stream."""
        if answer.content_type == "application/json":
            yield self._object(answer.read(_LINE_MAX_BYTES))
            return
        if answer.content_type != "text/event-stream":
            raise self._words.not_audio(answer.content_type)
        rest = b""
        for data in answer:
            *lines, rest = (rest + data).split(b"\n") if b"\n" in data else [rest + data]
            if len(rest) > _LINE_MAX_BYTES:
                raise EngineError("an event has no end", engine=NAME, retryable=False)
            for line in lines:
                if line.startswith(b"data:") and line[5:].strip() != b"[DONE]":
                    yield self._object(line[5:])
        if rest.startswith(b"data:") and rest.rstrip().endswith(b"}"):
            yield self._object(rest[5:])

    def _object(self, text: bytes) -> Mapping[str, Any]:
        try:
            found = json.loads(text)
        except ValueError as exc:
            raise EngineError("an event is not JSON", engine=NAME, retryable=True, hint="try again") from exc
        if not isinstance(found, dict) or not ({"data", "base_resp"} & set(found)):
            raise self._words.not_audio("application/json")
        return found

    def _check(self, event: Mapping[str, Any], answer: Answer | None, voice: str | None = None) -> None:
        """Raise what `base_resp` says is wrong."""
        code = (event.get("base_resp") or {}).get("status_code", 0)
        if not code:
            return
        trace = str(event.get("trace_id") or (answer.headers.get("trace-id", "") if answer else ""))
        details = f"code {code}" + (f", trace {trace}" if trace.isalnum() and len(trace) <= 64 else "")
        after_s = retry_after_s(answer.headers) if answer else None
        raise self._words.told(_KINDS.get(code, Kind.REQUEST), details, after_s, voice)

    def _decoded(self, audio: str) -> bytes:
        try:
            return bytes.fromhex(audio)
        except ValueError as exc:
            raise EngineError("the audio is not hexadecimal", engine=NAME, retryable=False) from exc

    def _voices(self, kind: str) -> Any:
        call = Call(f"{self._base_url}/v1/get_voice", json={"voice_type": kind}, headers=bearer(self._key, self._words))
        found = self._http.json(call)
        self._check(found, None)
        return found
