import pytest
from pydantic import SecretStr

from tests.fakes.speech_servers.eleven import ElevenWire
from tests.fakes.speech_servers.server import KEY, Fault, Reply, SpeechServer
from voicebot.errors import ConfigError, EngineError, InputError, NotFoundError, VoicebotError
from voicebot.settings.tts import ElevenTtsSettings
from voicebot.tts.engines.eleven import STYLES, ElevenTts
from voicebot.tts.protocol import SpeechRequest

pytestmark = pytest.mark.contract

TEXT = "안녕하세요."


def eleven(url: str, **own: object) -> ElevenTts:
    return ElevenTts(ElevenTtsSettings(base_url=url, **own), SecretStr(KEY))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "language"),
    [("eleven_flash_v2_5", "ko"), ("eleven_multilingual_v2", None), ("eleven_v3", "ko"), ("eleven_flash_v2", None)],
)
def test_the_language_goes_to_models_that_take_it(model: str, language: str | None) -> None:
    with SpeechServer(ElevenWire()) as server:
        list(eleven(server.url, model=model).stream(SpeechRequest(TEXT)))
    assert server.seen[0].json().get("language_code") == language
    assert server.seen[0].json()["model_id"] == model


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_a_set_of_voice_settings(style: str) -> None:
    with SpeechServer(ElevenWire()) as server:
        list(eleven(server.url).stream(SpeechRequest(TEXT, style=style)))
    assert server.seen[0].json()["voice_settings"] == STYLES[style]
    assert all(0 <= STYLES[style][name] <= 1 for name in ("stability", "similarity_boost", "style"))


def test_an_unknown_style_is_refused_before_anything_is_sent() -> None:
    with SpeechServer(ElevenWire()) as server, pytest.raises(InputError, match="whining") as caught:
        list(eleven(server.url).stream(SpeechRequest(TEXT, style="whining")))
    assert server.seen == []
    assert "calm" in str(caught.value.hint)


@pytest.mark.parametrize(("speed", "sent"), [(1.0, None), (1.1, 1.1), (2.0, 1.2), (0.5, 0.7)])
def test_the_speed_becomes_the_nearest_that_there_is(speed: float, sent: float | None) -> None:
    with SpeechServer(ElevenWire()) as server:
        list(eleven(server.url).stream(SpeechRequest(TEXT, speed=speed)))
    assert server.seen[0].json().get("voice_settings", {}).get("speed") == sent


def test_a_voice_name_cannot_leave_its_place_in_the_address() -> None:
    with SpeechServer(ElevenWire()) as server:
        list(eleven(server.url).stream(SpeechRequest(TEXT, voice="a/../b?x=1")))
    assert server.seen[0].path == "/v1/text-to-speech/a%2F..%2Fb%3Fx%3D1/stream"


def test_voices_come_from_all_pages() -> None:
    with SpeechServer(ElevenWire()) as server:
        voices = eleven(server.url).voices()
    assert [(voice.id, voice.language, voice.gender) for voice in voices] == [("v1", "ko", "female"), ("v2", "", None)]


def test_health_misses_a_retired_model() -> None:
    with SpeechServer(ElevenWire()) as server:
        health = eleven(server.url, model="eleven_monolingual_v1").health()
    assert not health.ok
    assert "tts.eleven.model" in health.detail


@pytest.mark.parametrize(
    ("status", "detail", "kind", "is_retryable", "words"),
    [
        (401, {"status": "quota_exceeded", "message": "x"}, EngineError, False, "no credit"),
        (400, {"status": "voice_not_found", "message": "x"}, NotFoundError, False, "no voice"),
        (400, {"status": "max_character_limit_exceeded", "message": "x"}, EngineError, False, "too long"),
        (429, {"status": "too_many_concurrent_requests", "message": "x"}, EngineError, True, "at the same time"),
        (429, {"code": "concurrent_limit_exceeded", "type": "rate_limit_error"}, EngineError, True, "at the same time"),
        (429, {"status": "system_busy", "message": "x"}, EngineError, True, "overloaded"),
        (401, {"type": "authentication_error", "code": "invalid_api_key"}, ConfigError, False, "key"),
        (422, [{"loc": ["body", "text"], "type": "string_too_long", "msg": TEXT}], EngineError, False, "body.text"),
        (400, "plain words", EngineError, False, "refused"),
    ],
)
def test_each_shape_of_error_is_read(
    status: int, detail: object, kind: type[VoicebotError], is_retryable: bool, words: str
) -> None:
    fault = Fault("reply", reply=Reply.of({"detail": detail}, status))
    with SpeechServer(ElevenWire(), fault) as server, pytest.raises(kind, match=words) as caught:
        list(eleven(server.url).stream(SpeechRequest(TEXT)))
    assert getattr(caught.value, "retryable", False) is is_retryable
    assert TEXT not in str(caught.value)


def test_a_key_that_no_header_can_carry_is_told_without_showing_it() -> None:
    with SpeechServer(ElevenWire()) as server, pytest.raises(ConfigError) as caught:
        list(ElevenTts(ElevenTtsSettings(base_url=server.url), SecretStr("비밀\x00")).stream(SpeechRequest(TEXT)))
    assert "비밀" not in caught.value.message
