"""Processes and threads that write the same keys of one SQLite file at a time: nothing may be lost, nothing may be locked."""

import multiprocessing
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.table import Row
from voicebot.cache.protocol import Answer, Miss
from voicebot.cache.stores.sqlite import SqliteAnswers
from voicebot.cache.stores.sqlite_inbox import SqliteInbox
from voicebot.clock import SystemClock
from voicebot.database import Database
from voicebot.errors import ConflictError, StorageError

PROCESSES = 2
THREADS = 8
KEYS = 10

_ANSWER = Answer("", "물음", "c1", "답", "0", "", ("clips/a.wav",), "local", "ko", 1, 0.0)


@dataclass(frozen=True)
class Contention:
    """What came of it.

    Attributes:
        writes: How many writes succeeded.
        conflicts: How many conditional writes lost, and were to be made again.
        lost: How many writes are not in the versions, counters or counts that they should have raised.
        errors: How often a store failed, such as by a locked database.
    """

    writes: int
    conflicts: int
    lost: int
    errors: int


def rows() -> Iterator[Row]:
    """Write for 20 seconds."""
    found = contend(20.0)
    measured = f"{found.writes:,} writes, {found.conflicts:,} conflicts, {found.lost} lost, {found.errors} times locked"
    yield Row(
        f"{PROCESSES} processes with {THREADS} threads writing the same keys for 20 s", measured, "0 lost, 0 locked"
    )


def contend(seconds: float) -> Contention:
    """Have several processes write the same keys for so long and compare what is stored with what they did."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voicebot.db"
        context = multiprocessing.get_context("spawn")
        with context.Pool(PROCESSES) as pool:
            done = sum(pool.starmap(_write, [(path, seconds, number) for number in range(PROCESSES)]), Counter())
        database = Database(path)
        answers, inbox = SqliteAnswers(database), SqliteInbox(database, SystemClock(), 5)
        lost = 0
        for key in {key for key in done if key.startswith(("put", "add"))}:
            stored = answers.get(key)
            assert stored is not None
            lost += abs(done[key] - stored.version)
            if key.startswith("add"):
                lost += abs(done[key] - int(stored.text))
        for key in {key for key in done if key.startswith("miss")}:
            item = inbox.get(key)
            assert item is not None
            lost += abs(done[key] - item.count)
        database.close()
    writes = sum(count for key, count in done.items() if key not in ("conflicts", "errors"))
    return Contention(writes, done["conflicts"], lost, done["errors"])


def _write(path: Path, seconds: float, number: int) -> Counter[str]:
    database = Database(path)
    answers, inbox = SqliteAnswers(database), SqliteInbox(database, SystemClock(), 5)
    until_s = time.monotonic() + seconds
    counts = [Counter[str]() for _ in range(THREADS)]

    def work(thread: int) -> None:
        dice, done = random.Random(100 * number + thread), counts[thread]
        while time.monotonic() < until_s:
            which = dice.randrange(KEYS)
            try:
                key = dice.choice((_put, _add, _miss))(answers, inbox, which)
            except ConflictError:
                key = "conflicts"
            except StorageError:
                key = "errors"
            done[key] += 1
        database.close()

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    return sum(counts, Counter())


def _put(answers: SqliteAnswers, inbox: SqliteInbox, which: int) -> str:
    return answers.put(replace(_ANSWER, key=f"put{which}")).key


def _add(answers: SqliteAnswers, inbox: SqliteInbox, which: int) -> str:
    """Add one to what the answer says, on the condition that nobody has meanwhile."""
    stored = answers.get(f"add{which}") or replace(_ANSWER, key=f"add{which}")
    return answers.put(replace(stored, text=str(int(stored.text) + 1)), stored.version).key


def _miss(answers: SqliteAnswers, inbox: SqliteInbox, which: int) -> str:
    inbox.record(Miss(f"miss{which}", "물음"))
    return f"miss{which}"
