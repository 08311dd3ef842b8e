"""Answers in SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from voicebot.cache.protocol import Answer
from voicebot.database import Database
from voicebot.errors import ConflictError

_ANSWERS = """
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer_id TEXT NOT NULL, template TEXT NOT NULL, text TEXT NOT NULL,
  intent TEXT NOT NULL, clips TEXT NOT NULL, engine TEXT NOT NULL, voice TEXT NOT NULL,
  normalizer_version INTEGER NOT NULL, approved_at_s REAL NOT NULL, version INTEGER NOT NULL
) WITHOUT ROWID;
"""

_ANSWER_COLUMNS = (
    "key, utterance, answer_id, template, text, intent, clips, engine, voice, normalizer_version, approved_at_s, speech"
)


class SqliteAnswers:
    """`AnswerStore` in a SQLite table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_ANSWERS)
        database.add_columns("answers", "speech TEXT NOT NULL DEFAULT ''")

    def get(self, key: str) -> Answer | None:
        """Return the answer stored under `key`, in one read."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
        return _answer(row) if row else None

    def put(self, answer: Answer, expected_version: int | None = None) -> Answer:
        """Store `answer`; see `AnswerStore.put`."""
        with self._database.writing() as connection:
            row = connection.execute("SELECT version FROM answers WHERE key = ?", (answer.key,)).fetchone()
            stored = int(row["version"]) if row else 0
            if expected_version is not None and stored != expected_version:
                raise ConflictError(f"answer {answer.answer_id}: version {stored} is stored, not {expected_version}")
            new = replace(answer, version=stored + 1)
            connection.execute(
                f"INSERT OR REPLACE INTO answers ({_ANSWER_COLUMNS}, version) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                _values(new),
            )
        return new

    def delete(self, key: str) -> bool:
        """Remove the answer under `key`; return whether there was one."""
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM answers WHERE key = ?", (key,)).rowcount > 0

    def scan(self, page_size: int = 500) -> Iterator[Answer]:
        """Yield every answer in the order of the keys."""
        after = ""
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT * FROM answers WHERE key > ? ORDER BY key LIMIT ?", (after, page_size)
                ).fetchall()
            yield from map(_answer, rows)
            if len(rows) < page_size:
                return
            after = rows[-1]["key"]

    def count(self) -> int:
        """Return how many answers are stored."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])


def _answer(row: sqlite3.Row) -> Answer:
    values = dict(row)
    return Answer(**(values | {"clips": tuple(json.loads(values["clips"]))}))


def _values(answer: Answer) -> tuple[object, ...]:
    columns = [name.strip() for name in _ANSWER_COLUMNS.split(",")]
    values = [json.dumps(answer.clips) if name == "clips" else getattr(answer, name) for name in columns]
    return (*values, answer.version)
