"""OpenVoice, hosted by a voicebot speech server: POST /synthesize, answered with audio or with a job.

The request is JSON, or a form where a recording goes along::

    text, speed, voice, speaker_embedding (a .pth on the server), temperature, sample_rate_hz, encoding, ref_audio (file)
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from voicebot.tts.http import Call, SpeechHttp
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Words
from voicebot.tts.http_synthesize import VOICE_CODES, SynthesizeServer
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from voicebot.settings.tts import OpenVoiceTtsSettings

NAME = "openvoice"
SERVER_URL = "http://127.0.0.1:8000"
CONVERTER_HZ = 22050
PATH = "/synthesize"


class OpenVoiceTts:
    """Speaks through a voicebot speech server.

    Args:
        settings: Voice and limits.
        url: The server's address, with or without /synthesize.
        speed: The factor on every request's speed.
        target_embedding: The voice to imitate: an embedding file where the server can read it.
    """

    def __init__(
        self,
        settings: "OpenVoiceTtsSettings",
        url: str | None = None,
        speed: float = 1.0,
        target_embedding: Path | None = None,
    ) -> None:
        self._settings = settings
        root = (url or SERVER_URL).rstrip("/")
        self._url = root if root.endswith(PATH) else f"{root}{PATH}"
        self._speed = speed
        self._target_embedding = target_embedding
        self._limits = Limits.of(NAME, settings)
        self._words = Words(NAME, kinds=VOICE_CODES)
        self._http = SpeechHttp(self._limits, self._words)

    @property
    def info(self) -> EngineInfo:
        """Return what OpenVoice can do; the server's replies say their own rates."""
        own = self._settings.price_per_1k_chars_usd
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=(CONVERTER_HZ, 8000),
            encodings=("pcm_s16le", "mulaw"),
            languages=("ko",),
            takes_reference=True,
            max_chars=2000,
            price_per_1k_chars_usd=0.0 if own is None else own,
            version=f"{self._url} x{self._speed:g} {self._target_embedding or ''}".strip(),
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the server's voices; none when it does not list them.

        Raises:
            VoicebotError: The server cannot be reached.
        """
        return self._http.named_voices(Call(urljoin(self._url, "v1/audio/voices"), "GET"), "ko")

    def health(self) -> Health:
        """Return whether the server says that it is well."""

        def check() -> str:
            with self._http.open(Call(urljoin(self._url, "healthz"), "GET")):
                return self._url

        return health_of(check)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request, the clips of a job in order.

        Raises:
            NotFoundError: There is no such voice.
            EngineError: The server failed.
        """
        server = SynthesizeServer(self._http, self._limits, self._words)
        yield from server.speak(self._call(request), "pcm_s16le", CONVERTER_HZ)

    def _call(self, request: SpeechRequest) -> Call:
        voice = request.voice or self._settings.voice
        embedding = self._target_embedding
        fields: dict[str, Any] = {
            "text": request.text,
            "speed": round(self._speed * request.speed, 3),
            "voice": voice,
            "speaker_embedding": str(embedding) if embedding and request.reference is None else None,
            "temperature": request.temperature,
            "sample_rate_hz": request.sample_rate_hz,
            "encoding": request.encoding,
        }
        known = {name: value for name, value in fields.items() if value is not None}
        if request.reference is None:
            return Call(self._url, json=known, voice=voice)
        files = {"ref_audio": ("reference.wav", request.reference, "audio/wav")}
        return Call(self._url, data={name: str(value) for name, value in known.items()}, files=files, voice=voice)
