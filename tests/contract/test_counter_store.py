"""The rules of `CounterStore`, over every implementation."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from voicebot.cache.counters import CounterStore
from voicebot.cache.stores.sqlite_counters import SqliteCounters
from voicebot.database import Database

pytestmark = pytest.mark.contract

Stores = Callable[[], CounterStore]


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[Stores]:
    """Make one more process's view of the same counters."""
    if request.param != "sqlite":
        service = aws(request.param, "dynamodb")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.cache.stores.dynamodb_counters import DynamoCounters, counters_table

        setup_tables(service, [counters_table(unique)])
        yield lambda: DynamoCounters(service, unique)
        return
    database = Database(tmp_path / "counters.db")
    yield lambda: SqliteCounters(database)
    database.close()


def sums(store: CounterStore, first: str, last: str) -> dict[tuple[str, str, str], int]:
    """Return the counters with their parts added up."""
    found: Counter[tuple[str, str, str]] = Counter()
    for count in store.read(first, last):
        found[count.day, count.intent, count.event] += count.count
    return dict(found)


def test_counters_of_all_processes_add_up(stores: Stores) -> None:
    stores().add({("2026-11-25", "price_quote", "exact"): 3, ("2026-11-25", "", "miss"): 1})
    stores().add({("2026-11-25", "price_quote", "exact"): 2})
    assert sums(stores(), "2026-11-25", "2026-11-25") == {
        ("2026-11-25", "price_quote", "exact"): 5,
        ("2026-11-25", "", "miss"): 1,
    }


def test_only_the_asked_days_are_read_in_their_order(stores: Stores) -> None:
    store = stores()
    for day in ("2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"):
        store.add({(day, "a", "miss"): 1})
    assert [count.day for count in store.read("2026-11-01", "2026-11-02")] == ["2026-11-01", "2026-11-02"]


def test_parallel_writers_lose_nothing(stores: Stores) -> None:
    def write() -> None:
        store = stores()
        for _ in range(10):
            store.add({("2026-11-25", "a", "exact"): 1, ("2026-11-25", "b", "spared_chars"): 40})

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums(stores(), "2026-11-25", "2026-11-25") == {
        ("2026-11-25", "a", "exact"): 40,
        ("2026-11-25", "b", "spared_chars"): 1600,
    }
