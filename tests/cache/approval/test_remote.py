"""Approval in the cloud: what is sent, what functions do with it, how the inbox is settled."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from lambdas.synthesize.handler import handle
from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.approval.remote import RemoteApproval, RemoteOptions
from voicebot.cache.approval.state_machine import Progress
from voicebot.cache.protocol import InboxItem, Miss
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import StorageError

pytestmark = pytest.mark.unit

BATCH = 3


class LocalMachine:
    """A state machine that calls the handler on this machine, as Step Functions calls the function.

    Args:
        voicebot: What the handler works with.
        fails: Calls of these numbers fail after their work is done, so that nobody hears of it.
        repeats: Every call is made twice.
        ends_as: How the execution ends.
    """

    def __init__(
        self, voicebot: Voicebot, fails: tuple[int, ...] = (), repeats: bool = False, ends_as: str = "SUCCEEDED"
    ) -> None:
        self._voicebot = voicebot
        self._fails = fails
        self._repeats = repeats
        self._ends_as = ends_as
        self.given: dict[str, Any] = {}
        self._states: list[Progress] = []

    def start(self, name: str, given: Mapping[str, object]) -> str:
        self.given = json.loads(json.dumps(dict(given)))
        with self._voicebot.blobs.open(self.given["items_key"]) as file:
            items = [json.loads(line) for line in file.read().decode().splitlines()]
        children = []
        for number, start in enumerate(range(0, len(items), BATCH)):
            batch_input = {"owner": self.given["owner"], "engine": self.given["engine"]}
            event = {"Items": items[start : start + BATCH], "BatchInput": batch_input}
            for _ in range(1 + self._repeats):
                output = handle(json.loads(json.dumps(event)), self._voicebot)
            if number not in self._fails:
                children.append({"Output": json.dumps(output, ensure_ascii=False), "Status": "SUCCEEDED"})
        manifest = ""
        if self._ends_as == "SUCCEEDED":
            folder = f"{self.given['results_prefix']}/run"
            manifest = f"{folder}/manifest.json"
            files = {"FAILED": [], "PENDING": [], "SUCCEEDED": [{"Key": f"{folder}/SUCCEEDED_0.json", "Size": 1}]}
            self._put(f"{folder}/SUCCEEDED_0.json", children)
            self._put(manifest, {"DestinationBucket": "b", "MapRunArn": "m", "ResultFiles": files})
        self._states = [
            Progress("RUNNING", len(items), 0),
            Progress(self._ends_as, len(items), len(items), "", manifest),
        ]
        return f"arn:execution:{name}"

    def progress(self, execution: str) -> Progress:
        return self._states.pop(0)

    def _put(self, key: str, document: object) -> None:
        self._voicebot.blobs.put(key, json.dumps(document, ensure_ascii=False).encode(), "application/json")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_795_000_000.0, timer=lambda: 0.0)


@pytest.fixture
def remote(voicebot: Voicebot, clock: VirtualClock) -> Callable[..., RemoteApproval]:
    """Make an approval over a machine."""

    def approval(machine: LocalMachine, objection: Callable[[InboxItem], str] = lambda item: "") -> RemoteApproval:
        options = RemoteOptions("bucket", 3600.0, 5, BATCH)
        return RemoteApproval(voicebot.inbox, objection, machine, voicebot.blobs, clock, options)

    return approval


def record(voicebot: Voicebot, count: int, answer: str = "네, {n}번 답이에요.") -> None:
    for n in range(count):
        text = f"물음 {n}번이에요"
        voicebot.inbox.record(Miss(voicebot.lookup.key(text), text, answer.format(n=n), "", f"c{n}", "seed", 1.0))


def test_every_item_becomes_an_answer_and_the_inbox_says_so(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 8)
    machine, heard = LocalMachine(voicebot), []
    report = remote(machine).run(None, "local", heard.append)
    assert (report.sent, report.approved, report.failed, report.left) == (8, 8, 0, 0)
    assert voicebot.inbox.counts()["approved"] == 8
    for answer in voicebot.answers.scan():
        assert (answer.version, answer.engine) == (1, "local")
        with voicebot.blobs.open(answer.clips[0]) as file:
            assert check_connect_prompt(file.read()) == []
    assert [progress.status for progress in heard] == ["RUNNING", "SUCCEEDED"]
    assert not voicebot.blobs.exists(machine.given["items_key"])
    assert remote(LocalMachine(voicebot)).run(None, "local").text() == ""


def test_a_call_that_comes_twice_has_its_effect_once(voicebot: Voicebot, remote: Callable[..., RemoteApproval]) -> None:
    record(voicebot, 4)
    assert remote(LocalMachine(voicebot, repeats=True)).run(None, "local").approved == 4
    assert {answer.version for answer in voicebot.answers.scan()} == {1}


def test_items_without_a_result_fail_and_are_found_done_the_next_time(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 6)
    report = remote(LocalMachine(voicebot, fails=(1,))).run(None, "local")
    assert (report.approved, report.failed) == (3, 3)
    assert list(report.reasons.values()) == [3]
    assert voicebot.inbox.counts()["failed"] == 3
    for item in list(voicebot.inbox.scan("failed")):
        voicebot.inbox.set_state(item.id, "pending")
    assert voicebot.approval().run().approved == 3
    assert {answer.version for answer in voicebot.answers.scan()} == {1}


def test_an_item_that_cannot_be_spoken_fails_alone_and_without_what_was_said(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 2)
    voicebot.inbox.record(Miss("나쁜물음", "나쁜 물음", "{prices.none}이에요.", source="seed"))
    report = remote(LocalMachine(voicebot)).run(None, "local")
    assert (report.approved, report.failed) == (2, 1)
    assert "prices.none" in next(iter(report.reasons))
    assert "나쁜" not in report.text()


def test_what_needs_a_person_is_not_sent_and_waits_again(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 4)
    machine = LocalMachine(voicebot)
    report = remote(machine, lambda item: "price" if item.answer_id == "c1" else "").run(None, "local")
    assert (report.sent, report.approved, report.left) == (3, 3, 1)
    assert voicebot.inbox.counts()["pending"] == 1
    assert next(voicebot.inbox.scan("pending")).attempts == 0


def test_a_limit_bounds_what_is_sent(voicebot: Voicebot, remote: Callable[..., RemoteApproval]) -> None:
    record(voicebot, 5)
    assert remote(LocalMachine(voicebot)).run(2, "local").sent == 2
    assert voicebot.inbox.counts()["pending"] == 3


def test_an_execution_that_fails_gives_the_items_back(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 3)
    with pytest.raises(StorageError, match="ABORTED"):
        remote(LocalMachine(voicebot, ends_as="ABORTED")).run(None, "local")
    assert voicebot.inbox.counts()["pending"] == 3
    assert voicebot.approval().run().approved == 3
    assert {answer.version for answer in voicebot.answers.scan()} == {1}


class _Dying(LocalMachine):
    def progress(self, execution: str) -> Progress:
        raise KeyboardInterrupt


def test_a_run_that_is_killed_leaves_the_items_held_for_the_functions(
    voicebot: Voicebot, remote: Callable[..., RemoteApproval]
) -> None:
    record(voicebot, 3)
    with pytest.raises(KeyboardInterrupt):
        remote(_Dying(voicebot)).run(None, "local")
    assert voicebot.inbox.counts()["synthesised"] + voicebot.inbox.counts()["claimed"] == 3
    assert voicebot.answers.count() == 3
    assert voicebot.approval().run().approved == 0


def test_a_function_leaves_items_alone_that_others_hold(voicebot: Voicebot) -> None:
    record(voicebot, 1)
    (item,) = voicebot.inbox.claim(1, 60.0, "another")
    event = {"Items": [{"id": item.id}, {"id": "없는것"}], "BatchInput": {"owner": "remote:1", "engine": "local"}}
    results = handle(event, voicebot)["results"]
    assert [result["error"] for result in results] == ["somebody else works on it"] * 2
    assert voicebot.answers.count() == 0


def test_the_function_warms_its_voice_up(voicebot: Voicebot) -> None:
    assert handle({"prewarm": True}, voicebot) == {"is_warm": True}


def test_progress_is_counted_in_whole_items() -> None:
    from voicebot.cli.cache_remote import _counting

    steps: list[int] = []
    to = _counting(lambda: steps.append(1))
    for done in (0, 3, 3, 7):
        to(replace(Progress("RUNNING", 7, 0), done=done))
    assert len(steps) == 7
