"""OpenAI's own Python client, unchanged, against the speech server."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.web.conftest import Serve
from voicebot.audio.clip import Clip
from voicebot.audio.measure import rms_dbfs
from voicebot.audio.wav import read_audio

pytestmark = pytest.mark.contract

TEXT = "안녕하세요, 차집사입니다."


@pytest.fixture
def client(url: str) -> object:
    openai = pytest.importorskip("openai", reason="the package openai is not installed; pip install 'voicebot[dev]'")
    with openai.OpenAI(base_url=f"{url}/v1", api_key="unused-key-of-this-test", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav", "opus"])
@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts", "local"])
def test_files_hold_speech(client, tmp_path: Path, model: str, kind: str) -> None:  # type: ignore[no-untyped-def]
    reply = client.audio.speech.create(model=model, voice="alloy", input=TEXT, response_format=kind)
    reply.write_to_file(tmp_path / "speech")
    clip = read_audio(tmp_path / "speech")
    assert 0.8 < clip.duration_s < 4.0
    assert rms_dbfs(clip) > -40


def test_the_default_format_is_mp3(client) -> None:  # type: ignore[no-untyped-def]
    reply = client.audio.speech.create(model="tts-1", voice="nova", input=TEXT)
    assert reply.response.headers["content-type"] == "audio/mpeg"
    assert read_audio(reply.content).sample_rate_hz == 24000


def test_pcm_is_streamed_at_24_khz(client) -> None:  # type: ignore[no-untyped-def]
    create = client.audio.speech.with_streaming_response.create
    with create(model="tts-1", voice="nova", input=TEXT, response_format="pcm") as reply:
        assert reply.headers["x-sample-rate"] == "24000"
        data = b"".join(reply.iter_bytes(1000))
    clip = Clip.from_bytes(data, "pcm_s16le", 24000)
    assert 0.8 < clip.duration_s < 4.0
    spectrum = np.abs(np.fft.rfft(clip.samples))
    assert np.argmax(spectrum) * 24000 / len(clip.samples) < 1500


def test_speed_is_taken(client) -> None:  # type: ignore[no-untyped-def]
    def duration_s(speed: float) -> float:
        made = client.audio.speech.create(model="local", voice="ko", input=TEXT, response_format="wav", speed=speed)
        return read_audio(made.content).duration_s

    assert duration_s(0.7) > 1.5 * duration_s(1.4)


def test_events_carry_the_audio(client) -> None:  # type: ignore[no-untyped-def]
    create = client.audio.speech.with_streaming_response.create
    with create(model="gpt-4o-mini-tts", voice="nova", input=TEXT, response_format="wav", stream_format="sse") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in reply.iter_lines() if line.startswith("data: ")]
    assert [event["type"] for event in events][-1] == "speech.audio.done"
    audio = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert read_audio(io.BytesIO(audio).getvalue()).duration_s > 0.8


def test_models_are_the_engines(client) -> None:  # type: ignore[no-untyped-def]
    names = {model.id for model in client.models.list()}
    assert {"local", "openvoice", "eleven"} <= names
    assert client.models.retrieve("local").id == "local"


def test_errors_are_those_of_the_client(client) -> None:  # type: ignore[no-untyped-def]
    import openai

    create: Callable[..., object] = client.audio.speech.create
    with pytest.raises(openai.NotFoundError) as caught:
        create(model="nothing", voice="alloy", input=TEXT)
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")
    with pytest.raises(openai.BadRequestError) as caught_voice:
        create(model="local", voice="nobody", input=TEXT)
    assert caught_voice.value.code == "voice_not_found"
    for wrong in ({"input": ""}, {"input": " "}, {"response_format": "aac"}, {"speed": 9.0}):
        with pytest.raises(openai.BadRequestError):
            create(**{"model": "local", "voice": "alloy", "input": TEXT, **wrong})


def test_the_token_is_the_key(serve_speech: Serve) -> None:
    openai = pytest.importorskip("openai")
    token = "a-long-random-word-for-tests"
    url = serve_speech(web__token=token)
    with openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0) as right:
        assert right.audio.speech.create(model="tts-1", voice="alloy", input=TEXT).content
    with openai.OpenAI(base_url=f"{url}/v1", api_key="x" * 24, max_retries=0) as wrong:  # noqa: SIM117
        with pytest.raises(openai.AuthenticationError):
            wrong.models.list()


def test_voices_are_listed(http: httpx.Client, url: str) -> None:
    voices = http.get(f"{url}/v1/audio/voices").json()["voices"]
    assert "ko" in {voice["id"] for voice in voices}
    assert http.get(f"{url}/v1/audio/voices?engine=local").json()["voices"] == voices
    assert http.get(f"{url}/v1/audio/voices?engine=nothing").status_code == 404
