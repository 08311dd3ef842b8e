"""The rules of `Inbox`, over every implementation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from voicebot.cache.protocol import INBOX_STATES, LOST, Inbox, Miss
from voicebot.cache.stores.sqlite_inbox import SqliteInbox
from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.errors import ConflictError

pytestmark = pytest.mark.contract

MISS = Miss("주차되나요", "주차 되나요", "네, 주차하실 수 있어요.", "location", "c050")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_000.0, timer=lambda: 0.0)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def inbox(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock, aws: Callable[[str, str], Any], unique: str
) -> Iterator[Inbox]:
    if request.param != "sqlite":
        service = aws(request.param, "dynamodb")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.cache.stores.dynamodb_inbox import DynamoInbox, inbox_table

        setup_tables(service, [inbox_table(unique)])
        yield DynamoInbox(service, unique, clock, max_attempts=3)
        return
    database = Database(tmp_path / "inbox.db")
    yield SqliteInbox(database, clock, max_attempts=3)
    database.close()


def test_a_repeat_counts_up_and_keeps_the_first_answer(inbox: Inbox) -> None:
    assert inbox.record(MISS)
    assert not inbox.record(Miss(MISS.key, "주차되나요", "다른 답"))
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.count, item.answer, item.state) == (2, MISS.answer, "pending")


def test_claims_the_most_asked_first(inbox: Inbox) -> None:
    inbox.record(MISS)
    for _ in range(2):
        inbox.record(Miss("세차되나요", "세차 되나요", "네, 세차도 해 드려요."))
    assert [item.id for item in inbox.claim(1, 60, "a")] == ["세차되나요"]


def test_an_item_without_an_answer_is_not_claimed_until_one_is_proposed(inbox: Inbox) -> None:
    inbox.record(Miss("뭐예요", "뭐예요"))
    assert inbox.claim(10, 60, "a") == []
    assert inbox.propose("뭐예요", "차 관리 서비스예요.", "service_list")
    assert [item.answer for item in inbox.claim(10, 60, "a")] == ["차 관리 서비스예요."]


def test_a_claimed_item_is_nobody_elses_until_its_lease_runs_out(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    assert len(inbox.claim(10, 60, "a")) == 1
    assert inbox.claim(10, 60, "b") == []
    clock.sleep(61)
    assert [item.attempts for item in inbox.claim(10, 60, "b")] == [2]


def test_settling_after_the_lease_was_lost_is_refused(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    clock.sleep(61)
    inbox.claim(1, 60, "b")
    with pytest.raises(ConflictError):
        inbox.settle(MISS.key, "a", "approved")
    inbox.settle(MISS.key, "b", "approved")
    assert inbox.counts()["approved"] == 1


def test_a_failed_item_comes_back_after_a_growing_pause_until_its_attempts_are_used_up(
    inbox: Inbox, clock: VirtualClock
) -> None:
    inbox.record(MISS)
    pauses = []
    for _ in range(3):
        pause = 0
        while not inbox.claim(1, 60, "a"):
            clock.sleep(10)
            pause += 10
        pauses.append(pause)
        inbox.settle(MISS.key, "a", "failed", "engine")
    assert pauses[0] == 0
    assert 0 < pauses[1] < pauses[2]
    assert inbox.counts()["dead"] == 1
    clock.sleep(1_000_000)
    assert inbox.claim(1, 60, "a") == []
    assert not inbox.record(MISS)
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.state, item.count, item.last_error) == ("dead", 2, "engine")


def test_releasing_gives_back_everything_an_owner_holds_without_counting_an_attempt(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    assert inbox.owners() == ["a"]
    assert inbox.release("a") == 1
    assert [item.attempts for item in inbox.claim(1, 60, "b")] == [1]


def test_a_rejected_item_stays_rejected_when_it_is_asked_again(inbox: Inbox) -> None:
    inbox.record(MISS)
    assert inbox.set_state(MISS.key, "rejected")
    inbox.record(MISS)
    assert inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "rejected": 1}


def test_an_approved_item_that_is_missed_again_becomes_pending(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    inbox.settle(MISS.key, "a", "approved")
    inbox.record(MISS)
    assert inbox.counts()["pending"] == 1


def test_scan_filters_by_state(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.record(Miss("세차되나요", "세차 되나요"))
    inbox.set_state("세차되나요", "rejected")
    assert [item.id for item in inbox.scan("pending")] == [MISS.key]
    assert len(list(inbox.scan())) == 2


def test_an_approved_item_that_is_missed_again_has_all_its_attempts(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    inbox.settle(MISS.key, "a", "approved")
    inbox.record(MISS)
    assert [item.attempts for item in inbox.claim(1, 60, "a")] == [1]


def test_an_item_whose_worker_dies_in_its_last_attempt_becomes_dead(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    for _ in range(3):
        assert len(inbox.claim(1, 60, "a")) == 1
        clock.sleep(61)
    assert inbox.claim(1, 60, "b") == []
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.state, item.owner, item.last_error) == ("dead", "", LOST)
    assert inbox.set_state(MISS.key, "pending")
    assert [item.attempts for item in inbox.claim(1, 60, "b")] == [1]


def test_what_was_saved_is_there_for_whoever_claims_the_item_next(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    item = inbox.claim(1, 60, "a")[0]
    made = replace(item, answer="고친 답이에요.", clips=("answers/aa.wav", "answers/bb.wav"), speech="s1")
    inbox.save(made, 60)
    assert inbox.counts()["synthesised"] == 1
    assert inbox.claim(1, 60, "b") == []
    clock.sleep(61)
    again = inbox.claim(1, 60, "b")[0]
    assert (again.state, again.owner, again.attempts) == ("claimed", "b", 2)
    assert (again.answer, again.clips, again.speech) == (made.answer, made.clips, made.speech)
    with pytest.raises(ConflictError):
        inbox.save(made, 60)


def test_an_item_that_waits_for_a_person_is_taken_by_nobody_else(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    inbox.save(inbox.claim(1, 60, "a")[0], 60)
    inbox.settle(MISS.key, "a", "synthesised", "a price")
    clock.sleep(1_000)
    assert inbox.claim(1, 60, "b") == []
    assert inbox.owners() == []
    assert [(item.state, item.last_error) for item in inbox.scan("synthesised")] == [("synthesised", "a price")]
    taken = inbox.take(MISS.key, 60, "person")
    assert taken is not None
    assert (taken.state, taken.owner, taken.attempts) == ("synthesised", "person", 1)
    assert inbox.take(MISS.key, 60, "another") is None
    assert not inbox.set_state(MISS.key, "rejected")
    inbox.settle(MISS.key, "person", "rejected")
    assert inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "rejected": 1}


def test_an_unanswered_item_that_its_reviewer_lost_is_pending_again(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(Miss("뭐예요", "뭐예요"))
    assert inbox.take("뭐예요", 60, "person") is not None
    clock.sleep(61)
    assert inbox.claim(1, 60, "a") == []
    assert inbox.counts()["pending"] == 1


def test_a_lease_that_is_extended_lasts(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    clock.sleep(50)
    inbox.extend([MISS.key, "없어요"], 60, "a")
    inbox.extend([MISS.key], 1_000, "b")
    clock.sleep(50)
    assert inbox.claim(1, 60, "b") == []
    clock.sleep(11)
    assert len(inbox.claim(1, 60, "b")) == 1


def test_a_release_without_refund_counts_the_attempt(inbox: Inbox, clock: VirtualClock) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    assert inbox.release("a", is_refund=False) == 1
    clock.sleep(1)
    assert [item.attempts for item in inbox.claim(1, 60, "b")] == [2]


def test_no_live_reply_takes_the_place_of_what_a_person_wrote(inbox: Inbox) -> None:
    inbox.record(Miss("뭐예요", "뭐예요"))
    assert inbox.propose("뭐예요", "사람이 쓴 답이에요.", "service_list", 1.0, "person")
    assert not inbox.propose("뭐예요", "엔진이 쓴 답이에요.", "service_list", 0.7)
    assert inbox.propose("뭐예요", "사람이 고친 답이에요.", "service_list", 1.0, "person")
    item = inbox.get("뭐예요")
    assert item is not None
    assert (item.answer, item.source, item.confidence) == ("사람이 고친 답이에요.", "person", 1.0)


def test_a_renewal_is_an_item_of_its_own_kind(inbox: Inbox) -> None:
    renewal = Miss("토요일에도하나요", "토요일에도 하나요", "네, 열어요.", source="renewal", confidence=1.0)
    inbox.record(MISS)
    assert inbox.renew(renewal, ("answers/aa.wav",), "s1")
    assert not inbox.renew(renewal)
    assert inbox.counts()["pending"] == 2
    claimed = inbox.claim(10, 60, "a", renewals_only=True)
    assert [(item.id, item.clips, item.speech, item.count) for item in claimed] == [
        (renewal.key, ("answers/aa.wav",), "s1", 0)
    ]
    assert [item.id for item in inbox.claim(10, 60, "a")] == [MISS.key]


def test_a_renewal_of_an_approved_item_keeps_its_count(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    renewal = replace(MISS, answer="새 답이에요.", source="renewal")
    assert not inbox.renew(renewal)
    inbox.settle(MISS.key, "a", "approved")
    assert inbox.renew(renewal)
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.state, item.count, item.attempts, item.answer) == ("pending", 1, 0, "새 답이에요.")


def test_a_renewal_that_keeps_failing_is_not_started_over_for_the_same_answer(inbox: Inbox) -> None:
    renewal = replace(MISS, source="renewal")
    inbox.renew(renewal)
    inbox.claim(1, 60, "a")
    inbox.settle(MISS.key, "a", "failed", "engine")
    assert not inbox.renew(renewal)
    assert inbox.renew(replace(renewal, answer="새 답이에요."))


def test_a_rejected_item_is_not_renewed(inbox: Inbox) -> None:
    inbox.record(MISS)
    inbox.set_state(MISS.key, "rejected")
    assert not inbox.renew(replace(MISS, source="renewal"))


def test_scan_reads_every_item_once_over_several_pages(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.cache.stores.sqlite_inbox.PAGE", 4)
    for n in range(10):
        inbox.record(Miss(f"물음{n}", "물음"))
    for n in (3, 3, 7):
        inbox.record(Miss(f"물음{n}", "물음"))
    inbox.set_state("물음7", "rejected")
    rest = [f"물음{n}" for n in range(10) if n not in (3, 7)]
    assert [item.id for item in inbox.scan()][:2] == ["물음3", "물음7"]
    assert sorted(item.id for item in inbox.scan()) == sorted(["물음3", "물음7", *rest])
    assert next(item.id for item in inbox.scan("pending")) == "물음3"
    assert len(list(inbox.scan("pending"))) == 9


def test_waiting_counts_what_needs_a_person(inbox: Inbox) -> None:
    inbox.record(Miss("뭐예요", "뭐예요"))
    inbox.record(MISS)
    assert (inbox.waiting().unanswered, inbox.waiting().review) == (1, 0)
    inbox.save(inbox.claim(1, 60, "a")[0], 60)
    assert (inbox.waiting().unanswered, inbox.waiting().review) == (1, 0)
    inbox.settle(MISS.key, "a", "synthesised", "a price")
    assert (inbox.waiting().unanswered, inbox.waiting().review) == (1, 1)
