"""Answers and the inbox in SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from voicebot.cache.database import Database
from voicebot.cache.protocol import INBOX_STATES, Answer, InboxItem, InboxState, Miss
from voicebot.clock import Clock
from voicebot.errors import ConflictError

RETRY_BASE_S = 30.0
"""A failed item is tried again after this times two to the number of its attempts."""

_ANSWERS = """
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer_id TEXT NOT NULL, template TEXT NOT NULL, text TEXT NOT NULL,
  intent TEXT NOT NULL, clips TEXT NOT NULL, engine TEXT NOT NULL, voice TEXT NOT NULL,
  normalizer_version INTEGER NOT NULL, approved_at_s REAL NOT NULL, version INTEGER NOT NULL
) WITHOUT ROWID;
"""

_INBOX = """
CREATE TABLE IF NOT EXISTS inbox (
  id TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer TEXT, intent TEXT NOT NULL, answer_id TEXT NOT NULL,
  source TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, attempts INTEGER NOT NULL,
  owner TEXT NOT NULL, lease_until_s REAL NOT NULL, last_error TEXT NOT NULL,
  first_seen_s REAL NOT NULL, last_seen_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS inbox_by_state ON inbox (state, count DESC, first_seen_s);
"""

_ANSWER_COLUMNS = (
    "key, utterance, answer_id, template, text, intent, clips, engine, voice, normalizer_version, approved_at_s"
)


class SqliteAnswers:
    """`AnswerStore` in a SQLite table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_ANSWERS)

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
                f"INSERT OR REPLACE INTO answers ({_ANSWER_COLUMNS}, version) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
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


class SqliteInbox:
    """`Inbox` in a SQLite table."""

    def __init__(self, database: Database, clock: Clock, max_attempts: int) -> None:
        self._database = database
        self._clock = clock
        self._max_attempts = max_attempts
        database.add_schema(_INBOX)

    def record(self, miss: Miss) -> bool:
        """Add a miss, or count a repeat; return True when it is new."""
        now = self._clock.now()
        with self._database.writing() as connection:
            count = connection.execute(
                """
                INSERT INTO inbox VALUES (?,?,?,?,?,?,'pending',1,0,'',0,'',?,?)
                ON CONFLICT (id) DO UPDATE SET
                  count = count + 1, last_seen_s = excluded.last_seen_s,
                  answer = COALESCE(inbox.answer, excluded.answer),
                  intent = CASE inbox.intent WHEN '' THEN excluded.intent ELSE inbox.intent END,
                  answer_id = CASE inbox.answer_id WHEN '' THEN excluded.answer_id ELSE inbox.answer_id END,
                  state = CASE inbox.state WHEN 'approved' THEN 'pending' ELSE inbox.state END
                RETURNING count
                """,
                (miss.key, miss.utterance, miss.answer, miss.intent, miss.answer_id, miss.source, now, now),
            ).fetchone()["count"]
        return int(count) == 1

    def propose(self, item_id: str, answer: str, intent: str) -> bool:
        """Give a pending item its answer text; return whether there was such an item."""
        with self._database.writing() as connection:
            return (
                connection.execute(
                    "UPDATE inbox SET answer = ?, intent = ? WHERE id = ? AND state IN ('pending', 'failed')",
                    (answer, intent, item_id),
                ).rowcount
                > 0
            )

    def claim(self, n: int, lease_s: float, owner: str) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds."""
        now = self._clock.now()
        with self._database.writing() as connection:
            rows = connection.execute(
                """
                UPDATE inbox SET state = 'claimed', owner = ?, lease_until_s = ?, attempts = attempts + 1
                WHERE id IN (
                  SELECT id FROM inbox
                  WHERE answer IS NOT NULL AND attempts < ?
                    AND (state = 'pending' OR (state IN ('claimed', 'failed') AND lease_until_s < ?))
                  ORDER BY count DESC, first_seen_s LIMIT ?)
                RETURNING *
                """,
                (owner, now + lease_s, self._max_attempts, now, n),
            ).fetchall()
        return [_item(row) for row in rows]

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim; see `Inbox.settle`."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE inbox SET state = ?, owner = '', last_error = ?, "
                "lease_until_s = CASE ? WHEN 'failed' THEN ? + ? * (1 << attempts) ELSE 0 END "
                "WHERE id = ? AND owner = ? AND state = 'claimed'",
                (outcome, error, outcome, self._clock.now(), RETRY_BASE_S, item_id, owner),
            ).rowcount
        if not changed:
            raise ConflictError("the lease on an inbox item ran out; somebody else holds it")

    def release(self, owner: str) -> int:
        """Give back everything `owner` holds; return how many items."""
        with self._database.writing() as connection:
            return connection.execute(
                "UPDATE inbox SET state = 'pending', owner = '', lease_until_s = 0, attempts = attempts - 1 "
                "WHERE state = 'claimed' AND owner = ?",
                (owner,),
            ).rowcount

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT DISTINCT owner FROM inbox WHERE state = 'claimed'").fetchall()
        return [row["owner"] for row in rows]

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM inbox WHERE id = ?", (item_id,)).fetchone()
        return _item(row) if row else None

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an unclaimed item into `state`; return whether there was one."""
        with self._database.writing() as connection:
            return (
                connection.execute(
                    "UPDATE inbox SET state = ?, attempts = 0, last_error = '', lease_until_s = 0 WHERE id = ? AND state != 'claimed'",
                    (state, item_id),
                ).rowcount
                > 0
            )

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first."""
        where, values = ("WHERE state = ?", (state,)) if state else ("", ())
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM inbox {where} ORDER BY count DESC, first_seen_s", values
            ).fetchall()
        yield from map(_item, rows)

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT state, count(*) AS n FROM inbox GROUP BY state").fetchall()
        return dict.fromkeys(INBOX_STATES, 0) | {row["state"]: row["n"] for row in rows}


def _answer(row: sqlite3.Row) -> Answer:
    values = dict(row)
    return Answer(**(values | {"clips": tuple(json.loads(values["clips"]))}))


def _values(answer: Answer) -> tuple[object, ...]:
    columns = [name.strip() for name in _ANSWER_COLUMNS.split(",")]
    values = [json.dumps(answer.clips) if name == "clips" else getattr(answer, name) for name in columns]
    return (*values, answer.version)


def _item(row: sqlite3.Row) -> InboxItem:
    values = dict(row)
    del values["lease_until_s"]
    return InboxItem(**values)
