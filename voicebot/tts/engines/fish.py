"""Fish Speech: a server of one's own (tools/api_server.py of fish-speech), or the Fish Audio cloud.

A server is asked for WAV, the only kind that it streams and the only raw one that works; its headers carry no length.
It has no speed and no model: its checkpoint is the model. The cloud gives raw audio at the telephone's rate, takes its
model in a header, and recordings in msgpack only. Without a saved voice or a recording the voice differs from one
request to the next.

Source:
    github.com/fishaudio/fish-speech (tools/server, ServeTTSRequest), docs.fish.audio (openapi.json).
"""

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voicebot.errors import ConfigError
from voicebot.tts.http import Call, SpeechHttp, bearer
from voicebot.tts.http_audio import audio_of
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Words
from voicebot.tts.http_synthesize import SynthesizeServer
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import FishTtsSettings

NAME = "fish"
SERVER_URL = "http://127.0.0.1:8080"
CLOUD_URL = "https://api.fish.audio"
SERVER_HZ = 44100
CLOUD_HZ = (44100, 8000, 16000, 24000, 32000)
USD_PER_UTF8_BYTE = 15 / 1_000_000
HANGUL_UTF8_BYTES = 3
_PAGE_SIZE = 100
_MAX_PAGES = 20


class FishTts:
    """Speaks through Fish Speech or Fish Audio.

    Args:
        settings: Server or cloud, voice, sampling, limits.
        key: FISH_API_KEY; a server of one's own may do without.
        url: The server's address when the settings have none; one that ends in /synthesize is a voicebot speech
            server's, which has that contract instead.
    """

    def __init__(self, settings: "FishTtsSettings", key: "SecretStr | None" = None, url: str | None = None) -> None:
        self._settings = settings
        self._is_cloud = settings.mode == "cloud"
        default = CLOUD_URL if self._is_cloud else url or SERVER_URL
        self._base_url = (settings.base_url or default).rstrip("/")
        self._key = key
        self._limits = Limits.of(NAME, settings)
        self._words = Words(NAME, "FISH_API_KEY", voice_statuses=frozenset({404}))
        self._http = SpeechHttp(self._limits, self._words)

    @property
    def info(self) -> EngineInfo:
        """Return what Fish can do; its price is for Hangul, which counts three bytes a character."""
        usd = USD_PER_UTF8_BYTE * HANGUL_UTF8_BYTES * 1000 if self._is_cloud else 0.0
        own = self._settings.price_per_1k_chars_usd
        return EngineInfo(
            name=NAME,
            streaming=self._is_cloud or self._settings.streaming,
            sample_rates_hz=CLOUD_HZ if self._is_cloud else (SERVER_HZ,),
            encodings=("pcm_s16le",),
            languages=("ko", "en", "ja", "zh"),
            takes_reference=True,
            max_chars=5000,
            price_per_1k_chars_usd=usd if own is None else own,
            version=f"{self._settings.mode} {self._settings.model}" if self._is_cloud else f"server {self._base_url}",
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the voices saved on the server, or one's own and the Korean ones of the cloud's library.

        Raises:
            VoicebotError: The server cannot be reached, or refuses.
        """
        if self._is_cloud:
            return self._cloud_voices()
        headers = {**self._headers(), "Accept": "application/json"}
        found = self._http.json(Call(f"{self._base_url}/v1/references/list", "GET", headers=headers))
        return [VoiceInfo(name, name, "ko") for name in found.get("reference_ids", [])]

    def health(self) -> Health:
        """Return whether the server answers."""
        return health_of(self._checked_server)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request as the server makes it.

        Raises:
            ConfigError: The key is missing or wrong, or msgpack is not installed.
            NotFoundError: There is no such voice.
            EngineError: The server failed.
        """
        if self._base_url.endswith("/synthesize"):
            yield from self._synthesize(request)
            return
        rate_hz = request.sample_rate_hz if request.sample_rate_hz in CLOUD_HZ else CLOUD_HZ[0]
        with self._http.open(self._call(request, rate_hz)) as answer:
            streams = not self._is_cloud and self._settings.streaming
            yield from audio_of(answer, self._words, "pcm_s16le", rate_hz, ignores_sizes=streams)

    def _checked_server(self) -> str:
        if self._is_cloud:
            self._models(1, page_size=1, own=True)
        elif not self._base_url.endswith("/synthesize"):
            self._http.json(Call(f"{self._base_url}/v1/health", "GET", headers=self._headers()))
        return f"{self._settings.mode} at {self._base_url}"

    def _call(self, request: SpeechRequest, rate_hz: int) -> Call:
        body = self._body(request, rate_hz)
        headers = self._headers()
        if self._is_cloud:
            headers["model"] = self._settings.model
        url, voice = f"{self._base_url}/v1/tts", body.get("reference_id")
        if self._uses_msgpack(request):
            headers["Content-Type"] = "application/msgpack"
            return Call(url, content=_packed(body), headers=headers, voice=voice)
        for reference in body.get("references", ()):
            reference["audio"] = base64.b64encode(reference["audio"]).decode()
        return Call(url, json=body, headers=headers, voice=voice)

    def _uses_msgpack(self, request: SpeechRequest) -> bool:
        wire = self._settings.wire
        return wire == "msgpack" or (wire == "auto" and self._is_cloud and request.reference is not None)

    def _body(self, request: SpeechRequest, rate_hz: int) -> dict[str, Any]:
        settings = self._settings
        temperature = settings.temperature if request.temperature is None else min(max(request.temperature, 0.1), 1.0)
        body: dict[str, Any] = {
            "text": request.text,
            "chunk_length": settings.chunk_length,
            "reference_id": request.voice or settings.voice,
            "temperature": temperature,
            "top_p": settings.top_p,
            "repetition_penalty": settings.repetition_penalty,
        }
        if request.reference is not None:
            body["references"] = [{"audio": request.reference, "text": ""}]
        if self._is_cloud:
            body |= {"format": "pcm", "sample_rate": rate_hz, "latency": settings.latency}
            if request.speed != 1.0:
                body["prosody"] = {"speed": min(max(request.speed, 0.5), 2.0)}
        else:
            body |= {"format": "wav", "streaming": settings.streaming, "seed": settings.seed}
        return {name: value for name, value in body.items() if value is not None}

    def _synthesize(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Yield the audio from a voicebot speech server."""
        server = SynthesizeServer(self._http, self._limits, self._words, self._headers().get("Authorization", ""))
        fields = {"text": request.text, "engine": NAME, "speed": str(request.speed)}
        fields |= {"temperature": str(request.temperature)} if request.temperature is not None else {}
        voice = request.voice or self._settings.voice
        fields |= {"voice": voice} if voice else {}
        files = {"ref_audio": ("reference.wav", request.reference, "audio/wav")} if request.reference else None
        call = Call(self._base_url, json=None if files else fields, data=fields if files else None, files=files)
        yield from server.speak(call, "pcm_s16le", SERVER_HZ)

    def _headers(self) -> dict[str, str]:
        return bearer(self._key, self._words) if self._key or self._is_cloud else {}

    def _cloud_voices(self) -> list[VoiceInfo]:
        voices: dict[str, VoiceInfo] = {}
        for own in (True, False):
            for page in range(1, _MAX_PAGES + 1 if own else 2):
                items = self._models(page, _PAGE_SIZE, own=own).get("items", [])
                voices |= {
                    item["_id"]: VoiceInfo(item["_id"], item.get("title", ""), (item.get("languages") or ["ko"])[0])
                    for item in items
                    if item["_id"] not in voices
                }
                if len(items) < _PAGE_SIZE:
                    break
        return list(voices.values())

    def _models(self, page: int, page_size: int, *, own: bool) -> Any:
        which = "self=true" if own else "language=ko"
        url = f"{self._base_url}/model?page_number={page}&page_size={page_size}&{which}"
        return self._http.json(Call(url, "GET", headers=self._headers()))


def _packed(body: dict[str, Any]) -> bytes:
    try:
        import msgpack  # for recordings to the cloud only
    except ModuleNotFoundError as exc:
        raise ConfigError(
            f"{NAME}: a recording goes to the cloud as msgpack", hint="pip install 'voicebot[fish]'"
        ) from exc
    return bytes(msgpack.packb(body))
