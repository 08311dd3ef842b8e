"""The speech server satisfies voicebot's own engines that are servers' clients, over real sockets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.fakes.openvoice import checkpoints
from tests.tts.engines.cases import dead_url
from tests.web.conftest import Serve
from voicebot.audio.measure import active_ranges, rms_dbfs
from voicebot.errors import ConfigError, EngineError, NotFoundError
from voicebot.settings.gateway import GatewaySettings
from voicebot.settings.tts import GatewayTtsSettings, GptTtsSettings, OpenVoiceTtsSettings
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.registry import build_engine

pytestmark = pytest.mark.contract

TEXT = "안녕하세요. 차집사입니다. 무엇을 도와드릴까요?"
TOKEN = "a-long-random-word-for-tests"


def openvoice(url: str, **own: object) -> SpeechEngine:
    return build_engine("openvoice", OpenVoiceTtsSettings(**own), url=url, speed=1.5, target_embedding=None)  # type: ignore[arg-type]


def gateway(url: str, engine: str = "local", auth: str = f"Bearer {TOKEN}") -> SpeechEngine:
    settings = GatewaySettings(base_url=url, auth=SecretStr(auth))
    return build_engine("gateway", GatewayTtsSettings(engine=engine), gateway=settings)


def gpt(url: str, response_format: str = "wav") -> SpeechEngine:
    settings = GptTtsSettings(
        mode="speech", base_url=url, speech_model="local", voice="ko", response_format=response_format  # type: ignore[arg-type]
    )  # fmt: skip
    return build_engine("gpt", settings, key=None)


CLIENTS: dict[str, Callable[[str], SpeechEngine]] = {
    "openvoice": openvoice,
    "openvoice with the path": lambda url: openvoice(f"{url}/synthesize"),
    "gateway": gateway,
    "gpt, wav": gpt,
    "gpt, pcm": lambda url: gpt(url, "pcm"),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_an_engine_speaks_through_the_server(url: str, client: str) -> None:
    engine = CLIENTS[client](url)
    chunks = list(engine.stream(SpeechRequest(TEXT)))
    clip = collect(chunks)
    assert len(chunks) > 1
    assert 1.0 < clip.duration_s < 6.0
    assert rms_dbfs(clip) > -40
    assert len(active_ranges(clip)) >= 1
    assert engine.health().ok
    assert "ko" in {voice.id for voice in engine.voices()} or client.startswith("openvoice")


def test_the_speed_of_the_client_is_the_servers(url: str) -> None:
    engine = openvoice(url)
    slow, fast = (collect(engine.stream(SpeechRequest(TEXT, speed=speed))).duration_s for speed in (0.7, 1.4))
    assert slow > 1.5 * fast


def test_telephone_audio_comes_as_it_is_asked_for(url: str) -> None:
    chunks = list(openvoice(url).stream(SpeechRequest(TEXT, sample_rate_hz=8000, encoding="mulaw")))
    assert {(chunk.encoding, chunk.sample_rate_hz) for chunk in chunks} == {("mulaw", 8000)}


def test_what_goes_wrong_on_the_server_is_told_by_the_client(url: str) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        list(gpt(url).stream(SpeechRequest(TEXT, voice="nobody")))
    with pytest.raises(EngineError, match="HTTP 404"):
        list(gateway(url, engine="nothing").stream(SpeechRequest(TEXT)))
    with pytest.raises(EngineError, match="HTTP 501"):
        list(gateway(url, engine="openvoice").stream(SpeechRequest(TEXT)))


def test_a_provider_that_is_down_behind_the_server_may_be_asked_again(serve_speech: Serve) -> None:
    url = serve_speech(tts__fish__base_url=dead_url(), tts__tries=1)
    with pytest.raises(EngineError) as caught:
        list(gateway(url, engine="fish").stream(SpeechRequest(TEXT)))
    assert caught.value.retryable


def test_the_token_is_asked_for(serve_speech: Serve) -> None:
    url = serve_speech(web__token=TOKEN)
    assert collect(gateway(url).stream(SpeechRequest(TEXT))).duration_s > 1
    with pytest.raises(ConfigError, match="the key was refused"):
        list(gateway(url, auth="Bearer another-long-random-word").stream(SpeechRequest(TEXT)))


@pytest.mark.parametrize("by", ["the server's own target", "a voice", "a path", "a recording", "an embedding file"])
def test_openvoice_is_hosted(
    serve_speech: Serve, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, by: str
) -> None:
    folder = checkpoints(tmp_path_factory.getbasetemp())
    mina, jun = folder / "ses" / "mina.pth", folder / "ses" / "jun.pth"
    url = serve_speech(
        speech_server__checkpoints=str(folder), speech_server__voices=str(folder / "ses"),
        tts__openvoice_target_embedding=str(mina), speech_server__convert_s=120,
    )  # fmt: skip
    slow = OpenVoiceTtsSettings(first_byte_s=120, total_s=120)
    target = jun if by == "a path" else None
    engine = build_engine("openvoice", slow, url=url, speed=1.5, target_embedding=target)
    reference = {"an embedding file": jun.read_bytes(), "a recording": _recording(tmp_path)}.get(by)
    request = SpeechRequest("네, 맞습니다.", voice="jun" if by == "a voice" else None, reference=reference)
    clip = collect(engine.stream(request))
    assert clip.sample_rate_hz == 22050
    assert 0.3 < clip.duration_s < 3.0
    assert {voice.id for voice in engine.voices()} == {"mina", "jun"}
    assert engine.health().ok
    with pytest.raises(NotFoundError, match="nobody"):
        list(engine.stream(SpeechRequest("네.", voice="nobody")))


def _recording(folder: Path) -> bytes:
    from voicebot.audio.wav import wav_bytes
    from voicebot.settings.tts import LocalTtsSettings

    local = build_engine("local", LocalTtsSettings(words_per_minute=100))
    return wav_bytes(collect(local.stream(SpeechRequest(TEXT))))
