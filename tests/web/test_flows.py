"""Flows over HTTP: drawings, and scenarios run while somebody watches."""

import io
import wave

import httpx
import pytest

from tests.web.conftest import Serve
from tests.web.test_chat import events
from voicebot.web.runs import MAX_RUNNING

pytestmark = pytest.mark.contract


def test_a_flow_is_blocks_and_ways_between_them(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1"
    assert "inbound" in [flow["name"] for flow in http.get(url + "/flows").json()]
    flow = http.get(url + "/flows/inbound").json()
    blocks = {block["id"]: block for block in flow["blocks"]}
    assert flow["start"] in blocks
    assert all(way["to"] in blocks for block in blocks.values() for way in block["ways"])
    assert "차집사입니다" in blocks["greeting"]["words"]


def test_a_scenario_runs_while_its_blocks_and_words_are_told(serve: Serve, http: httpx.Client) -> None:
    url = serve()
    started = http.post(url + "/api/v1/flows/inbound/runs", json={"scenario": "first_call"})
    assert started.status_code == 202
    told = events(http.get(url + started.json()["events"], timeout=60).text)
    names = [name for name, _ in told]
    assert names[-1] == "done"
    assert {"block", "spoken", "audio"} <= set(names)
    done = told[-1][1]
    assert done["queue"] == "agents"
    run = f"{url}/api/v1/runs/{started.json()['id']}"
    with wave.open(io.BytesIO(http.get(f"{run}/files/recording.wav").content)) as recording:
        assert recording.getnchannels() == 2
        assert abs(recording.getnframes() / 8000 - float(str(done["duration_s"]))) < 1
    again = events(http.get(f"{run}/events", headers={"Last-Event-ID": str(len(told) - 1)}).text)
    assert [name for name, _ in again] == ["done"]


def test_only_so_much_goes_on_at_once(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/api/v1"
    started = [http.post(url + "/calls/inbound") for _ in range(MAX_RUNNING + 1)]
    assert [one.status_code for one in started] == [202] * MAX_RUNNING + [409]
    for one in started[:-1]:
        http.post(f"{url}/runs/{one.json()['id']}/hang-up")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/flows/nothing",
        "/api/v1/flows/..%2F..%2Fetc%2Fpasswd",
        "/api/v1/runs/nothing/events",
        "/api/v1/runs/nothing/files/recording.wav",
    ],
)
def test_what_is_not_listed_is_not_there(serve: Serve, http: httpx.Client, path: str) -> None:
    assert http.get(serve() + path).status_code == 404


@pytest.mark.parametrize("scenario", ["nothing", "../scenarios/first_call", "/etc/passwd"])
def test_a_scenario_is_a_listed_name(serve: Serve, http: httpx.Client, scenario: str) -> None:
    assert http.post(serve() + "/api/v1/flows/inbound/runs", json={"scenario": scenario}).status_code == 404
