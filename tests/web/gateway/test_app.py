"""The bridge over real sockets: who may do what, how often, and what comes of it."""

import io
import re
from pathlib import Path

import httpx
import pytest

from tests.fakes.chat_server import head, serving, spoken
from tests.fakes.speech_servers.eleven import ElevenWire
from tests.fakes.speech_servers.server import KEY, SpeechServer
from tests.web.conftest import Serve
from tests.web.gateway.conftest import CALLER, SHOP, SHOP_OLD, WATCHER, bearer
from voicebot.audio.wav import read_audio
from voicebot.errors import ConfigError, EngineError
from voicebot.settings.gateway import GatewaySettings
from voicebot.settings.tts import GatewayTtsSettings
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.registry import build_engine

pytestmark = pytest.mark.contract

TEXT = "안녕하세요. 차집사입니다."
ANSWER = [head(Connection="close"), *spoken("네, 토요일에도 ", "엽니다.")[1:]]
ORDER = {"number": "010-2345-6789", "name": "김민지"}


def engine(url: str, behind: str | None = "local", token: str = SHOP) -> SpeechEngine:
    settings = GatewaySettings(base_url=url, auth=f"Bearer {token}")  # type: ignore[arg-type]
    return build_engine("gateway", GatewayTtsSettings(engine=behind), gateway=settings)


def test_the_gateway_engine_speaks_through_it(url: str) -> None:
    for token in (SHOP, SHOP_OLD):
        speaker = engine(url, token=token)
        clip = collect(speaker.stream(SpeechRequest(TEXT)))
        assert 1.0 < clip.duration_s < 6.0
        assert speaker.health().ok
        assert "ko" in {voice.id for voice in speaker.voices()}
    assert collect(engine(url, None).stream(SpeechRequest(TEXT))).duration_s > 1.0
    with pytest.raises(EngineError, match=r"not set up for it \(HTTP 501") as caught:
        collect(engine(url, "eleven").stream(SpeechRequest(TEXT)))
    assert not caught.value.retryable
    with pytest.raises(ConfigError, match="the key was refused"):
        collect(engine(url, token="not-a-token-of-anybody").stream(SpeechRequest(TEXT)))
    with pytest.raises(EngineError, match="HTTP 403"):
        collect(engine(url, token=WATCHER).stream(SpeechRequest(TEXT)))


@pytest.mark.parametrize(
    ("behind", "answers"), [("eleven", False), ("eleven-brain", True)], ids=["as it is written", "answered by GPT"]
)
def test_elevenlabs_speaks_behind_its_own_paths(serve_gateway: Serve, behind: str, answers: bool) -> None:
    with SpeechServer(ElevenWire()) as eleven, serving(ANSWER) as gpt:
        url = serve_gateway(
            keys__elevenlabs=KEY, keys__openai="sk-test", tts__eleven__base_url=eleven.url, chat__gpt__base_url=gpt.url
        )
        collect(engine(url, behind).stream(SpeechRequest("토요일에도 하나요")))
        said = " ".join(eleven.said())
        assert ("엽니다" in said) is answers
        assert ("하나요" in said) is not answers
        assert len(gpt.requests) == answers


def test_gpt_answers_a_text_unless_it_is_to_be_said_word_for_word(http: httpx.Client, serve_gateway: Serve) -> None:
    with serving(ANSWER) as gpt:
        url = serve_gateway(
            keys__openai="sk-test", chat__gpt__base_url=gpt.url, tts__gpt__base_url="http://127.0.0.1:9", tts__tries=1
        )
        for extra in ({}, {"chat": "none"}):
            fields = {"text": "토요일에도 하나요", **extra}
            assert http.post(f"{url}/voice/brain/gpt-voice/start", json=fields, headers=bearer(SHOP)).status_code != 404
            assert len(gpt.requests) == 1
        with pytest.raises(EngineError):
            collect(engine(url, "gpt").stream(SpeechRequest("토요일에도 하나요")))
        assert len(gpt.requests) == 1


def test_openais_shape_and_chat_are_there(http: httpx.Client, url: str) -> None:
    http.headers.update(bearer(SHOP))
    wav = http.post(f"{url}/v1/audio/speech", json={"model": "tts-1", "input": TEXT, "response_format": "wav"})
    assert read_audio(io.BytesIO(wav.content).getvalue()).duration_s > 1
    assert http.post(f"{url}/api/v1/chat", json={"message": "토요일에도 하나요"}).json()["intent"] == "business_hours"
    assert http.post(f"{url}/api/chat-chajipsa", data={"message": "안녕하세요"}).json()["engine"] == "chajipsa"
    with http.stream("POST", f"{url}/api/v1/chat/stream", json={"message": "안녕하세요"}) as reply:
        assert "event: answer" in reply.read().decode()
    assert http.get(f"{url}/api/status").json()["status"] == "ok"


def test_a_conversation_belongs_to_the_token_that_began_it(http: httpx.Client, url: str) -> None:
    asked = {"message": "토요일에도 하나요", "session": "desk-1"}
    assert http.post(f"{url}/api/v1/chat", json=asked, headers=bearer(SHOP)).status_code == 200

    def length(token: str) -> int:
        return len(http.get(f"{url}/api/v1/chat/sessions/desk-1", headers=bearer(token)).json()["exchanges"])

    assert (length(SHOP), length(SHOP_OLD), length(CALLER)) == (1, 1, 0)
    assert http.delete(f"{url}/api/v1/chat/sessions/desk-1", headers=bearer(CALLER)).status_code == 204
    assert length(SHOP) == 1
    assert http.delete(f"{url}/api/v1/chat/sessions/desk-1", headers=bearer(SHOP)).status_code == 204
    assert length(SHOP) == 0


def test_a_call_is_placed_followed_and_never_shows_its_number(http: httpx.Client, url: str) -> None:
    http.headers.update(bearer(CALLER))
    placed = http.post(f"{url}/api/v1/calls", json=ORDER)
    assert placed.status_code in (201, 403), placed.text  # 403 in the night, when the guard lets no call out
    assert "2345" not in placed.text
    if placed.status_code == 201:
        address = f"{url}/api/v1/calls/{placed.json()['contact_id']}"
        assert http.get(address).json()["state"] == "ended"
        assert http.post(f"{address}/stop").json()["state"] == "ended"
    assert http.get(f"{url}/api/v1/calls/nobody").status_code == 404
    intro = http.post(f"{url}/api/generate-intro", data={"phone_number": ORDER["number"], "display_name": "민지"})
    assert "민지" in intro.json()["intro"]


def test_a_token_does_what_it_is_for_and_nothing_else(http: httpx.Client, url: str) -> None:
    asks = {
        "speech": ("POST", "/synthesize", {"json": {"text": TEXT}}),
        "voices": ("GET", "/v1/audio/voices", {}),
        "chat": ("POST", "/api/v1/chat", {"json": {"message": TEXT}}),
        "history": ("GET", "/api/v1/chat/sessions/a", {}),
        "call": ("POST", "/api/v1/calls", {"json": ORDER}),
        "earlier call": ("POST", "/api/call_fish", {"data": {"phone_number": ORDER["number"]}}),
        "stop": ("POST", "/api/v1/calls/a/stop", {}),
        "metrics": ("GET", "/metrics", {}),
    }

    def refused(token: str) -> set[str]:
        return {
            name
            for name, (method, path, body) in asks.items()
            if http.request(method, url + path, headers=bearer(token), **body).status_code == 403  # type: ignore[arg-type]
        }

    assert refused(SHOP) == {"call", "earlier call", "stop", "metrics"}
    assert refused(WATCHER) == set(asks) - {"metrics"}
    for method, path, body in asks.values():
        assert http.request(method, url + path, **body).status_code == 401  # type: ignore[arg-type]
    assert http.get(f"{url}/healthz").status_code == 200


def test_a_days_characters_are_counted_however_they_are_sent(http: httpx.Client, serve_gateway: Serve) -> None:
    url = serve_gateway(gateway_server__characters_per_day=40)
    http.headers.update(bearer(SHOP))
    ways: list[tuple[str, dict[str, object]]] = [
        ("/synthesize", {"json": {"text": "가" * 10}}),
        ("/synthesize", {"data": {"text": "가" * 10}, "files": {"x": b""}}),
        ("/v1/audio/speech", {"json": {"model": "local", "input": "가" * 10}}),
        ("/api/chat-chajipsa", {"data": {"message": "안녕하세요 반가워요"}}),
    ]
    assert [http.post(url + path, **body).status_code for path, body in ways] == [200] * 4  # type: ignore[arg-type]
    refused = http.post(f"{url}/synthesize", json={"text": "가"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert http.post(f"{url}/synthesize", json={"text": "가"}, headers=bearer(CALLER)).status_code == 200


def test_a_days_calls_are_counted(http: httpx.Client, serve_gateway: Serve) -> None:
    url = serve_gateway(gateway_server__calls_per_day=1)
    http.headers.update(bearer(CALLER))
    assert http.post(f"{url}/api/v1/calls", json=ORDER).status_code != 429
    assert http.post(f"{url}/api/v1/calls", json=ORDER).status_code == 429
    assert http.post(f"{url}/api/call_fish", data={"phone_number": ORDER["number"]}).status_code == 429


def test_a_minutes_requests_are_limited_before_anything_is_done(http: httpx.Client, serve_gateway: Serve) -> None:
    url = serve_gateway(gateway_server__requests_per_minute=3)
    asked = [http.get(f"{url}/api/status", headers=bearer(SHOP)) for _ in range(5)]
    assert [reply.status_code for reply in asked] == [200] * 3 + [429] * 2
    assert asked[-1].headers["content-type"] == "application/problem+json"
    assert int(asked[-1].headers["retry-after"]) >= 1
    assert http.get(f"{url}/api/status", headers=bearer(CALLER)).status_code == 200


def test_the_metrics_say_what_was_done_and_by_whom(http: httpx.Client, url: str) -> None:
    http.post(f"{url}/synthesize", json={"text": TEXT}, headers=bearer(SHOP))
    http.get(f"{url}/nothing/{TEXT}", headers=bearer(SHOP))
    http.get(f"{url}/api/status", headers=bearer("not-a-token-of-anybody"))
    http.request("STEAL", f"{url}/healthz")
    text = http.get(f"{url}/metrics", headers=bearer(WATCHER)).text
    figures = dict(re.findall(r"^(voicebot_\S+) (\S+)$", text, re.M))
    assert figures['voicebot_requests_total{method="POST",route="/synthesize",status="200"}'] == "1.0"
    assert figures['voicebot_requests_total{method="GET",route="-",status="401"}'] == "1.0"
    assert figures['voicebot_token_used_total{kind="characters",token="shop"}'] == f"{len(TEXT)}.0"
    assert float(figures['voicebot_engine_audio_seconds_total{engine="local"}']) > 1
    assert float(figures['voicebot_first_byte_seconds_count{route="/synthesize"}']) == 1
    assert figures["voicebot_requests_under_way"] == "1.0"
    assert "STEAL" not in text
    assert "nothing" not in text
    assert SHOP not in text


def test_without_tokens_this_machine_needs_none(http: httpx.Client, serve_gateway: Serve) -> None:
    url = serve_gateway(gateway_server__tokens_file=None)
    assert http.post(f"{url}/synthesize", json={"text": TEXT}).status_code == 200
    assert http.get(f"{url}/metrics").status_code == 200


def test_a_rotated_token_counts_while_the_server_runs(http: httpx.Client, url: str, tokens_file: Path) -> None:
    import time

    new = "brand-new-token-of-the-shop-01"
    tokens_file.write_text(tokens_file.read_text(encoding="utf-8").replace(SHOP_OLD, new), encoding="utf-8")
    deadline = time.monotonic() + 10
    while http.get(f"{url}/api/status", headers=bearer(new)).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.8)
    assert http.get(f"{url}/api/status", headers=bearer(SHOP)).status_code == 200
    assert http.get(f"{url}/api/status", headers=bearer(SHOP_OLD)).status_code == 401
