import io

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from voicebot.errors import ConfigError, EngineError, InputError, NotFoundError, VoicebotError
from voicebot.settings.tts import PollyTtsSettings
from voicebot.tts.engines.polly import PollyTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.contract

TEXT = "안녕하세요."


@pytest.fixture
def stub():  # type: ignore[no-untyped-def]
    client = boto3.client("polly", region_name="ap-northeast-2")
    with Stubber(client) as stubber:
        yield stubber
    client.close()


def polly(stub: Stubber, **own: object) -> PollyTts:
    return PollyTts(PollyTtsSettings(**own), "ap-northeast-2", stub.client)  # type: ignore[arg-type]


def expected(**own: str) -> dict[str, str]:
    return {
        "Text": TEXT, "TextType": "text", "VoiceId": "Seoyeon", "Engine": "neural", "LanguageCode": "ko-KR",
        "OutputFormat": "mulaw", "SampleRate": "8000", **own,
    }  # fmt: skip


def reply(data: bytes, content_type: str = "audio/mulaw") -> dict[str, object]:
    body = StreamingBody(io.BytesIO(data), len(data))
    return {"AudioStream": body, "ContentType": content_type, "RequestCharacters": 5}


def test_the_telephones_format_is_asked_for(stub: Stubber) -> None:
    stub.add_response("synthesize_speech", reply(b"\xff" * 800), expected())
    clip = collect(polly(stub).stream(SpeechRequest(TEXT, sample_rate_hz=8000, encoding="mulaw")))
    assert (clip.duration_s, clip.sample_rate_hz) == (0.1, 8000)
    stub.assert_no_pending_responses()


def test_another_speed_is_said_in_escaped_ssml(stub: Stubber) -> None:
    ssml = '<speak><prosody rate="150%">A &amp; &lt;B&gt;</prosody></speak>'
    asked = expected(Text=ssml, TextType="ssml", OutputFormat="pcm", SampleRate="16000")
    stub.add_response("synthesize_speech", reply(b"\0\0" * 800, "audio/pcm"), asked)
    assert collect(polly(stub).stream(SpeechRequest("A & <B>", speed=1.5))).sample_rate_hz == 16000


def test_a_text_beyond_the_limit_is_refused_before_anything_is_sent(stub: Stubber) -> None:
    with pytest.raises(InputError, match="3,000"):
        list(polly(stub).stream(SpeechRequest("가" * 3001)))


@pytest.mark.parametrize(
    ("code", "status", "kind", "is_retryable"),
    [
        ("TextLengthExceededException", 400, EngineError, False),
        ("EngineNotSupportedException", 400, EngineError, False),
        ("LanguageNotSupportedException", 400, EngineError, False),
        ("InvalidSampleRateException", 400, EngineError, False),
        ("InvalidSsmlException", 400, EngineError, False),
        ("LexiconNotFoundException", 404, EngineError, False),
        ("ServiceFailureException", 500, EngineError, True),
        ("ThrottlingException", 400, EngineError, True),
        ("RequestLimitExceeded", 503, EngineError, True),
        ("UnrecognizedClientException", 403, ConfigError, False),
        ("ExpiredTokenException", 403, ConfigError, False),
        ("AccessDeniedException", 403, EngineError, False),
    ],
)
def test_each_exception_has_its_error(
    stub: Stubber, code: str, status: int, kind: type[VoicebotError], is_retryable: bool
) -> None:
    stub.add_client_error("synthesize_speech", code, f"about {TEXT}", status)
    with pytest.raises(kind, match=code) as caught:
        list(polly(stub).stream(SpeechRequest(TEXT)))
    assert getattr(caught.value, "retryable", False) is is_retryable
    assert TEXT not in caught.value.message


def test_a_voice_that_does_not_exist_is_not_found(stub: Stubber) -> None:
    message = "1 validation error detected: Value 'nobody' at 'voiceId' failed to satisfy constraint"
    stub.add_client_error("synthesize_speech", "ValidationException", message, 400)
    with pytest.raises(NotFoundError, match="nobody"):
        list(polly(stub).stream(SpeechRequest(TEXT, voice="nobody")))


def test_voices_are_asked_for_once_and_the_engine_with_them(stub: Stubber) -> None:
    voice = {"Id": "Seoyeon", "Name": "Seoyeon", "Gender": "Female", "LanguageCode": "ko-KR"}
    stub.add_response("describe_voices", {"Voices": [voice]}, {"LanguageCode": "ko-KR", "Engine": "neural"})
    engine = polly(stub)
    assert [(voice.id, voice.gender) for voice in engine.voices()] == [("Seoyeon", "female")]
    assert engine.health().ok


def test_missing_credentials_are_a_matter_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ConfigError, match="no key") as caught:
        list(PollyTts(PollyTtsSettings(), "ap-northeast-2").stream(SpeechRequest(TEXT)))
    assert "AWS_ACCESS_KEY_ID" in str(caught.value.hint)
