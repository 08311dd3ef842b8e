import pytest
from pydantic import SecretStr

from tests.fakes.speech_servers.openai import RealtimeServer, SpeechEndpointWire
from tests.fakes.speech_servers.server import KEY, Fault, Reply, SpeechServer, tone
from voicebot.audio.wav import wav_bytes
from voicebot.errors import ConfigError, EngineError, NotFoundError
from voicebot.settings.tts import GptTtsSettings
from voicebot.tts.engines.gpt.engine import GptTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.contract

TEXT = "오늘 두 시에 오세요. 기다리겠습니다."


def gpt(url: str, **own: object) -> GptTts:
    return GptTts(GptTtsSettings(base_url=url, **own), SecretStr(KEY))  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["", "/v1", "/v1/"])
def test_the_address_may_end_in_v1_or_not(ending: str) -> None:
    with SpeechServer(SpeechEndpointWire()) as server:
        list(gpt(server.url + ending, mode="speech").stream(SpeechRequest(TEXT)))
    assert server.seen[0].path == "/v1/audio/speech"


def test_fields_beyond_the_common_ones_go_along_only_when_set() -> None:
    with SpeechServer(SpeechEndpointWire()) as server:
        list(gpt(server.url, mode="speech").stream(SpeechRequest(TEXT)))
        with pytest.raises(EngineError, match=r"body\.lang: extra_forbidden"):
            list(gpt(server.url, mode="speech", language="ko", instructions="밝게").stream(SpeechRequest(TEXT)))
    plain, full = (seen.json() for seen in server.seen)
    assert plain == {"model": "gpt-4o-mini-tts", "input": TEXT, "voice": "marin", "response_format": "wav"}
    assert (full["lang"], full["instructions"]) == ("ko", "밝게")


def test_a_server_of_ones_own_needs_no_key() -> None:
    with SpeechServer(SpeechEndpointWire()) as server:
        list(GptTts(GptTtsSettings(base_url=server.url, mode="speech")).stream(SpeechRequest(TEXT)))
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize("mode", ["speech", "realtime"])
def test_openai_itself_wants_a_key(mode: str) -> None:
    with pytest.raises(ConfigError, match="no key") as caught:
        list(GptTts(GptTtsSettings(mode=mode)).stream(SpeechRequest(TEXT)))  # type: ignore[arg-type]
    assert "OPENAI_API_KEY" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("content_type", "data", "rate_hz"),
    [
        ("audio/pcm", tone(TEXT, 24000).to_bytes("pcm_s16le"), 24000),
        ("audio/pcm;rate=16000", tone(TEXT, 16000).to_bytes("pcm_s16le"), 16000),
        ("audio/x-wav", wav_bytes(tone(TEXT, 44100)), 44100),
        ("application/octet-stream", wav_bytes(tone(TEXT, 22050)), 22050),
        ("audio/basic", tone(TEXT, 8000).to_bytes("mulaw"), 8000),
    ],
)
def test_the_content_type_says_what_came(content_type: str, data: bytes, rate_hz: int) -> None:
    fault = Fault("reply", reply=Reply(200, content_type, (data[:100], data[100:])))
    with SpeechServer(SpeechEndpointWire(), fault) as server:
        clip = collect(gpt(server.url, mode="speech").stream(SpeechRequest(TEXT)))
    assert clip.sample_rate_hz == rate_hz
    assert clip.duration_s == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg"])
def test_a_server_that_sends_another_kind_of_file_is_understood(suffix: str, tmp_path: object) -> None:
    from pathlib import Path

    from voicebot.audio.wav import write_audio

    path = Path(str(tmp_path)) / f"a{suffix}"
    write_audio(path, tone(TEXT, 24000))
    kind = {".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg"}[suffix]
    fault = Fault("reply", reply=Reply(200, kind, (path.read_bytes(),)))
    with SpeechServer(SpeechEndpointWire(), fault) as server:
        clip = collect(gpt(server.url, mode="speech").stream(SpeechRequest(TEXT)))
    assert clip.duration_s == pytest.approx(0.3, abs=0.1)


def test_missing_lists_mean_nothing() -> None:
    with SpeechServer(SpeechEndpointWire(has_lists=False)) as server:
        engine = gpt(server.url, mode="speech")
        assert engine.health().ok
        assert "marin" in {voice.id for voice in engine.voices()}


def test_credit_that_is_used_up_is_not_tried_again() -> None:
    error = {"error": {"message": KEY, "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}}
    fault = Fault("reply", reply=Reply.of(error, 429, Retry_After="3"))
    with SpeechServer(SpeechEndpointWire(), fault) as server, pytest.raises(EngineError, match="no credit") as caught:
        list(gpt(server.url, mode="speech").stream(SpeechRequest(TEXT)))
    assert not caught.value.retryable
    assert caught.value.retry_after_s is None


def test_each_sentence_is_a_response_of_its_own_in_the_telephones_format() -> None:
    with RealtimeServer() as server:
        chunks = list(gpt(server.url, instructions="밝게").stream(SpeechRequest(TEXT, speed=3.0, encoding="mulaw")))
    assert {(chunk.encoding, chunk.sample_rate_hz) for chunk in chunks} == {("mulaw", 8000)}
    assert len(chunks) == 2
    (session,) = server.sessions
    assert session["type"] == "realtime"
    assert session["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.5}
    assert session["audio"]["input"]["turn_detection"] is None
    assert session["instructions"].endswith("밝게")
    assert server.paths == ["/v1/realtime?model=gpt-realtime-2.1-mini"]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert "openai-beta" not in server.headers[0]


def test_other_words_than_the_text_are_never_heard() -> None:
    heard = []
    with RealtimeServer(Fault("other words")) as server, pytest.raises(EngineError, match="something else") as caught:
        heard += list(gpt(server.url).stream(SpeechRequest(TEXT)))
    assert heard == []
    assert caught.value.retryable
    assert "도와" not in str(caught.value)


def test_a_failed_response_tells_its_code() -> None:
    with RealtimeServer(Fault("failed")) as server, pytest.raises(EngineError, match="insufficient_quota") as caught:
        list(gpt(server.url).stream(SpeechRequest(TEXT)))
    assert not caught.value.retryable


def test_a_refused_voice_is_not_found() -> None:
    with RealtimeServer() as server, pytest.raises(NotFoundError, match="nobody"):
        list(gpt(server.url, voice="nobody").stream(SpeechRequest(TEXT)))
