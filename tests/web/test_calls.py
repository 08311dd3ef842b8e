"""Calls over HTTP, and what telephone systems tell about them."""

import io
import json
import wave
from collections.abc import Callable, Iterator
from datetime import datetime

import httpx
import pytest

from tests.web.conftest import running
from tests.web.test_chat import events
from voicebot.call.status.webhook import TOLERANCE_S, secret_bytes, sign
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError
from voicebot.flow.world import SEOUL
from voicebot.settings.tree import Settings
from voicebot.web.app import create_app

pytestmark = pytest.mark.contract

NUMBER = "+821023456789"
SECRET = "a-long-secret-of-the-test"
NOON_S = datetime(2026, 11, 25, 12, tzinfo=SEOUL).timestamp()


@pytest.fixture
def url(web_settings: Callable[..., Settings]) -> Iterator[str]:
    """A server on which it is noon."""
    settings = web_settings(web__webhook_secret=SECRET)
    with running() as run:
        yield run(create_app(Voicebot(settings, HANDLERS, VirtualClock(NOON_S))), settings)


@pytest.mark.parametrize(
    ("number", "can"), [("010-2345-6789", True), ("112", False), ("hello", False), ("+14155550100", False)]
)
def test_a_number_is_checked_while_it_is_typed(url: str, http: httpx.Client, number: str, can: bool) -> None:
    answer = http.post(url + "/api/v1/numbers/check", json={"number": number}).json()
    assert answer["can_be_called"] is can
    assert bool(answer["problem"]) is not can


def test_an_intro_is_written_and_that_of_somebody_else_is_checked(url: str, http: httpx.Client) -> None:
    written = http.post(url + "/api/v1/intros", json={"name": "김민지", "about": "정비 예약 안내"}).json()
    assert "김민지 고객님" in written["text"]
    assert written["lacks"] == []
    own = http.post(url + "/api/v1/intros", json={"text": "여보세요, 할인 행사 중이에요."}).json()
    assert "recording" in [lack["rule"] for lack in own["lacks"]]


def follow(
    url: str, http: httpx.Client, started: dict[str, str], turns: list[str]
) -> list[tuple[str, dict[str, object]]]:
    """Say each turn when the flow listens, hang up after the last, and return all that was told."""
    told: list[tuple[str, dict[str, object]]] = []
    with http.stream("GET", url + started["events"], timeout=60) as response:
        name = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
                if name == "listening":
                    run = f"{url}/api/v1/runs/{started['id']}"
                    if turns:
                        assert http.post(f"{run}/turns", json={"text": turns.pop(0)}).status_code == 204
                    else:
                        assert http.post(f"{run}/hang-up").status_code == 204
    return told


def test_a_call_is_talked_through_by_whoever_sits_at_the_page(url: str, http: httpx.Client) -> None:
    order = {"number": NUMBER, "name": "김민지"}
    assert http.post(url + "/api/v1/calls/preview", json=order).json()["is_allowed"] is True
    started = http.post(url + "/api/v1/calls", json=order).json()
    told = follow(url, http, started, ["네, 괜찮아요", "#9"])
    assert [data["state"] for name, data in told if name == "status"] == ["dialling", "connected"]
    assert told[-1][0] == "done"
    assert told[-1][1]["outcome"] == "opted_out"
    said = [str(data["text"]) for name, data in told if name == "spoken" and data["who"] == "bot"]
    assert "김민지 고객님" in said[0]
    clips = [data["file"] for name, data in told if name == "audio"]
    with wave.open(io.BytesIO(http.get(f"{url}/api/v1/runs/{started['id']}/files/{clips[0]}").content)) as clip:
        assert clip.getframerate() == 8000
    logged = http.get(url + "/api/v1/calls").json()
    assert [(call["state"], call["outcome"]) for call in logged] == [("ended", "opted_out")]
    assert NUMBER.removeprefix("+82") not in json.dumps(logged)
    refused = http.post(url + "/api/v1/calls/preview", json=order).json()
    assert refused["is_allowed"] is False
    assert ("opt-out", False) in [(one["rule"], one["is_for_all"]) for one in refused["refusals"]]
    again = http.post(url + "/api/v1/calls", json={**order, "attempt": 2}).json()
    assert follow(url, http, again, [])[-1][1]["kind"] == "CallRefused"
    assert http.post(f"{url}/api/v1/runs/{started['id']}/turns", json={"text": "여보세요"}).status_code == 409


def test_a_call_in_reaches_the_bot(url: str, http: httpx.Client) -> None:
    started = http.post(url + "/api/v1/calls/inbound").json()
    told = follow(url, http, started, ["상담원 연결해 주세요"])
    assert told[-1][1]["queue"] == "agents"


def test_the_forms_of_the_earlier_system_call_and_write(url: str, http: httpx.Client) -> None:
    intro = http.post(url + "/api/generate-intro", data={"phone_number": NUMBER, "display_name": "김민지"}).json()
    assert intro["intro"] == intro["text"]
    assert "김민지" in intro["intro"]
    assert http.post(url + "/api/call_fish", data={"phone_number": "112"}).status_code == 422
    for path, status in (("call_fish", 503), ("call_eleven", 501), ("call_gpt", 501)):
        assert http.post(f"{url}/api/{path}", data={"phone_number": NUMBER}).status_code == status


def signed(body: bytes, at_s: float = NOON_S, secret: str = SECRET, message_id: str = "msg_1") -> dict[str, str]:
    """Return the headers of a message."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at_s)),
        "webhook-signature": sign(secret_bytes(secret), message_id, int(at_s), body),
        "Content-Type": "application/json",
    }


def test_a_telephone_system_ends_a_call_with_a_signed_message_once(url: str, http: httpx.Client) -> None:
    started = http.post(url + "/api/v1/calls", json={"number": NUMBER, "answered_by": "scenario"}).json()
    done = events(http.get(url + started["events"], timeout=60).text)[-1][1]
    body = json.dumps({"contact_id": done["contact"], "status": "busy", "more": "ignored"}).encode()
    path, headers = url + "/webhook/call-status", signed(body)
    plain = {"Content-Type": "application/json"}
    assert http.post(path, content=body, headers=plain).status_code == 401
    assert http.post(path, content=body, headers=signed(body, secret="another-secret-of-the-test")).status_code == 401
    assert http.post(path, content=body + b" ", headers=headers).status_code == 401
    assert http.post(path, content=body, headers=headers).json() == {"status": "ok"}
    assert http.post(path, content=body, headers=headers).status_code == 409
    unknown = json.dumps({"contact_id": "nobody", "status": "completed"}).encode()
    assert http.post(path, content=unknown, headers=signed(unknown, message_id="msg_2")).status_code == 404


@pytest.mark.parametrize(
    "lacking",
    [
        {"webhook-id": ""},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "x"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "9" * 50},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,00"},
        {"webhook-signature": "t=1,v1=00"},
    ],
)
def test_a_message_without_a_signature_is_not_believed(url: str, http: httpx.Client, lacking: dict[str, str]) -> None:
    body = b'{"contact_id": "nobody", "status": "busy"}'
    answer = http.post(url + "/webhook/call-status", content=body, headers=signed(body) | lacking)
    assert answer.status_code == 401


def test_an_old_message_is_not_believed(url: str, http: httpx.Client) -> None:
    body = b'{"contact_id": "nobody", "status": "busy"}'
    path = url + "/webhook/call-status"
    assert http.post(path, content=body, headers=signed(body, NOON_S - TOLERANCE_S)).status_code == 404
    answer = http.post(path, content=body, headers=signed(body, NOON_S - TOLERANCE_S - 1))
    assert answer.status_code == 401
    assert "too old" in answer.json()["detail"]


@pytest.mark.unit
def test_a_secret_that_can_be_guessed_is_refused(web_settings: Callable[..., Settings]) -> None:
    with pytest.raises(ConfigError, match=r"web\.webhook_secret"):
        create_app(Voicebot(web_settings(web__webhook_secret="short"), HANDLERS))
