"""Lookups are counted in memory and kept now and then."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.aws_backend import sent_to
from voicebot.cache.counters import FLUSH_EVENTS, Count, Counts, LookupMeter, day_of, days_until
from voicebot.clock import VirtualClock
from voicebot.errors import StorageError

pytestmark = pytest.mark.unit

MIDNIGHT_KST_S = 1_795_446_000.0


class CounterLog:
    """A `CounterStore` that remembers each write, and fails while it is told to."""

    def __init__(self) -> None:
        self.writes: list[dict[Any, int]] = []
        self.is_away = False

    def add(self, counts: Counts) -> None:
        if self.is_away:
            raise StorageError("away")
        self.writes.append(dict(counts))

    def read(self, first_day: str, last_day: str) -> Iterator[Count]:
        return iter(())

    @property
    def total(self) -> int:
        return sum(Counter({key: count for write in self.writes for key, count in write.items()}).values())


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(MIDNIGHT_KST_S, timer=lambda: 0.0)


def test_lookups_within_the_time_are_one_write(clock: VirtualClock) -> None:
    store = CounterLog()
    meter = LookupMeter(store, clock, 10.0)
    for _ in range(5):
        meter.count("price_quote", "exact", 40)
        clock.sleep(1.0)
    assert store.writes == []
    clock.sleep(5.0)
    meter.count("", "miss")
    day = day_of(MIDNIGHT_KST_S)
    assert store.writes == [
        {(day, "price_quote", "exact"): 5, (day, "price_quote", "spared_chars"): 200, (day, "", "miss"): 1}
    ]


def test_many_lookups_do_not_wait_for_the_time(clock: VirtualClock) -> None:
    store = CounterLog()
    meter = LookupMeter(store, clock, 3600.0)
    for _ in range(2 * FLUSH_EVENTS):
        meter.count("a", "exact")
    assert len(store.writes) == 2


def test_no_time_writes_each_one(clock: VirtualClock) -> None:
    store = CounterLog()
    meter = LookupMeter(store, clock, 0.0)
    meter.count("a", "exact")
    meter.count("a", "exact")
    assert len(store.writes) == 2


def test_a_store_that_is_away_fails_no_turn_and_loses_no_count(clock: VirtualClock) -> None:
    store = CounterLog()
    meter = LookupMeter(store, clock, 0.0)
    store.is_away = True
    meter.count("a", "exact")
    meter.count("a", "miss")
    store.is_away = False
    meter.flush()
    day = day_of(MIDNIGHT_KST_S)
    assert store.writes == [{(day, "a", "exact"): 1, (day, "a", "miss"): 1}]


def test_days_are_koreas() -> None:
    assert day_of(MIDNIGHT_KST_S) != day_of(MIDNIGHT_KST_S - 1)
    assert days_until("2026-03-01", 3) == ["2026-02-27", "2026-02-28", "2026-03-01"]


def test_processes_write_to_different_items_and_one_write_at_a_time(
    aws: Callable[[str, str], Any], unique: str
) -> None:
    service = aws("moto", "dynamodb")
    from voicebot.aws.dynamodb_setup import setup_tables
    from voicebot.cache.stores.dynamodb_counters import SHARDS, DynamoCounters, counters_table

    setup_tables(service, [counters_table(unique)])
    counts = {("2026-11-25", f"intent-{n}", "exact"): 1 for n in range(25)}
    with sent_to(service) as sent:
        for shard in range(SHARDS):
            DynamoCounters(service, unique, shard).add(counts)
    assert sent == ["UpdateItem"] * SHARDS
    assert service.call("scan", TableName=unique, Select="COUNT")["Count"] == SHARDS
