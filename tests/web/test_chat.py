"""Chat over HTTP."""

import json

import httpx
import pytest

from tests.web.conftest import Serve

pytestmark = pytest.mark.contract


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Return (name, data) of server-sent events."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:  # a comment keeps a slow stream open
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_an_answer_says_what_was_understood_and_whether_it_is_approved(serve: Serve, http: httpx.Client) -> None:
    reply = http.post(serve() + "/api/v1/chat", json={"message": "토요일에는 몇 시까지 하나요"}).json()
    assert reply["engine"] == "chajipsa"
    assert reply["intent"] == "business_hours"
    assert reply["cache"]["hit"] is False
    assert "토요일" in reply["text"]


def test_a_stream_gives_the_pieces_and_then_the_whole(serve: Serve, http: httpx.Client) -> None:
    response = http.post(serve() + "/api/v1/chat/stream", json={"message": "토요일에는 몇 시까지 하나요"})
    assert response.headers["content-type"].startswith("text/event-stream")
    *pieces, (name, answer) = events(response.text)
    assert name == "answer"
    assert "".join(str(data["text"]) for _, data in pieces) == answer["text"]


def test_a_session_is_gone_on_with_and_forgotten(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1/chat"
    http.post(url, json={"message": "제 번호는 010-1234-5678이에요", "session": "desk-1"})
    http.post(url, json={"message": "토요일에는 몇 시까지 하나요", "session": "desk-1"})
    history = http.get(url + "/sessions/desk-1").json()["exchanges"]
    assert len(history) == 2
    assert "1234" not in history[0]["said"]
    assert http.delete(url + "/sessions/desk-1").status_code == 204
    assert http.get(url + "/sessions/desk-1").json()["exchanges"] == []


@pytest.mark.parametrize("name", ["a.json", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 65])
def test_a_session_is_never_a_path(serve: Serve, http: httpx.Client, name: str) -> None:
    url = serve() + "/api/v1/chat"
    assert http.get(f"{url}/sessions/{name}").status_code in (404, 422)
    assert http.post(url, json={"message": "안녕", "session": f"../{name}"}).status_code == 422


def test_an_engine_without_a_key_is_a_problem_and_not_a_broken_stream(serve: Serve, http: httpx.Client) -> None:
    response = http.post(serve() + "/api/v1/chat/stream", json={"message": "안녕하세요", "engine": "gpt"})
    assert response.status_code == 501
    assert response.json()["kind"] == "ConfigError"


@pytest.mark.parametrize("message", ["", "...", "😀"])
def test_a_message_without_words_is_refused(serve: Serve, http: httpx.Client, message: str) -> None:
    assert http.post(serve() + "/api/v1/chat", json={"message": message}).status_code == 422
