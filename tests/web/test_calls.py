"""Calls over HTTP, and what telephone systems tell about them."""

import hashlib
import hmac
import io
import json
import time
import wave
from collections.abc import Callable, Iterator
from datetime import datetime

import httpx
import pytest
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from tests.web.conftest import running
from tests.web.test_chat import events
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.flow.world import SEOUL
from voicebot.settings.tree import Settings
from voicebot.web.app import create_app
from voicebot.web.routes.webhooks import MAX_AGE_S, Signatures

pytestmark = pytest.mark.contract

NUMBER = "+821023456789"
SECRET = "a-secret-of-the-test"


@pytest.fixture
def url(web_settings: Callable[..., Settings]) -> Iterator[str]:
    """A server on which it is noon."""
    settings = web_settings(web__webhook_secret=SECRET)
    noon = VirtualClock(datetime(2026, 11, 25, 12, tzinfo=SEOUL).timestamp())
    with running() as run:
        yield run(create_app(Voicebot(settings, HANDLERS, noon)), settings)


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


def signed(body: bytes, at_s: float, secret: str = SECRET) -> dict[str, str]:
    """Return the header of a message."""
    at = str(int(at_s))
    mark = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Voicebot-Signature": f"t={at},v1={mark}", "Content-Type": "application/json"}


def test_a_telephone_system_ends_a_call_with_a_signed_message_once(url: str, http: httpx.Client) -> None:
    started = http.post(url + "/api/v1/calls", json={"number": NUMBER, "answered_by": "scenario"}).json()
    done = events(http.get(url + started["events"], timeout=60).text)[-1][1]
    body = json.dumps({"contact_id": done["contact"], "status": "busy", "more": "ignored"}).encode()
    path, headers = url + "/webhook/call-status", signed(body, time.time())
    plain = {"Content-Type": "application/json"}
    assert http.post(path, content=body, headers=plain).status_code == 401
    assert http.post(path, content=body, headers=signed(body, time.time(), "another")).status_code == 401
    assert http.post(path, content=body + b" ", headers=headers).status_code == 401
    assert http.post(path, content=body, headers=headers).json() == {"status": "ok"}
    assert http.post(path, content=body, headers=headers).status_code == 409
    unknown = json.dumps({"contact_id": "nobody", "status": "completed"}).encode()
    assert http.post(path, content=unknown, headers=signed(unknown, time.time())).status_code == 404


@pytest.mark.unit
@pytest.mark.parametrize(
    "header", [None, "", "t=1", "t=x,v1=00", "v1=00", "t=-5,v1=00", "t=" + "9" * 50 + ",v1=0", "t=١,v1=0"]
)
def test_a_message_without_a_signature_is_not_believed(header: str | None) -> None:
    with pytest.raises(HTTPException):
        Signatures(SecretStr(SECRET)).check(header, b"{}")


@pytest.mark.unit
def test_an_old_message_is_not_believed() -> None:
    header = signed(b"{}", 1000.0)["X-Voicebot-Signature"]
    Signatures(SecretStr(SECRET), lambda: 1000.0 + MAX_AGE_S).check(header, b"{}")
    with pytest.raises(HTTPException, match="too old"):
        Signatures(SecretStr(SECRET), lambda: 1001.0 + MAX_AGE_S).check(header, b"{}")
