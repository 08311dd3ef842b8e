"""Any engine of another voicebot, over its bridge API.

The address is NIPA_BASE, and NIPA_AUTH is the whole Authorization header. The engine is a field of the request, and
three of them have paths of their own::

    eleven         {base}/voice/eleven                       ELEVEN_BASE instead, where it is set
    eleven-brain   {base}/voice/brain/gpt-voice-eleven       ELEVEN_BRAIN_BASE: a chat engine answers, ElevenLabs speaks
    gpt            {base}/voice/brain/gpt-voice/start        GPT_VOICE_BASE
    any other      {base}/synthesize                         without a name the other voicebot chooses

The path of `gpt` has GPT answer a text unless the request says otherwise, which this engine does: it says texts word for
word. The reply is audio, or a job as `voicebot.tts.http_synthesize` reads it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from voicebot.errors import ConfigError
from voicebot.tts.http import Call, SpeechHttp, header_value
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Words
from voicebot.tts.http_synthesize import VOICE_CODES, SynthesizeServer
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from voicebot.settings.gateway import GatewaySettings
    from voicebot.settings.tts import GatewayTtsSettings

NAME = "gateway"
PATHS = {
    "eleven": "/voice/eleven",
    "eleven-brain": "/voice/brain/gpt-voice-eleven",
    "gpt": "/voice/brain/gpt-voice/start",
}
OTHER_PATH = "/synthesize"
OWN_HZ = 24000

_WORD_FOR_WORD = "none"


class GatewayTts:
    """Speaks through another voicebot.

    Args:
        settings: The engine behind it, its voice, limits.
        gateway: The address and the Authorization header.
    """

    def __init__(self, settings: "GatewayTtsSettings", gateway: "GatewaySettings") -> None:
        self._settings = settings
        self._gateway = gateway
        self._limits = Limits.of(NAME, settings)
        self._words = Words(NAME, "NIPA_AUTH", VOICE_CODES, "engine")
        self._http = SpeechHttp(self._limits, self._words)

    @property
    def _behind(self) -> str:
        """Return who speaks behind it, in words."""
        return self._settings.engine or "its own choice"

    @property
    def info(self) -> EngineInfo:
        """Return what is known of the engine behind; the replies say their own rates."""
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=(OWN_HZ, 8000, 16000, 22050, 44100),
            encodings=("pcm_s16le", "mulaw"),
            languages=("ko",),
            takes_reference=True,
            max_chars=2000,
            price_per_1k_chars_usd=self._settings.price_per_1k_chars_usd,
            version=f"{self._behind} {self._gateway.base_url or ''}".strip(),
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the voices of the engine behind; none when it does not list them.

        Raises:
            VoicebotError: The address or the key is missing, or the server cannot be reached.
        """
        engine = self._settings.engine
        path = f"/v1/audio/voices?engine={quote(engine)}" if engine else "/v1/audio/voices"
        return self._http.named_voices(self._get(path), "ko")

    def health(self) -> Health:
        """Return whether the other voicebot says that it is well."""

        def check() -> str:
            with self._http.open(self._get("/healthz")):
                return f"{self._behind} at {self._base_url()}"

        return health_of(check)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request.

        Raises:
            ConfigError: The address is missing, or the key is missing or wrong.
            NotFoundError: There is no such voice.
            EngineError: The other voicebot failed.
        """
        server = SynthesizeServer(self._http, self._limits, self._words, self._authorization())
        yield from server.speak(self._call(request), "pcm_s16le", request.sample_rate_hz or OWN_HZ)

    def _call(self, request: SpeechRequest) -> Call:
        voice = request.voice or self._settings.voice
        fields: dict[str, Any] = {
            "text": request.text,
            "engine": self._settings.engine,
            "voice": voice,
            "voice_id": voice,
            "style": request.style,
            "speed": request.speed,
            "temperature": request.temperature,
            "sample_rate_hz": request.sample_rate_hz,
            "encoding": request.encoding,
            "chat": _WORD_FOR_WORD if self._settings.engine == "gpt" else None,
        }
        known = {name: value for name, value in fields.items() if value is not None}
        if request.reference is None:
            return Call(self._speech_url(), json=known, voice=voice)
        files = {"ref_audio": ("reference.wav", request.reference, "audio/wav")}
        form = {name: str(value) for name, value in known.items()}
        return Call(self._speech_url(), data=form, files=files, voice=voice)

    def _speech_url(self) -> str:
        engine = self._settings.engine or ""
        own = {
            "eleven": self._gateway.eleven_url,
            "eleven-brain": self._gateway.eleven_brain_url,
            "gpt": self._gateway.gpt_voice_url,
        }.get(engine)
        return own or f"{self._base_url()}{PATHS.get(engine, OTHER_PATH)}"

    def _base_url(self) -> str:
        if not self._gateway.base_url:
            raise ConfigError(f"{NAME}: there is no address", hint="set NIPA_BASE to the address of the other voicebot")
        return self._gateway.base_url.rstrip("/")

    def _get(self, path: str) -> Call:
        authorization = self._authorization()
        headers = {"Authorization": authorization} if authorization else {}
        return Call(f"{self._base_url()}{path}", "GET", headers=headers)

    def _authorization(self) -> str:
        return header_value(self._gateway.auth, self._words) if self._gateway.auth else ""
