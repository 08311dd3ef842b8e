import pytest
from pydantic import SecretStr

from tests.fakes.speech_servers.minimax import MinimaxWire
from tests.fakes.speech_servers.server import KEY, TONE_S, Fault, Reply, SpeechServer
from voicebot.errors import ConfigError, EngineError, NotFoundError, VoicebotError
from voicebot.settings.tts import MinimaxTtsSettings
from voicebot.tts.engines.minimax import MinimaxTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.contract

TEXT = "안녕하세요."


def minimax(url: str, **own: object) -> MinimaxTts:
    return MinimaxTts(MinimaxTtsSettings(base_url=url, **own), SecretStr(KEY))  # type: ignore[arg-type]


def test_the_request_is_the_documented_one() -> None:
    with SpeechServer(MinimaxWire()) as server:
        request = SpeechRequest(TEXT, style="excited", speed=3.0, pitch=2.4, sample_rate_hz=8000, encoding="mulaw")
        list(minimax(server.url).stream(request))
    (seen,) = server.seen
    assert seen.query == {}
    assert seen.json() == {
        "model": "speech-2.8-turbo",
        "text": TEXT,
        "stream": True,
        "stream_options": {"exclude_aggregated_audio": True},
        "language_boost": "Korean",
        "voice_setting": {"voice_id": "Korean_SweetGirl", "speed": 2.0, "pitch": 2, "emotion": "happy"},
        "audio_setting": {"format": "pcmu_raw", "sample_rate": 8000, "channel": 1},
    }


def test_the_group_is_named_when_it_is_set() -> None:
    with SpeechServer(MinimaxWire()) as server:
        list(minimax(server.url, group_id="g 1").stream(SpeechRequest(TEXT)))
    assert server.seen[0].query == {"GroupId": ["g 1"]}


def test_audio_that_the_last_event_repeats_is_heard_once() -> None:
    with SpeechServer(MinimaxWire(repeats=True)) as server:
        assert collect(minimax(server.url).stream(SpeechRequest(TEXT))).duration_s == pytest.approx(TONE_S)


def test_voices_are_korean_or_ones_own() -> None:
    with SpeechServer(MinimaxWire()) as server:
        assert [voice.id for voice in minimax(server.url).voices()] == ["Korean_SweetGirl", "mine-1"]


@pytest.mark.parametrize(
    ("code", "kind", "is_retryable"),
    [
        (1000, EngineError, True), (1001, EngineError, True), (1002, EngineError, True), (1004, ConfigError, False),
        (1008, EngineError, False), (1024, EngineError, True), (1026, EngineError, False), (1027, EngineError, False),
        (1033, EngineError, True), (1039, EngineError, True), (1041, EngineError, True), (1042, EngineError, False),
        (2013, EngineError, False), (2049, ConfigError, False), (20132, NotFoundError, False),
        (4711, EngineError, False),
    ],
)  # fmt: skip
def test_each_code_in_a_reply_with_status_200_is_an_error(
    code: int, kind: type[VoicebotError], is_retryable: bool
) -> None:
    fault = Fault("reply", reply=MinimaxWire().refusal(code))
    with SpeechServer(MinimaxWire(), fault) as server, pytest.raises(kind, match=f"code {code}") as caught:
        list(minimax(server.url).stream(SpeechRequest(TEXT)))
    assert getattr(caught.value, "retryable", False) is is_retryable
    assert "trace 0123abcd" in caught.value.message


def test_an_error_among_the_events_ends_the_audio() -> None:
    events = (b'data: {"data":{"audio":"0000","status":1},"base_resp":{"status_code":0}}\n\n',
              b'data: {"data":null,"base_resp":{"status_code":1002,"status_msg":"limit"}}\n\n')  # fmt: skip
    fault = Fault("reply", reply=Reply(200, "text/event-stream", events))
    with SpeechServer(MinimaxWire(), fault) as server:
        stream = minimax(server.url).stream(SpeechRequest(TEXT))
        assert next(stream).data == b"\0\0"
        with pytest.raises(EngineError, match="too many"):
            next(stream)
