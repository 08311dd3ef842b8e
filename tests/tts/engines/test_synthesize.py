"""OpenVoice and the gateway: what they send, and every form of reply that they take."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.fakes.speech_servers.server import KEY, TONE_S, Fault, Reply, SpeechServer
from tests.fakes.speech_servers.voicebot import SynthesizeWire, fields_of
from voicebot.errors import ConfigError, EngineError
from voicebot.settings.gateway import GatewaySettings
from voicebot.settings.tts import GatewayTtsSettings, OpenVoiceTtsSettings
from voicebot.tts.engines.gateway import GatewayTts
from voicebot.tts.engines.openvoice import OpenVoiceTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.contract

TEXT = "안녕하세요."
AUTH = f"Bearer {KEY}"
RECORDING = b"RIFF....WAVE\xff\x00"


@pytest.mark.parametrize("reply", ["stream", "job", "urls", "inline", "mulaw"])
def test_every_form_of_reply_is_heard_once_and_in_order(reply: str) -> None:
    with SpeechServer(SynthesizeWire(reply)) as server:
        clip = collect(OpenVoiceTts(OpenVoiceTtsSettings(), server.url).stream(SpeechRequest(TEXT)))
    assert clip.duration_s == pytest.approx(TONE_S, abs=0.001)


def test_openvoice_sends_its_own_speed_and_the_embedding() -> None:
    with SpeechServer(SynthesizeWire()) as server:
        engine = OpenVoiceTts(OpenVoiceTtsSettings(), f"{server.url}/synthesize", 1.5, Path("/models/mina.pth"))
        list(engine.stream(SpeechRequest(TEXT, speed=1.2)))
        list(engine.stream(SpeechRequest(TEXT, reference=RECORDING)))
    embedded, recorded = (fields_of(seen) for seen in server.seen)
    assert embedded == {"text": TEXT, "speed": 1.8, "speaker_embedding": "/models/mina.pth", "encoding": "pcm_s16le"}
    assert recorded == {"text": TEXT, "speed": "1.5", "encoding": "pcm_s16le", "ref_audio": RECORDING}


@pytest.mark.parametrize(
    ("engine", "path"),
    [
        ("fish", "/synthesize"),
        ("openvoice", "/synthesize"),
        ("eleven", "/voice/eleven"),
        ("eleven-brain", "/voice/brain/gpt-voice-eleven"),
        ("gpt", "/voice/brain/gpt-voice/start"),
    ],
)
def test_the_gateway_asks_at_the_engines_own_path(engine: str, path: str) -> None:
    with SpeechServer(SynthesizeWire(key=AUTH)) as server:
        gateway = GatewaySettings(base_url=f"{server.url}/", auth=SecretStr(AUTH))
        list(GatewayTts(GatewayTtsSettings(engine=engine), gateway).stream(SpeechRequest(TEXT, style="calm")))
    (seen,) = server.seen
    assert seen.path == path
    assert seen.headers["authorization"] == AUTH
    assert fields_of(seen)["engine"] == engine
    assert fields_of(seen)["style"] == "calm"


def test_an_address_of_an_engines_own_wins() -> None:
    with SpeechServer(SynthesizeWire()) as server:
        gateway = GatewaySettings(base_url="http://127.0.0.1:9", eleven_url=f"{server.url}/voice/eleven")
        list(GatewayTts(GatewayTtsSettings(engine="eleven"), gateway).stream(SpeechRequest(TEXT)))
    assert server.seen[0].path == "/voice/eleven"


def test_the_gateway_wants_an_address() -> None:
    engine = GatewayTts(GatewayTtsSettings(), GatewaySettings())
    with pytest.raises(ConfigError, match="no address") as caught:
        list(engine.stream(SpeechRequest(TEXT)))
    assert "NIPA_BASE" in str(caught.value.hint)
    assert not engine.health().ok


def test_the_key_goes_to_the_gateway_only() -> None:
    with SpeechServer(SynthesizeWire("urls")) as bucket:
        bucket.wire.speech(_seen(bucket), bucket.url)
        reply = Reply.of({"urls": [f"{bucket.url}/clips/0.wav"]})
        with SpeechServer(SynthesizeWire(), Fault("reply", reply=reply)) as server:
            gateway = GatewaySettings(base_url=server.url, auth=SecretStr(AUTH))
            list(GatewayTts(GatewayTtsSettings(), gateway).stream(SpeechRequest(TEXT)))
    assert server.seen[0].headers["authorization"] == AUTH
    assert [seen.headers.get("authorization") for seen in bucket.seen] == [None]


@pytest.mark.parametrize(
    "tree", [{"job_id": "j", "status": "failed"}, {"error": "no"}, {"urls": []}, {"url": "file:///x"}]
)
def test_a_job_without_audio_is_an_error(tree: object) -> None:
    with SpeechServer(SynthesizeWire(), Fault("reply", reply=Reply.of(tree))) as server, pytest.raises(EngineError):
        list(OpenVoiceTts(OpenVoiceTtsSettings(), server.url).stream(SpeechRequest(TEXT)))


def test_a_job_that_never_gets_ready_is_given_up_in_time() -> None:
    reply = Reply.of({"job_id": "j1", "done": False, "status_url": "/synthesize"})
    with SpeechServer(_Stuck(), Fault("reply", reply=reply)) as server:
        settings = OpenVoiceTtsSettings(first_byte_s=0.5, total_s=1.0)
        with pytest.raises(EngineError, match=r"no audio within 0\.5 s"):
            list(OpenVoiceTts(settings, server.url).stream(SpeechRequest(TEXT)))


class _Stuck(SynthesizeWire):
    def other(self, seen, url):  # type: ignore[no-untyped-def]
        return Reply.of({"job_id": "j1", "done": False, "status_url": "/synthesize"})


def _seen(server: SpeechServer):  # type: ignore[no-untyped-def]
    """Return a request that makes the bucket's clips."""
    from tests.fakes.speech_servers.server import Seen

    body = f'{{"text": "{TEXT}"}}'.encode()
    return Seen("POST", "/synthesize", {}, {"content-type": "application/json"}, body)
