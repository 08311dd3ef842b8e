"""The rules of `Inbox`, over every implementation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.cache.database import Database
from voicebot.cache.protocol import Inbox, Miss
from voicebot.cache.sqlite import SqliteInbox
from voicebot.clock import VirtualClock
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
        from voicebot.cache.dynamodb_inbox import DynamoInbox, inbox_table
        from voicebot.cache.dynamodb_setup import setup_tables

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
    clock.sleep(1_000_000)
    assert inbox.claim(1, 60, "a") == []


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
    assert inbox.counts() == {"pending": 0, "claimed": 0, "approved": 0, "rejected": 1, "failed": 0}


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
