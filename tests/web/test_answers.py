"""The inbox over HTTP: approve, reject, edit, take back; and coverage."""

from collections.abc import Callable

import httpx
import pytest

from tests.web.conftest import Serve
from tests.web.test_chat import events

pytestmark = pytest.mark.contract

Add = Callable[..., str]


@pytest.fixture
def url(serve: Serve) -> str:
    return serve() + "/api/v1"


@pytest.fixture
def add(url: str, http: httpx.Client) -> Add:
    """Return a function that puts a question into the inbox and returns its address."""

    def add(utterance: str = "주차할 수 있나요", answer: str = "네, 건물 뒤쪽에 하실 수 있어요.") -> str:
        made = http.post(url + "/inbox", json={"utterance": utterance, "answer": answer})
        assert made.status_code == 201, made.text
        return f"{url}/inbox/{made.json()['id']}"

    return add


def test_an_approved_answer_is_what_callers_hear(url: str, add: Add, http: httpx.Client) -> None:
    item = add()
    assert http.get(item + "/audio").status_code == 404
    approved = http.post(item + "/approve", json={}).json()
    assert (approved["state"], approved["has_audio"], approved["can_undo"]) == ("approved", True, True)
    assert http.get(item + "/audio").content[:4] == b"RIFF"
    assert http.post(url + "/chat", json={"message": "주차할 수 있나요"}).json()["cache"]["hit"] is True
    assert http.post(item + "/approve", json={}).status_code == 409


def test_everything_is_taken_back_once(url: str, add: Add, http: httpx.Client) -> None:
    item = add()
    assert http.post(item + "/undo").status_code == 409
    for what in ("approve", "reject"):
        http.post(f"{item}/{what}", json={})
        back = http.post(item + "/undo").json()
        assert (back["state"], back["has_audio"], back["can_undo"]) == ("pending", False, False)
        assert http.post(item + "/undo").status_code == 409
    http.put(item, json={"answer": "아니요, 자리가 없어요."})
    assert http.get(item).json()["answer"] == "아니요, 자리가 없어요."
    assert http.post(item + "/undo").json()["answer"] == "네, 건물 뒤쪽에 하실 수 있어요."
    assert http.post(url + "/chat", json={"message": "주차할 수 있나요"}).json()["cache"]["hit"] is False


def test_a_fact_is_filled_in_and_an_unknown_one_refused(add: Add, http: httpx.Client) -> None:
    item = add("엔진오일 얼마예요", "{engine_oil.gasoline}부터예요.")
    assert "원" in http.get(item).json()["text"]
    refused = http.put(item, json={"answer": "{no.such_fact}이에요."})
    assert refused.status_code == 422
    assert "no.such_fact" in refused.json()["detail"]


def test_the_list_is_filtered_and_counted(url: str, add: Add, http: httpx.Client) -> None:
    add()
    http.post(add("휠 얼라인먼트도 하나요", "네, 해요.") + "/reject")
    found = http.get(url + "/inbox", params={"state": "rejected"}).json()
    assert [item["utterance"] for item in found["items"]] == ["휠 얼라인먼트도 하나요"]
    assert (found["counts"]["pending"], found["counts"]["rejected"]) == (1, 1)
    assert len(http.get(url + "/inbox", params={"words": "건물 뒤쪽"}).json()["items"]) == 1


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "0" * 12])
def test_an_item_is_a_short_name_of_the_inbox(url: str, http: httpx.Client, name: str) -> None:
    assert http.get(f"{url}/inbox/{name}").status_code in (404, 422)


def test_coverage_tells_its_progress_and_the_report(url: str, add: Add, http: httpx.Client) -> None:
    http.post(add() + "/approve", json={})
    csv = "utterance,expected\n" + "우리 집 고양이가 밥을 안 먹어요,\n" * 30
    started = http.post(url + "/coverage", files={"queries": ("../../q.csv", csv.encode())}).json()
    told = events(http.get(url.removesuffix("/api/v1") + started["events"], timeout=60).text)
    assert told[0] == ("progress", {"done": 25, "total": 30})
    assert told[-1][0] == "done"
    assert told[-1][1]["queries"] == 30
    assert told[-1][1]["false_hits"] == 0


def test_a_file_that_is_no_table_is_refused_without_its_place(url: str, http: httpx.Client) -> None:
    refused = http.post(url + "/coverage", files={"queries": ("q.csv", b"PK\x03\x04")})
    assert refused.status_code == 422
    assert "/tmp" not in refused.text
