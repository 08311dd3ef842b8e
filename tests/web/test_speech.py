"""Text to audio over HTTP."""

import gzip
import io
import json
import wave
from urllib.parse import unquote

import httpx
import numpy as np
import pytest

from tests.fakes.chat_server import serving, spoken
from tests.web.conftest import Serve
from voicebot.audio.clip import Clip
from voicebot.audio.wav import read_audio, wav_bytes
from voicebot.tts.registry import ENGINES

pytestmark = pytest.mark.contract

HELLO = "안녕하세요, 차집사입니다."


def voice(seconds: float = 4.0, rate_hz: int = 16_000) -> bytes:
    """Return a recording with something in it."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return wav_bytes(Clip((8000 * np.sin(2 * np.pi * 180 * times)).astype(np.int16), rate_hz))


def test_a_text_becomes_a_whole_wav_file(serve: Serve, http: httpx.Client) -> None:
    response = http.post(serve() + "/api/v1/speech", json={"text": HELLO})
    assert response.headers["content-type"] == "audio/wav"
    assert response.headers["x-voicebot-engine"] == "local"
    with wave.open(io.BytesIO(response.content)) as file:
        assert file.getframerate() == 22050
        assert file.getnframes() > 22050


def test_a_stream_has_a_head_at_once_and_the_same_audio(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1/speech"
    whole = http.post(url, json={"text": HELLO}).content
    with http.stream("POST", url, json={"text": HELLO, "stream": True}) as response:
        pieces = list(response.iter_raw())
    streamed = b"".join(pieces)
    assert streamed[:4] == b"RIFF"
    assert streamed[4:8] == streamed[40:44] == b"\xff\xff\xff\xff"
    assert streamed[44:] == whole[44:]
    assert len(read_audio(streamed).samples) == len(read_audio(whole).samples)


def test_the_telephones_encoding_is_8_khz_mulaw(serve: Serve, http: httpx.Client) -> None:
    content = http.post(serve() + "/api/v1/speech", json={"text": HELLO, "encoding": "mulaw"}).content
    assert int.from_bytes(content[20:22], "little") == 7
    assert int.from_bytes(content[24:28], "little") == 8000


@pytest.mark.parametrize(
    ("order", "status", "kind"),
    [
        ({"text": ""}, 422, "InputError"),
        ({"text": "   "}, 422, "InputError"),
        ({"text": "!!"}, 422, "InputError"),
        ({"text": HELLO, "engine": "nobody"}, 422, "InputError"),
        ({"text": HELLO, "speed": 9}, 422, "InputError"),
        ({"text": HELLO, "voice": "../../etc/passwd"}, 404, "VoiceNotFoundError"),
        ({"text": HELLO, "reference": "../../etc/passwd"}, 404, "NotFoundError"),
        ({"text": HELLO, "engine": "eleven"}, 501, "ConfigError"),
    ],
)
def test_what_cannot_be_spoken_is_a_problem(
    serve: Serve, http: httpx.Client, order: dict[str, object], status: int, kind: str
) -> None:
    response = http.post(serve() + "/api/v1/speech", json=order)
    assert (response.status_code, response.json()["kind"]) == (status, kind), response.text


def test_a_provider_that_is_down_is_503_and_says_what_to_do(serve: Serve, http: httpx.Client) -> None:
    url = serve(tts__fish__base_url="http://127.0.0.1:9", tts__tries=1)
    problem = http.post(url + "/api/tts", data={"text": HELLO})
    assert problem.status_code == 503
    assert "check that the server runs" in problem.json()["hint"]


def test_gpt_answers_first_when_it_is_asked_to(serve: Serve, http: httpx.Client) -> None:
    with serving(spoken("네, ", "도와드릴게요.")) as gpt:
        url = serve(chat__gpt__base_url=gpt.url)
        response = http.post(url + "/api/v1/speech", json={"text": "안녕하세요", "answer_first": True})
    assert response.status_code == 200, response.text
    assert unquote(response.headers["x-voicebot-text"]) == "네, 도와드릴게요."
    assert response.content[:4] == b"RIFF"


def test_every_engine_is_listed_with_its_own_controls(serve: Serve, http: httpx.Client) -> None:
    engines = {engine["name"]: engine for engine in http.get(serve() + "/api/v1/engines").json()}
    assert list(engines) == list(ENGINES)
    assert engines["local"]["is_default"]
    assert engines["fish"]["takes_reference"]
    assert "professional" in engines["eleven"]["styles"]


def test_health_and_voices_of_an_engine(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1/engines"
    assert http.get(url + "/local/health").json()["ok"] is True
    assert http.get(url + "/eleven/health").json()["ok"] is False
    assert "ko" in [voice["id"] for voice in http.get(url + "/local/voices").json()]


def test_a_good_recording_is_kept_by_what_is_in_it(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1/references"
    first = http.post(url, files={"recording": ("../../me.wav", voice())})
    assert first.status_code == 201, first.text
    assert first.json()["duration_s"] == 4.0
    assert http.post(url, files={"recording": ("other.wav", voice())}).json()["id"] == first.json()["id"]


def lying_wav() -> bytes:
    """Return a second of audio whose head says four gigabytes."""
    data = bytearray(voice(1.0))
    data[4:8] = data[40:44] = b"\xf0\xff\xff\xff"
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"\0" * 100, "not a WAV file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "not an audio file"),
        (lying_wav(), "1.0 s long"),
        (voice(4.0, 8000), "too low a rate"),
        (voice(40.0), "40.0 s long"),
        (voice(600.0, 8000), "600 s long"),
    ],
)
def test_a_bad_recording_is_refused_with_the_reasons(serve: Serve, http: httpx.Client, data: bytes, why: str) -> None:
    response = http.post(serve() + "/api/v1/references", files={"recording": ("me.wav", data)})
    assert response.status_code == 422
    assert why in response.json()["detail"]


def test_a_compressed_body_is_not_unpacked(serve: Serve, http: httpx.Client) -> None:
    bomb = gzip.compress(b'{"text": "' + b"a" * 20_000_000 + b'"}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert http.post(serve() + "/api/v1/speech", content=bomb, headers=headers).status_code in (400, 422)


def test_the_forms_of_the_earlier_system_are_taken(serve: Serve, http: httpx.Client) -> None:
    url = serve()
    for path, fields in (
        ("/api/tts", {"text": HELLO, "temperature": "0.8"}),
        ("/api/tts-eleven", {"text": HELLO, "style": "professional", "voice_id": "v", "use_cache": "false"}),
        ("/api/tts-gpt-voice", {"text": HELLO}),
    ):
        response = http.post(url + path, files={name: (None, value) for name, value in fields.items()})
        assert response.status_code in (501, 503), response.text
        assert http.post(url + path).status_code == 422
    chat = http.post(url + "/api/chat-chajipsa", data={"message": "안녕하세요"}).json()
    assert chat["reply"] == chat["response"]
    assert chat["engine"] == "chajipsa"
    assert http.post(url + "/api/chat-gpt", data={"message": "안녕하세요"}).status_code == 501


def test_openapi_documents_every_status_with_examples(serve: Serve, http: httpx.Client) -> None:
    document = http.get(serve() + "/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    speech = document["paths"]["/api/v1/speech"]["post"]["responses"]
    assert {"200", "401", "422", "501", "502", "503"} <= set(speech)
    assert "audio/wav" in speech["200"]["content"]
    assert HELLO in json.dumps(document, ensure_ascii=False)
