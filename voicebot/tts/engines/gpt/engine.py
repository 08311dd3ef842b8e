"""GPT voice: a model of OpenAI's Realtime API that reads aloud, or any server with OpenAI's speech endpoint.

Only what is given is said. Whoever wants the text to go through a chat engine first does so before.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voicebot.tts.engines.gpt.names import KINDS, NAME, VOICES
from voicebot.tts.engines.gpt.speech import SpeechEndpoint
from voicebot.tts.http import SpeechHttp
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Words
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import GptTtsSettings

REALTIME_HZ = (24000, 8000)


class GptTts:
    """Speaks through OpenAI, or a server of that shape.

    Args:
        settings: Mode, address, models, voice, limits.
        key: OPENAI_API_KEY; a server of one's own may do without.
    """

    def __init__(self, settings: "GptTtsSettings", key: "SecretStr | None" = None) -> None:
        self._settings = settings
        self._key = key
        self._limits = Limits.of(NAME, settings)
        self._words = Words(NAME, "OPENAI_API_KEY", KINDS, f"{settings.mode}_model")
        self._endpoint = SpeechEndpoint(settings, key, SpeechHttp(self._limits, self._words), self._words)

    @property
    def info(self) -> EngineInfo:
        """Return what the configured mode can do; in mode realtime, audio comes a sentence at a time."""
        is_realtime = self._settings.mode == "realtime"
        model = self._settings.realtime_model if is_realtime else self._settings.speech_model
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=REALTIME_HZ if is_realtime else (self._settings.pcm_rate_hz,),
            encodings=("pcm_s16le", "mulaw") if is_realtime else ("pcm_s16le",),
            languages=("ko", "en", "ja", "zh"),
            takes_reference=False,
            max_chars=4096,
            price_per_1k_chars_usd=self._settings.price_per_1k_chars_usd,
            version=f"{self._settings.mode} {model}",
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the server's voices, or OpenAI's where the server does not say.

        Raises:
            VoicebotError: The key is missing or wrong, or the server cannot be reached.
        """
        found = self._endpoint.voices() if self._settings.mode == "speech" else []
        return found or [VoiceInfo(voice, voice.capitalize(), "ko") for voice in VOICES]

    def health(self) -> Health:
        """Return whether the key is good and the server has the model, as far as it says."""
        return health_of(self._checked_model)

    def _checked_model(self) -> str:
        if self._settings.mode == "speech":
            return self._endpoint.find_model(self._settings.speech_model)
        _reader()
        return self._endpoint.find_model(self._settings.realtime_model)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request.

        Raises:
            ConfigError: The key is missing or wrong, or the package websockets is not installed.
            NotFoundError: There is no such voice.
            EngineError: The server failed or refused, or a model said something else than the text.
        """
        if self._settings.mode == "speech":
            yield from self._endpoint.stream(request)
            return
        yield from _reader()(self._settings, self._key, self._limits, self._words).stream(request)


def _reader() -> Any:
    """Return the class that reads over a WebSocket.

    Raises:
        ConfigError: The package websockets is not installed.
    """
    from voicebot.tts.registry import load_object  # which imports no engine

    return load_object("voicebot.tts.engines.gpt.realtime:RealtimeReader", extra="gpt")
