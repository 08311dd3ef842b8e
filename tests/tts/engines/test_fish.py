import pytest
from pydantic import SecretStr

from tests.fakes.speech_servers.fish import FishCloudWire, FishServerWire, body_of
from tests.fakes.speech_servers.server import KEY, SpeechServer
from tests.fakes.speech_servers.voicebot import SynthesizeWire, fields_of
from voicebot.errors import ConfigError
from voicebot.settings.tts import FishTtsSettings
from voicebot.tts.engines.fish import FishTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.contract

TEXT = "안녕하세요."
RECORDING = b"RIFF" + bytes(range(256)) * 2


def test_a_server_is_asked_for_streamed_wav_without_the_clouds_fields() -> None:
    with SpeechServer(FishServerWire()) as server:
        list(FishTts(FishTtsSettings(base_url=server.url, voice="mina", seed=7)).stream(SpeechRequest(TEXT)))
    (seen,) = server.seen
    assert body_of(seen) == {
        "text": TEXT, "chunk_length": 200, "reference_id": "mina", "format": "wav", "streaming": True, "seed": 7,
    }  # fmt: skip
    assert seen.headers["content-type"] == "application/json"
    assert "authorization" not in seen.headers


@pytest.mark.parametrize("wire", ["json", "msgpack"])
def test_a_recording_reaches_a_server_either_way(wire: str) -> None:
    with SpeechServer(FishServerWire()) as server:
        engine = FishTts(FishTtsSettings(base_url=server.url, wire=wire))  # type: ignore[arg-type]
        list(engine.stream(SpeechRequest(TEXT, reference=RECORDING, temperature=0.0)))
    (seen,) = server.seen
    assert seen.headers["content-type"] == f"application/{wire}"
    assert body_of(seen)["references"] == [{"audio": RECORDING, "text": ""}]
    assert body_of(seen)["temperature"] == 0.1


def test_the_cloud_gets_its_model_the_telephones_rate_and_recordings_in_msgpack() -> None:
    with SpeechServer(FishCloudWire()) as server:
        engine = FishTts(FishTtsSettings(mode="cloud", base_url=server.url, model="s2-pro"), SecretStr(f"{KEY}\n"))
        list(engine.stream(SpeechRequest(TEXT, sample_rate_hz=8000, speed=1.2)))
        list(engine.stream(SpeechRequest(TEXT, reference=RECORDING)))
    plain, recorded = server.seen
    assert plain.headers["model"] == "s2-pro"
    assert plain.headers["authorization"] == f"Bearer {KEY}"
    assert body_of(plain) == {
        "text": TEXT, "chunk_length": 200, "format": "pcm", "sample_rate": 8000, "latency": "balanced",
        "prosody": {"speed": 1.2},
    }  # fmt: skip
    assert recorded.headers["content-type"] == "application/msgpack"
    assert body_of(recorded)["references"] == [{"audio": RECORDING, "text": ""}]


def test_the_clouds_price_counts_three_bytes_a_syllable() -> None:
    engine = FishTts(FishTtsSettings(mode="cloud"))
    assert engine.info.price_per_1k_chars_usd == pytest.approx(0.045)
    assert FishTts(FishTtsSettings()).info.price_per_1k_chars_usd == 0.0


def test_the_cloud_wants_a_key() -> None:
    with pytest.raises(ConfigError, match="no key") as caught:
        list(FishTts(FishTtsSettings(mode="cloud")).stream(SpeechRequest(TEXT)))
    assert "FISH_API_KEY" in str(caught.value.hint)


def test_an_address_of_a_voicebot_speech_server_is_spoken_to_as_one() -> None:
    with SpeechServer(SynthesizeWire()) as server:
        engine = FishTts(FishTtsSettings(), None, f"{server.url}/synthesize")
        assert collect(engine.stream(SpeechRequest(TEXT, reference=RECORDING))).duration_s > 0.2
    (seen,) = server.seen
    assert fields_of(seen)["engine"] == "fish"
    assert fields_of(seen)["ref_audio"] == RECORDING
