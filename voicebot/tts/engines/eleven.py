"""ElevenLabs over its HTTP stream, in the telephone's own format where that is wanted.

Speeds outside 0.7 to 1.2 become the nearest of these.

Source:
    elevenlabs 2.78.0 (text_to_speech/raw_client.py, voices); elevenlabs.io/docs, models and errors.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from voicebot.errors import InputError
from voicebot.tts.http import Call, SpeechHttp, header_value
from voicebot.tts.http_audio import audio_of
from voicebot.tts.http_formats import raw_format
from voicebot.tts.http_limits import Limits
from voicebot.tts.http_problems import Kind, Words
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import ElevenTtsSettings

NAME = "eleven"

PCM_HZ = (24000, 8000, 16000, 22050, 32000, 48000)
SPEEDS = (0.7, 1.2)

STYLES: Mapping[str, Mapping[str, float]] = {
    "professional": {"stability": 0.7, "similarity_boost": 0.8, "style": 0.0, "speed": 1.0},
    "casual": {"stability": 0.45, "similarity_boost": 0.75, "style": 0.25, "speed": 1.0},
    "excited": {"stability": 0.3, "similarity_boost": 0.75, "style": 0.6, "speed": 1.05},
    "calm": {"stability": 0.85, "similarity_boost": 0.8, "style": 0.0, "speed": 0.92},
}
"""Voice settings of each manner of speaking; the more stable, the flatter, and a style above 0 comes later."""

_TAKES_LANGUAGE = ("eleven_flash_v2_5", "eleven_turbo_v2_5", "eleven_v3", "eleven_v4")
_MAX_CHARS = {"eleven_flash_v2_5": 40_000, "eleven_turbo_v2_5": 40_000, "eleven_multilingual_v2": 10_000}
_MAX_CHARS_OTHERS = 5000

_KINDS: Mapping[str, Kind] = {
    "invalid_api_key": Kind.KEY,
    "needs_authorization": Kind.KEY,
    "missing_permissions": Kind.FORBIDDEN,
    "detected_unusual_activity": Kind.FORBIDDEN,
    "quota_exceeded": Kind.QUOTA,
    "payment_required": Kind.QUOTA,
    "voice_not_found": Kind.VOICE,
    "voice_does_not_exist": Kind.VOICE,
    "model_not_found": Kind.MODEL,
    "model_can_not_do_text_to_speech": Kind.MODEL,
    "max_character_limit_exceeded": Kind.TOO_LONG,
    "text_too_long": Kind.TOO_LONG,
    "rate_limit_exceeded": Kind.RATE,
    "concurrent_limit_exceeded": Kind.CONCURRENCY,
    "too_many_concurrent_requests": Kind.CONCURRENCY,
    "system_busy": Kind.BUSY,
}
_PAGE_SIZE = 100
_MAX_PAGES = 50


class ElevenTts:
    """Speaks through ElevenLabs.

    Args:
        settings: Address, model, voice, style, limits.
        key: ELEVENLABS_API_KEY.
    """

    def __init__(self, settings: "ElevenTtsSettings", key: "SecretStr | None" = None) -> None:
        self._settings = settings
        self._base_url = settings.base_url.rstrip("/")
        self._key = key
        self._words = Words(NAME, "ELEVENLABS_API_KEY", _KINDS)
        self._http = SpeechHttp(Limits.of(NAME, settings), self._words)

    @property
    def info(self) -> EngineInfo:
        """Return what the configured model can do."""
        model = self._settings.model
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=PCM_HZ,
            encodings=("pcm_s16le", "mulaw"),
            languages=("ko", "en", "ja", "zh"),
            takes_reference=False,
            max_chars=_MAX_CHARS.get(model, _MAX_CHARS_OTHERS),
            price_per_1k_chars_usd=self._settings.price_per_1k_chars_usd,
            version=model,
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the voices of the account, all pages of them.

        Raises:
            VoicebotError: The key is missing or wrong, or the provider cannot be reached.
        """
        voices: list[VoiceInfo] = []
        token = ""
        for _ in range(_MAX_PAGES):
            after = f"&next_page_token={quote(token, safe='')}" if token else ""
            page = self._get(f"/v2/voices?page_size={_PAGE_SIZE}{after}")
            voices += [_voice(entry) for entry in page.get("voices", [])]
            token = page.get("next_page_token") or ""
            if not page.get("has_more") or not token:
                break
        return voices

    def health(self) -> Health:
        """Return whether the key is good and the provider still has the model."""
        return health_of(self._checked_model)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request as it is made.

        Raises:
            InputError: There is no such style.
            ConfigError: The key is missing or wrong.
            NotFoundError: There is no such voice.
            EngineError: The provider failed or refused.
        """
        encoding, rate_hz = raw_format(request, PCM_HZ)
        name = f"ulaw_{rate_hz}" if encoding == "mulaw" else f"pcm_{rate_hz}"
        voice = request.voice or self._settings.voice
        url = f"{self._base_url}/v1/text-to-speech/{quote(voice, safe='')}/stream?output_format={name}"
        with self._http.open(Call(url, json=self._body(request), headers=self._headers(), voice=voice)) as answer:
            yield from audio_of(answer, self._words, encoding, rate_hz)

    def _checked_model(self) -> str:
        models = {entry.get("model_id"): entry for entry in self._get("/v1/models")}
        if not models.get(self._settings.model, {}).get("can_do_text_to_speech"):
            raise self._words.told(Kind.MODEL, self._settings.model)
        return self._settings.model

    def _body(self, request: SpeechRequest) -> dict[str, Any]:
        model, language = self._settings.model, self._settings.language
        body: dict[str, Any] = {"text": request.text, "model_id": model}
        if language and model.startswith(_TAKES_LANGUAGE):
            body["language_code"] = language
        if settings := self._voice_settings(request):
            body["voice_settings"] = settings
        return body

    def _voice_settings(self, request: SpeechRequest) -> dict[str, float]:
        """Return what differs from the voice's own settings."""
        style = request.style or self._settings.style
        if style is not None and style not in STYLES:
            raise InputError(f"{NAME}: there is no style {style!r}", hint=f"the styles are: {', '.join(STYLES)}")
        settings = dict(STYLES[style]) if style else {}
        if request.speed != 1.0:
            settings["speed"] = round(min(max(settings.get("speed", 1.0) * request.speed, SPEEDS[0]), SPEEDS[1]), 3)
        return settings

    def _get(self, path: str) -> Any:
        found = self._http.json(Call(f"{self._base_url}{path}", "GET", headers=self._headers()))
        if not isinstance(found, dict | list):
            raise self._words.other_server("the reply has another form than expected")
        return found

    def _headers(self) -> dict[str, str]:
        return {"xi-api-key": header_value(self._key, self._words)}


def _voice(entry: Mapping[str, Any]) -> VoiceInfo:
    labels = entry.get("labels") or {}
    verified = {one.get("language") for one in entry.get("verified_languages") or ()}
    language = "ko" if "ko" in verified else labels.get("language") or ""
    return VoiceInfo(entry["voice_id"], entry.get("name") or entry["voice_id"], language, labels.get("gender"))
