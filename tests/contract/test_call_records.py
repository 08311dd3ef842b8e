"""The rules of `RecordStore`, and of what is kept in one, over every implementation."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from voicebot.call.guard.audit import AuditLog
from voicebot.call.guard.consents import Consent, Consents
from voicebot.call.guard.days import Days
from voicebot.call.guard.switch import KillSwitch, Pace
from voicebot.call.numbers import Persons
from voicebot.call.plan import Contact
from voicebot.call.records import AUDIT, RecordStore, SqliteRecords
from voicebot.call.status.log import CallLog
from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.errors import NotFoundError, RefusedError

pytestmark = pytest.mark.contract

NUMBER = "+821055554444"
NOW_S = 1_790_000_000.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW_S, timer=lambda: 0.0)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def records(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[RecordStore]:
    if request.param != "sqlite":
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.call.records_dynamodb import DynamoRecords, calls_table

        service = aws(request.param, "dynamodb")
        setup_tables(service, [calls_table(unique)])
        yield DynamoRecords(service, unique)
        return
    database = Database(tmp_path / "calls.db")
    yield SqliteRecords(database)
    database.close()


def test_a_key_is_taken_once_in_its_kind(records: RecordStore) -> None:
    assert records.insert("day", "a", 1.0, {"n": 1})
    assert not records.insert("day", "a", 2.0, {"n": 2})
    assert records.insert("contact", "a", 3.0, {"n": 3})
    found = records.get("day", "a")
    assert found is not None
    assert (found.key, found.at_s, found.document) == ("a", 1.0, {"n": 1})
    assert records.get("day", "b") is None


def test_a_change_sees_what_is_there_and_may_leave_it(records: RecordStore) -> None:
    assert records.change("day", "a", 1.0, lambda old: {"seen": old})
    assert not records.change("day", "a", 2.0, lambda old: None)
    assert records.change("day", "a", 3.0, lambda old: {"seen": old})
    found = records.get("day", "a")
    assert found is not None
    assert (found.at_s, found.document) == (1.0, {"seen": {"seen": None}})


def test_changes_at_the_same_time_are_all_there(records: RecordStore) -> None:
    records.insert("day", "other", 1.0, {})

    def count() -> None:
        for _ in range(5):
            records.change("day", "a", 1.0, lambda old: {"n": (old["n"] if old else 0) + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = records.get("day", "a")
    assert found is not None
    assert found.document["n"] == 20


def test_a_kind_is_read_in_the_order_of_time(records: RecordStore) -> None:
    for key, at_s in (("x", 3.0), ("y", 1.0), ("z", 2.0)):
        records.insert("contact", key, at_s, {})
    records.insert("day", "w", 0.0, {})
    assert [one.key for one in records.scan("contact")] == ["y", "z", "x"]
    assert [one.key for one in records.scan("contact", is_newest_first=True)] == ["x", "z", "y"]


def test_a_record_is_removed_once(records: RecordStore) -> None:
    records.insert("day", "a", 1.0, {})
    assert records.delete("day", "a")
    assert not records.delete("day", "a")
    assert records.get("day", "a") is None


def test_the_audit_log_only_grows(records: RecordStore, clock: VirtualClock) -> None:
    audit = AuditLog(records, clock)
    audit.append("refused", person="p", purpose="ad", rules=("consent", "quiet-hours"), detail="no consent")
    clock.sleep(1)
    audit.append("dial", person="p", purpose="ad", token="t")
    lines = list(audit.scan())
    assert [(line.event, line.at_s) for line in lines] == [("refused", NOW_S), ("dial", NOW_S + 1)]
    assert lines[0].rules == ("consent", "quiet-hours")
    key = next(iter(records.scan(AUDIT))).key
    with pytest.raises(RefusedError):
        records.change(AUDIT, key, 0.0, lambda old: {})
    with pytest.raises(RefusedError):
        records.delete(AUDIT, key)
    assert not records.insert(AUDIT, key, 0.0, {})
    assert list(audit.scan()) == lines


def test_a_consent_is_found_by_number_and_its_key_is_not_the_number(records: RecordStore, clock: VirtualClock) -> None:
    consents = Consents(records, Persons(b"k" * 32), clock)
    first = Consent(NUMBER, "2026-01-10", "homepage", "web", False)
    consents.put(first)
    assert consents.get(NUMBER) == first
    consents.mark_notified(NUMBER, "2026-01-12")
    renewed = Consent(NUMBER, "2026-06-01", "shop", "paper", True)
    consents.put(renewed)
    assert list(consents.scan()) == [renewed]
    assert all(NUMBER[1:] not in record.key for record in records.scan("consent"))
    with pytest.raises(NotFoundError):
        consents.mark_notified("+821055554445", "2026-01-12")


def test_confirming_on_the_same_day_keeps_that_the_notice_was_sent(records: RecordStore, clock: VirtualClock) -> None:
    consents = Consents(records, Persons(b"k" * 32), clock)
    consents.put(Consent(NUMBER, "2026-01-10", "homepage", "web", False))
    consents.mark_notified(NUMBER, "2026-01-12")
    consents.put(Consent(NUMBER, "2026-01-10", "homepage", "web", True))
    assert consents.get(NUMBER) == Consent(NUMBER, "2026-01-10", "homepage", "web", True, "2026-01-12")


def test_consents_of_more_than_two_years_are_purged(records: RecordStore, clock: VirtualClock) -> None:
    consents = Consents(records, Persons(b"k" * 32), clock)
    consents.put(Consent(NUMBER, "2024-02-29", "homepage", "web", False))
    assert consents.purge(date(2026, 2, 28)) == 0
    assert consents.purge(date(2026, 3, 1)) == 1
    assert consents.get(NUMBER) is None


def test_a_day_has_room_for_so_many_calls_and_a_repeat_takes_none(records: RecordStore, clock: VirtualClock) -> None:
    days = Days(records, clock)
    assert days.take("p", "2026-11-25", "one", 2)
    assert days.take("p", "2026-11-25", "two", 2)
    assert not days.take("p", "2026-11-25", "three", 2)
    assert days.take("p", "2026-11-25", "one", 2)
    assert days.take("p", "2026-11-26", "three", 2)
    assert days.take("q", "2026-11-25", "three", 2)
    assert days.tokens("p", "2026-11-25") == ("one", "two")


def test_the_kill_switch_stays_where_it_was_put(records: RecordStore, clock: VirtualClock) -> None:
    audit = AuditLog(records, clock)
    switch = KillSwitch(records, audit, clock)
    assert not switch.is_on()
    switch.set(True, "a complaint")
    assert KillSwitch(records, audit, clock).is_on()
    switch.set(False)
    assert not switch.is_on()
    assert [line.event for line in audit.scan()] == ["stop-all", "stop-lifted"]


def test_the_pace_is_kept_by_processes_that_start_anew(records: RecordStore, clock: VirtualClock) -> None:
    moments = []
    for _ in range(6):
        Pace(records, clock, per_second=2.0).take()
        moments.append(clock.now())
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(moments))
    assert moments[-1] - moments[0] < 2.6


def test_the_pace_survives_a_clock_that_was_put_back(records: RecordStore, clock: VirtualClock) -> None:
    Pace(records, clock, per_second=1.0).take()
    earlier = VirtualClock(NOW_S - 3600, timer=lambda: 0.0)
    Pace(records, earlier, per_second=1.0).take()
    assert earlier.now() - (NOW_S - 3600) <= 2.0


EVENTS = (
    Contact("c", "created"),
    Contact("c", "connected", connected_at_s=NOW_S + 8),
    Contact("c", "connected", outcome="answered"),
    Contact("c", "ended", outcome="voicemail"),
    Contact("c", "ended", outcome="no_answer", ended_at_s=NOW_S + 20, reason="CUSTOMER_DISCONNECT"),
)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (3, 0, 4, 2, 1, 1, 3, 0)])
def test_events_in_any_order_tell_the_same(records: RecordStore, clock: VirtualClock, order: tuple[int, ...]) -> None:
    log = CallLog(records, clock)
    for index in order:
        log.record(EVENTS[index])
    call = log.get("c")
    assert (call.state, call.outcome, call.reason) == ("ended", "voicemail", "CUSTOMER_DISCONNECT")
    assert call.talk_s == 12.0
    assert log.record(EVENTS[0]) == (call, False)
