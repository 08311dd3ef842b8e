"""The inbox in SQLite."""

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from voicebot.cache.protocol import (
    INBOX_STATES,
    LOST,
    RETRIED_SHARE,
    RETRY_BASE_S,
    WRITTEN_BY_PEOPLE,
    InboxItem,
    InboxState,
    Miss,
    MissSource,
    Waiting,
)
from voicebot.clock import Clock
from voicebot.database import Database
from voicebot.errors import ConflictError

PAGE = 500

_INBOX = """
CREATE TABLE IF NOT EXISTS inbox (
  id TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer TEXT, intent TEXT NOT NULL, answer_id TEXT NOT NULL,
  source TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, attempts INTEGER NOT NULL,
  owner TEXT NOT NULL, lease_until_s REAL NOT NULL, last_error TEXT NOT NULL,
  first_seen_s REAL NOT NULL, last_seen_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS inbox_by_state ON inbox (state, count DESC, first_seen_s);
"""
_COLUMNS = (
    "confidence REAL NOT NULL DEFAULT 0",
    "clips TEXT NOT NULL DEFAULT '[]'",
    "speech TEXT NOT NULL DEFAULT ''",
)

_INSERT = """
INSERT INTO inbox (id, utterance, answer, intent, answer_id, source, confidence, clips, speech, count, first_seen_s,
  last_seen_s, state, attempts, owner, lease_until_s, last_error)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'pending',0,'',0,'')
"""
_HELD = "(state = 'claimed' OR (state = 'synthesised' AND owner != ''))"
_PEOPLE = "(" + ", ".join(f"'{source}'" for source in sorted(WRITTEN_BY_PEOPLE)) + ")"


class SqliteInbox:
    """`Inbox` in a SQLite table."""

    def __init__(self, database: Database, clock: Clock, max_attempts: int) -> None:
        self._database = database
        self._clock = clock
        self._max_attempts = max_attempts
        database.add_schema(_INBOX)
        database.add_columns("inbox", *_COLUMNS)

    def record(self, miss: Miss) -> bool:
        """Add a miss, or count a repeat; return True when it is new."""
        with self._database.writing() as connection:
            count = connection.execute(
                f"""
                {_INSERT}
                ON CONFLICT (id) DO UPDATE SET
                  count = count + 1, last_seen_s = excluded.last_seen_s,
                  answer = COALESCE(inbox.answer, excluded.answer),
                  source = CASE WHEN inbox.answer IS NULL AND excluded.answer IS NOT NULL
                    THEN excluded.source ELSE inbox.source END,
                  confidence = CASE WHEN inbox.answer IS NULL THEN excluded.confidence ELSE inbox.confidence END,
                  intent = CASE inbox.intent WHEN '' THEN excluded.intent ELSE inbox.intent END,
                  answer_id = CASE inbox.answer_id WHEN '' THEN excluded.answer_id ELSE inbox.answer_id END,
                  attempts = CASE inbox.state WHEN 'approved' THEN 0 ELSE inbox.attempts END,
                  last_error = CASE inbox.state WHEN 'approved' THEN '' ELSE inbox.last_error END,
                  state = CASE inbox.state WHEN 'approved' THEN 'pending' ELSE inbox.state END
                RETURNING count
                """,
                self._inserted(miss, (), "", 1),
            ).fetchone()["count"]
        return int(count) == 1

    def propose(
        self, item_id: str, answer: str, intent: str, confidence: float = 0.0, source: MissSource = "call"
    ) -> bool:
        """Give a pending or failed item its answer text; see `Inbox.propose`."""
        by_person = source in WRITTEN_BY_PEOPLE
        return self._update(
            "answer = ?, intent = ?, confidence = ?, source = CASE WHEN ? THEN ? ELSE source END",
            f"id = ? AND state IN ('pending', 'failed') AND (? OR answer IS NULL OR source NOT IN {_PEOPLE})",
            (answer, intent, confidence, by_person, source, item_id, by_person),
        )

    def renew(self, miss: Miss, clips: tuple[str, ...] = (), speech: str = "") -> bool:
        """Have the answer of `miss` made again; see `Inbox.renew`."""
        with self._database.writing() as connection:
            row = connection.execute(
                f"""
                {_INSERT}
                ON CONFLICT (id) DO UPDATE SET
                  answer = excluded.answer, intent = excluded.intent, answer_id = excluded.answer_id,
                  source = excluded.source, confidence = excluded.confidence, clips = excluded.clips,
                  speech = excluded.speech, state = 'pending', attempts = 0, last_error = '', lease_until_s = 0
                WHERE inbox.state = 'approved' OR (inbox.state = 'pending' AND inbox.answer IS NULL)
                  OR (inbox.state IN ('failed', 'dead') AND inbox.answer IS NOT excluded.answer)
                RETURNING id
                """,
                self._inserted(miss, clips, speech, 0),
            ).fetchone()
        return row is not None

    def claim(self, n: int, lease_s: float, owner: str, *, renewals_only: bool = False) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds."""
        now = self._clock.now()
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE inbox SET state = 'dead', owner = '', lease_until_s = 0, "
                "last_error = CASE state WHEN 'failed' THEN last_error ELSE ? END "
                f"WHERE attempts >= ? AND lease_until_s < ? AND (state = 'failed' OR {_HELD})",
                (LOST, self._max_attempts, now),
            )
            connection.execute(
                "UPDATE inbox SET state = 'pending', owner = '', lease_until_s = 0 "
                f"WHERE answer IS NULL AND lease_until_s < ? AND {_HELD}",
                (now,),
            )
            tried = f"lease_until_s < {now!r} AND (state = 'failed' OR {_HELD})"
            again = _claimable(connection, tried, "attempts, count DESC, first_seen_s", n, renewals_only)
            share = n // RETRIED_SHARE
            left = n - len(again[:share])
            fresh = _claimable(connection, "state = 'pending'", "count DESC, first_seen_s", left, renewals_only)
            ids = [*again[:share], *fresh, *again[share:]][:n]
            rows = [
                connection.execute(
                    "UPDATE inbox SET state = 'claimed', owner = ?, lease_until_s = ?, attempts = attempts + 1, "
                    f"last_error = CASE WHEN {_HELD} THEN ? ELSE last_error END WHERE id = ? RETURNING *",
                    (owner, now + lease_s, LOST, item_id),
                ).fetchone()
                for item_id in ids
            ]
        return [_item(row) for row in rows]

    def take(self, item_id: str, lease_s: float, owner: str) -> InboxItem | None:
        """Take one item that nobody holds; see `Inbox.take`."""
        now = self._clock.now()
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT * FROM inbox WHERE id = ? AND (owner = '' OR lease_until_s < ?)", (item_id, now)
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE inbox SET state = 'claimed', owner = ?, lease_until_s = ? WHERE id = ?",
                (owner, now + lease_s, item_id),
            )
        return replace(_item(row), owner=owner)

    def extend(self, item_ids: Iterable[str], lease_s: float, owner: str) -> None:
        """Have the leases on items end in `lease_s` seconds; those that are lost meanwhile stay lost."""
        until_s = self._clock.now() + lease_s
        with self._database.writing() as connection:
            connection.executemany(
                f"UPDATE inbox SET lease_until_s = ? WHERE id = ? AND owner = ? AND {_HELD}",
                [(until_s, item_id, owner) for item_id in item_ids],
            )

    def save(self, item: InboxItem, lease_s: float) -> None:
        """Keep what the owner of a claim has made of an item; see `Inbox.save`."""
        made = (item.answer, item.intent, item.answer_id, item.source, json.dumps(item.clips), item.speech)
        if not self._update(
            "answer = ?, intent = ?, answer_id = ?, source = ?, clips = ?, speech = ?, state = 'synthesised', "
            "lease_until_s = ?",
            f"id = ? AND owner = ? AND {_HELD}",
            (*made, self._clock.now() + lease_s, item.id, item.owner),
        ):
            raise _lost_lease()

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim; see `Inbox.settle`."""
        now = self._clock.now()
        if not self._update(
            "state = CASE WHEN ? = 'failed' AND attempts >= ? THEN 'dead' ELSE ? END, owner = '', last_error = ?, "
            "lease_until_s = CASE ? WHEN 'failed' THEN ? + ? * (1 << attempts) ELSE 0 END",
            f"id = ? AND owner = ? AND {_HELD}",
            (outcome, self._max_attempts, outcome, error, outcome, now, RETRY_BASE_S, item_id, owner),
        ):
            raise _lost_lease()

    def release(self, owner: str, *, is_refund: bool = True) -> int:
        """Give back everything `owner` holds; return how many items."""
        back = "state = 'pending', owner = '', lease_until_s = 0, attempts = max(0, attempts - 1)"
        with self._database.writing() as connection:
            return connection.execute(
                f"UPDATE inbox SET {back if is_refund else 'lease_until_s = 0'} WHERE owner = ? AND {_HELD}", (owner,)
            ).rowcount

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT DISTINCT owner FROM inbox WHERE {_HELD} ORDER BY owner").fetchall()
        return [row["owner"] for row in rows]

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM inbox WHERE id = ?", (item_id,)).fetchone()
        return _item(row) if row else None

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an item that nobody holds into `state`; return whether there was one."""
        return self._update(
            "state = ?, attempts = 0, last_error = '', lease_until_s = 0", "id = ? AND owner = ''", (state, item_id)
        )

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first, reading a page at a time."""
        states = (state,) if state else INBOX_STATES
        yield from heapq.merge(*map(self._of_state, states), key=_rank)

    def _of_state(self, state: InboxState) -> Iterator[InboxItem]:
        order = "ORDER BY count DESC, first_seen_s, id LIMIT ?"
        last: InboxItem | None = None
        while True:
            with self._database.reading() as connection:
                select = "SELECT * FROM inbox WHERE state = ?"
                if last is None:
                    rows = connection.execute(f"{select} {order}", (state, PAGE)).fetchall()
                else:  # two ranges of the index: as often asked as the last one, and less often
                    same = (state, last.count, last.first_seen_s, last.id, PAGE)
                    rows = connection.execute(
                        f"{select} AND count = ? AND (first_seen_s, id) > (?, ?) {order}", same
                    ).fetchall()
                    fewer = (state, last.count, PAGE - len(rows))
                    rows += connection.execute(f"{select} AND count < ? {order}", fewer).fetchall()
            items = [_item(row) for row in rows]
            yield from items
            if len(items) < PAGE:
                return
            last = items[-1]

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT state, count(*) AS n FROM inbox GROUP BY state").fetchall()
        return dict.fromkeys(INBOX_STATES, 0) | {row["state"]: row["n"] for row in rows}

    def waiting(self) -> Waiting:
        """Return how many items need a person."""
        with self._database.reading() as connection:
            unanswered, review = connection.execute(
                "SELECT (SELECT count(*) FROM inbox WHERE state = 'pending' AND answer IS NULL), "
                "(SELECT count(*) FROM inbox WHERE state = 'synthesised' AND owner = '')"
            ).fetchone()
        return Waiting(unanswered, review)

    def _update(self, changes: str, where: str, values: tuple[object, ...]) -> bool:
        with self._database.writing() as connection:
            return connection.execute(f"UPDATE inbox SET {changes} WHERE {where}", values).rowcount > 0

    def _inserted(self, miss: Miss, clips: tuple[str, ...], speech: str, count: int) -> tuple[object, ...]:
        now = self._clock.now()
        said = (miss.key, miss.utterance, miss.answer, miss.intent, miss.answer_id, miss.source, miss.confidence)
        return (*said, json.dumps(clips), speech, count, now, now)


def _claimable(connection: sqlite3.Connection, where: str, order: str, n: int, renewals_only: bool) -> list[str]:
    rows = connection.execute(
        f"SELECT id FROM inbox WHERE answer IS NOT NULL AND (NOT ? OR source = 'renewal') AND {where} "
        f"ORDER BY {order} LIMIT ?",
        (renewals_only, n),
    ).fetchall()
    return [row["id"] for row in rows]


def _lost_lease() -> ConflictError:
    return ConflictError("the lease on an inbox item ran out; somebody else holds it")


def _rank(item: InboxItem) -> tuple[int, float, str]:
    return -item.count, item.first_seen_s, item.id


def _item(row: sqlite3.Row) -> InboxItem:
    values = {field.name: row[field.name] for field in fields(InboxItem)}
    return InboxItem(**(values | {"clips": tuple(json.loads(values["clips"]))}))
