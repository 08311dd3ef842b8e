"""Inbox items become approved answers."""

import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.fakes.answers import ANSWER
from tests.fakes.voices import ScriptedVoice, answer_voice
from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.approval.approver import Approval
from voicebot.cache.approval.report import ItemResult, Limits
from voicebot.cache.approval.rules import Rule
from voicebot.cache.protocol import LOST, InboxItem, Miss
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, EngineError, StorageError

pytestmark = pytest.mark.unit


def approval_of(voicebot: Voicebot, voice: ScriptedVoice | None = None, price: float | None = 0.0) -> Approval:
    spoken = answer_voice(voice or ScriptedVoice(), price=price)
    publisher = voicebot.answer_publisher(spoken)
    return Approval(voicebot.inbox, publisher, spoken, voicebot.orphans, voicebot.clock, 60.0)


def record(voicebot: Voicebot, utterance: str, answer: str | None, **more: object) -> str:
    key = voicebot.lookup.key(utterance)
    voicebot.inbox.record(Miss(key, utterance, answer, **{"answer_id": "c1", **more}))
    return key


def failing(error: Exception, where: str = "") -> ScriptedVoice:
    return ScriptedVoice(lambda text: error if where in text else None)


def test_an_approved_item_is_found_with_a_clip_that_connect_plays(voicebot: Voicebot) -> None:
    record(voicebot, "토요일에도 해요", "토요일에는 {hours.saturday} 열어요.")
    report = approval_of(voicebot).run()
    assert (report.approved, report.failed, report.waiting) == (1, [], 0)
    answer = voicebot.lookup.find("음 토요일에도 해요?").answer
    assert answer is not None
    assert "{" not in answer.text
    assert answer.template == "토요일에는 {hours.saturday} 열어요."
    assert (answer.engine, answer.voice, len(answer.speech)) == ("scripted", "one", 16)
    with voicebot.blobs.open(answer.clips[0]) as file:
        assert check_connect_prompt(file.read()) == []


def test_an_empty_inbox_is_nothing_to_talk_about(voicebot: Voicebot) -> None:
    report = approval_of(voicebot).run(workers=3)
    assert report.is_idle
    assert report.text() == ""


def test_an_item_without_an_answer_waits_for_a_person(voicebot: Voicebot) -> None:
    record(voicebot, "이건 뭐예요", None)
    report = approval_of(voicebot).run()
    assert (report.approved, report.waiting) == (0, 1)


def test_a_failing_item_is_reported_without_what_was_said_and_the_rest_goes_on(voicebot: Voicebot) -> None:
    record(voicebot, "첫째 물음이에요", "첫째 답이에요.")
    record(voicebot, "둘째 물음이에요", "둘째 답이에요.")
    refused = EngineError("refused the text", engine="scripted", retryable=False)
    heard: list[ItemResult] = []
    report = approval_of(voicebot, failing(refused, "첫째")).run(workers=2, on_item=heard.append)
    assert report.approved == 1
    assert len(report.failed) == 1
    assert "첫째" not in report.failed[0]
    assert sorted(one.outcome for one in heard) == ["approved", "failed"]
    assert all("째" not in one.line() for one in heard)
    assert voicebot.inbox.counts()["failed"] == 1


def test_an_unknown_fact_fails_only_its_item(voicebot: Voicebot) -> None:
    record(voicebot, "얼마예요", "{prices.unknown}이에요.")
    record(voicebot, "되나요", "네, 돼요.")
    report = approval_of(voicebot).run()
    assert "prices.unknown" in report.failed[0]
    assert report.approved == 1


def test_an_item_that_fails_to_the_end_is_given_up(voicebot: Voicebot) -> None:
    key = record(voicebot, "얼마예요", "{prices.unknown}이에요.")
    for _ in range(voicebot.settings.cache.max_attempts - 1):
        voicebot.inbox.claim(1, -1.0, "elsewhere:1:x")
    report = approval_of(voicebot).run()
    assert (report.dead, len(report.failed)) == (1, 1)
    item = voicebot.inbox.get(key)
    assert item is not None
    assert item.state == "dead"
    assert "prices.unknown" in item.last_error


def test_a_storage_failure_ends_the_run_and_gives_the_items_back(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    with pytest.raises(StorageError):
        approval_of(voicebot, failing(StorageError("disk full"))).run()
    assert voicebot.inbox.counts()["pending"] == 1
    assert approval_of(voicebot).run().approved == 1


def test_a_storage_failure_that_passes_costs_nothing(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    errors = iter([StorageError("busy"), StorageError("busy")])
    report = approval_of(voicebot, ScriptedVoice(lambda text: next(errors, None))).run()
    assert (report.approved, report.failed) == (1, [])


def test_an_engine_that_cannot_be_used_ends_the_run_and_costs_no_item_an_attempt(voicebot: Voicebot) -> None:
    keys = [record(voicebot, f"물음 {n}번이에요", "답이에요.") for n in range(3)]
    with pytest.raises(ConfigError):
        approval_of(voicebot, failing(ConfigError("there is no key"))).run(workers=2)
    assert [item.attempts for key in keys if (item := voicebot.inbox.get(key))] == [0, 0, 0]


def test_an_engine_that_is_down_ends_the_run_and_costs_no_item_an_attempt(voicebot: Voicebot) -> None:
    for n in range(20):
        record(voicebot, f"물음 {n}번이에요", "답이에요.")
    down = EngineError("does not answer", engine="scripted", retryable=True)
    report = approval_of(voicebot, failing(down)).run(workers=2)
    assert (report.stopped, report.approved, report.failed) == ("engine", 0, [])
    assert {item.attempts for item in voicebot.inbox.scan("pending")} == {0}
    assert voicebot.inbox.counts()["pending"] == 20


def test_an_engine_that_is_down_for_few_items_is_seen_too(voicebot: Voicebot) -> None:
    for n in range(2):
        record(voicebot, f"물음 {n}번이에요", "답이에요.")
    down = EngineError("does not answer", engine="scripted", retryable=True)
    assert approval_of(voicebot, failing(down)).run().stopped == "engine"
    assert {item.attempts for item in voicebot.inbox.scan("pending")} == {0}


def test_a_failure_that_may_pass_is_the_items_own_where_others_succeed(voicebot: Voicebot) -> None:
    for n in range(6):
        record(voicebot, f"물음 {n}번이에요", f"{n}번 답이에요.")
    slow = EngineError("took too long", engine="scripted", retryable=True)
    report = approval_of(voicebot, failing(slow, "3번")).run()
    assert (report.approved, len(report.failed), report.stopped) == (5, 1, "")
    assert voicebot.inbox.counts()["failed"] == 1


def test_limit_bounds_a_run(voicebot: Voicebot) -> None:
    for n in range(5):
        record(voicebot, f"물음 {n}번이에요", "답이에요.")
    report = approval_of(voicebot).run(limit=2)
    assert (report.approved, report.stopped) == (2, "limit")
    assert voicebot.inbox.counts()["pending"] == 3


def test_no_item_is_begun_after_the_time_is_up(voicebot: Voicebot) -> None:
    for n in range(50):
        record(voicebot, f"물음 {n}번이에요", "답이에요.")
    report = approval_of(voicebot, ScriptedVoice(delay_s=0.05)).run(limits=Limits(seconds=0.3))
    assert report.stopped == "time"
    assert 0 < report.approved < 50
    assert voicebot.inbox.counts()["pending"] == 50 - report.approved


def test_speech_costs_no_more_than_was_allowed(voicebot: Voicebot) -> None:
    for n in range(6):
        record(voicebot, f"물음 {n}번이에요", "가" * 100 + "가나다라마바"[n])
    report = approval_of(voicebot, price=1.0).run(workers=3, limits=Limits(usd=0.25))
    assert (report.approved, report.stopped, report.cost_usd) == (2, "cost", 0.202)
    assert {item.attempts for item in voicebot.inbox.scan("pending")} == {0}


def test_a_limit_on_the_cost_needs_a_price(voicebot: Voicebot) -> None:
    with pytest.raises(ConfigError, match="price"):
        approval_of(voicebot, price=None).run(limits=Limits(usd=1.0))


def test_what_a_dead_process_held_is_taken_back_at_once(voicebot: Voicebot) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    key = record(voicebot, "물음이에요", "답이에요.")
    voicebot.inbox.claim(1, 3600, f"{socket.gethostname()}:{dead.pid}:x")
    assert approval_of(voicebot).run().approved == 1
    item = voicebot.inbox.get(key)
    assert item is not None
    assert (item.attempts, item.last_error) == (2, "")


def test_what_another_machine_holds_is_left_alone(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    voicebot.inbox.claim(1, 3600, "another-machine:1:x")
    assert approval_of(voicebot).run().approved == 0


def test_a_slow_engine_does_not_lose_its_lease(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    spoken = answer_voice(ScriptedVoice(delay_s=2.5))
    publisher = voicebot.answer_publisher(spoken)
    slow = Approval(voicebot.inbox, publisher, spoken, voicebot.orphans, voicebot.clock, 1.5)
    thief = threading.Timer(2.0, lambda: stolen.extend(voicebot.inbox.claim(1, 60, "thief")))
    stolen: list[InboxItem] = []
    thief.start()
    report = slow.run()
    thief.join()
    assert (report.approved, stolen) == (1, [])


def test_work_that_was_done_before_a_kill_is_not_done_again(voicebot: Voicebot) -> None:
    """The process ended after the answer was written and before the item was settled."""
    key = record(voicebot, "물음이에요", "답이에요.")
    first = ScriptedVoice()
    item = voicebot.inbox.claim(1, -1.0, "another-machine:1:x")[0]
    voicebot.answer_publisher(answer_voice(first)).publish(item)
    voicebot.inbox.release(item.owner, is_refund=False)
    second = ScriptedVoice()
    assert approval_of(voicebot, second).run().approved == 1
    assert (len(first.said), len(second.said)) == (1, 0)
    stored = voicebot.answers.get(key)
    assert stored is not None
    assert stored.version == 1


def test_a_clip_that_was_made_before_a_kill_is_used(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    item = voicebot.inbox.claim(1, 60.0, "another-machine:1:x")[0]
    voicebot.answer_publisher(answer_voice(ScriptedVoice())).speak(item, None)
    voicebot.inbox.release("another-machine:1:x", is_refund=False)
    second = ScriptedVoice()
    assert approval_of(voicebot, second).run().approved == 1
    assert second.said == []


def test_an_interrupted_run_is_looked_after_later(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    voicebot.inbox.claim(1, -1.0, "another-machine:1:x")
    claimed = voicebot.inbox.claim(1, -1.0, "another-machine:2:x")[0]
    assert claimed.last_error == LOST
    approval_of(voicebot).run()
    assert len(list(voicebot.blobs.scan("sweep/"))) == 1


def test_a_rule_holds_what_a_person_must_look_at_with_its_clip(voicebot: Voicebot) -> None:
    sure = {"intent": "business_hours", "confidence": 0.9}
    record(voicebot, "몇 시에 열어요", "아홉 시에 열어요.", **sure)
    held = record(voicebot, "얼마예요", "30,000원이에요.", **sure)
    report = approval_of(voicebot).run(rule=Rule({"business_hours": 0.8}))
    assert (report.approved, report.review, len(report.held)) == (1, 1, 1)
    item = voicebot.inbox.get(held)
    assert item is not None
    assert (item.state, item.owner, item.last_error) == ("synthesised", "", "the answer holds a price")
    assert voicebot.blobs.exists(item.clips[0])
    assert approval_of(voicebot).run().is_idle


def test_a_live_reply_never_takes_the_place_of_an_approved_answer(voicebot: Voicebot) -> None:
    voicebot.answers.put(replace(ANSWER, key=voicebot.lookup.key("문 언제 닫아요"), template="일곱 시에 닫아요."))
    key = record(voicebot, "문 언제 닫아요", "여섯 시에 닫아요.")
    report = approval_of(voicebot).run()
    assert len(report.held) == 1
    assert "another answer is approved" in report.held[0]
    kept = voicebot.answers.get(key)
    assert kept is not None
    assert (kept.template, kept.version) == ("일곱 시에 닫아요.", 1)


def test_a_persons_answer_takes_the_place_of_an_approved_one(voicebot: Voicebot) -> None:
    voicebot.answers.put(replace(ANSWER, key=voicebot.lookup.key("문 언제 닫아요"), template="일곱 시에 닫아요."))
    key = record(voicebot, "문 언제 닫아요", "여섯 시에 닫아요.", source="person")
    report = approval_of(voicebot).run()
    assert (report.approved, report.renewed) == (1, 1)
    kept = voicebot.answers.get(key)
    assert kept is not None
    assert (kept.template, kept.version) == ("여섯 시에 닫아요.", 2)


def test_two_runs_at_a_time_share_the_work(voicebot: Voicebot) -> None:
    for n in range(40):
        record(voicebot, f"물음 {n}번이에요", f"{n}번 답이에요.")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(approval_of(voicebot, ScriptedVoice(delay_s=0.01)).run, workers=2) for _ in range(2)]
    assert sum(run.result().approved for run in runs) == 40
    assert {answer.version for answer in voicebot.answers.scan()} == {1}
