"""POST /v1/audio/speech, of OpenAI or of any server of that shape.

Such servers differ: formats are asked for and the Content-Type of the reply is believed; `lang` and `instructions` go
along only when they are configured, because some servers refuse fields they do not know; models and voices may be
missing, which means nothing.

Source:
    openai 3.54.0 (resources/audio/speech.py); fastkokoro 0.7.0, speaches and supertonic 1.3.1 for what differs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voicebot.tts.engines.gpt.names import api_root, wants_key
from voicebot.tts.http import Call, SpeechHttp, bearer
from voicebot.tts.http_audio import audio_of
from voicebot.tts.http_problems import Kind, Words
from voicebot.tts.protocol import AudioChunk, SpeechRequest, VoiceInfo

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import GptTtsSettings

SPEEDS = (0.25, 4.0)


class SpeechEndpoint:
    """The speech endpoint of one server.

    Args:
        settings: Address, model, voice, format.
        key: The key, or none for a server that wants none.
        http: The connections.
        words: How problems are told.
    """

    def __init__(self, settings: "GptTtsSettings", key: "SecretStr | None", http: SpeechHttp, words: Words) -> None:
        self._settings = settings
        self._root = api_root(settings.base_url)
        self._key = key
        self._http = http
        self._words = words

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request as the server makes it."""
        voice = request.voice or self._settings.voice
        body: dict[str, Any] = {
            "model": self._settings.speech_model,
            "input": request.text,
            "voice": voice,
            "response_format": self._settings.response_format,
        }
        if request.speed != 1.0:
            body["speed"] = min(max(request.speed, SPEEDS[0]), SPEEDS[1])
        if self._settings.instructions:
            body["instructions"] = self._settings.instructions
        if self._settings.language:
            body["lang"] = self._settings.language
        call = Call(f"{self._root}/audio/speech", json=body, headers=self._headers(), voice=voice)
        with self._http.open(call) as answer:
            rate_hz = self._settings.pcm_rate_hz
            yield from audio_of(answer, self._words, "pcm_s16le", rate_hz, trusts_type=True)

    def voices(self) -> list[VoiceInfo]:
        """Return the voices that the server names; none when it names none."""
        return self._http.named_voices(self._call_for("/audio/voices"), "")

    def find_model(self, model: str) -> str:
        """Return what is known of a model.

        Raises:
            EngineError: The server lists its models, and not this one.
        """
        found = self._http.find(self._call_for("/models"))
        names = [one.get("id") for one in found.get("data", [])] if isinstance(found, dict) else []
        if names and model not in names:
            raise self._words.told(Kind.MODEL, model)
        return model if names else f"{model}; the server does not list its models"

    def _call_for(self, path: str) -> Call:
        return Call(f"{self._root}{path}", "GET", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return bearer(self._key, self._words) if self._key or wants_key(self._root) else {}
