"""Counters in SQLite."""

import sqlite3
from collections.abc import Iterator

from voicebot.cache.counters import Count, Counts
from voicebot.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
  day TEXT NOT NULL, intent TEXT NOT NULL, event TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, intent, event)
) WITHOUT ROWID;
"""


class SqliteCounters:
    """`CounterStore` in a SQLite table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_SCHEMA)

    def add(self, counts: Counts) -> None:
        """Add to counters, all of them or none."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO counters VALUES (?,?,?,?) "
                "ON CONFLICT (day, intent, event) DO UPDATE SET count = count + excluded.count",
                [(*key, count) for key, count in counts.items()],
            )

    def read(self, first_day: str, last_day: str) -> Iterator[Count]:
        """Yield the counters of some days, in the order of days."""
        with self._database.reading() as connection:
            rows: list[sqlite3.Row] = connection.execute(
                "SELECT * FROM counters WHERE day BETWEEN ? AND ? ORDER BY day, intent, event", (first_day, last_day)
            ).fetchall()
        for row in rows:
            yield Count(row["day"], row["intent"], row["event"], row["count"])
