"""Small records by kind and key: what outbound calls keep, on either backend."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from voicebot.database import Database
from voicebot.errors import RefusedError

Document = Mapping[str, Any]
"""Values that JSON carries."""

AUDIT = "audit"
"""The kind of which nothing is ever changed or removed."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS call_records (
  kind TEXT NOT NULL, key TEXT NOT NULL, at_s REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_records_by_time ON call_records (kind, at_s, key);
CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON call_records WHEN OLD.kind = 'audit'
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_removed BEFORE DELETE ON call_records WHEN OLD.kind = 'audit'
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        key: Unique in its kind; never a phone number.
        at_s: When it was made, seconds since the Unix epoch; the order of `RecordStore.scan`.
        document: What it says.
    """

    key: str
    at_s: float
    document: Document


class RecordStore(Protocol):
    """Records by kind and key."""

    def insert(self, kind: str, key: str, at_s: float, document: Document) -> bool:
        """Keep a new record; return False and change nothing when its key is taken."""
        ...

    def get(self, kind: str, key: str) -> Record | None:
        """Return a record as the last finished write left it."""
        ...

    def change(self, kind: str, key: str, at_s: float, new: Callable[[Document | None], Document | None]) -> bool:
        """Put what `new` makes of a record in its place, as one step; return whether anything was written.

        Args:
            kind: The record's.
            key: The record's.
            at_s: When it is made, should it be new.
            new: Gets the present document, or None where there is none; returns the new one, or None to leave
                everything as it is. It may be called more than once.

        Raises:
            RefusedError: The kind is the audit log's.
        """
        ...

    def scan(self, kind: str, *, is_newest_first: bool = False) -> Iterator[Record]:
        """Yield the records of a kind, oldest first unless asked otherwise."""
        ...

    def delete(self, kind: str, key: str) -> bool:
        """Remove a record; return whether there was one.

        Raises:
            RefusedError: The kind is the audit log's.
        """
        ...


class SqliteRecords:
    """`RecordStore` in a SQLite table. Triggers keep the audit log as it is, whoever opens the file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_SCHEMA)

    def insert(self, kind: str, key: str, at_s: float, document: Document) -> bool:
        """Keep a new record; return False and change nothing when its key is taken."""
        with self._database.writing() as connection:
            return _insert(connection, kind, key, at_s, document)

    def get(self, kind: str, key: str) -> Record | None:
        """Return a record as the last finished write left it."""
        with self._database.reading() as connection:
            return _find(connection, kind, key)

    def change(self, kind: str, key: str, at_s: float, new: Callable[[Document | None], Document | None]) -> bool:
        """Put what `new` makes of a record in its place, as one step; return whether anything was written."""
        check_changeable(kind)
        with self._database.writing() as connection:
            known = _find(connection, kind, key)
            document = new(known.document if known else None)
            if document is None:
                return False
            if known is None:
                return _insert(connection, kind, key, at_s, document)
            values = (as_json(document), kind, key)
            connection.execute("UPDATE call_records SET document = ? WHERE kind = ? AND key = ?", values)
            return True

    def scan(self, kind: str, *, is_newest_first: bool = False) -> Iterator[Record]:
        """Yield the records of a kind, oldest first unless asked otherwise."""
        order = "DESC" if is_newest_first else "ASC"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM call_records WHERE kind = ? ORDER BY at_s {order}, key {order}", (kind,)
            )
            yield from map(_record, rows)

    def delete(self, kind: str, key: str) -> bool:
        """Remove a record; return whether there was one."""
        check_changeable(kind)
        with self._database.writing() as connection:
            done = connection.execute("DELETE FROM call_records WHERE kind = ? AND key = ?", (kind, key))
            return done.rowcount > 0


def check_changeable(kind: str) -> None:
    """Return when records of a kind may be changed.

    Raises:
        RefusedError: They may not.
    """
    if kind == AUDIT:
        raise RefusedError("the audit log is append-only")


def as_json(document: Document) -> str:
    """Return a document as it is stored."""
    return json.dumps(dict(document), ensure_ascii=False, sort_keys=True)


def _insert(connection: sqlite3.Connection, kind: str, key: str, at_s: float, document: Document) -> bool:
    values = (kind, key, at_s, as_json(document))
    return connection.execute("INSERT OR IGNORE INTO call_records VALUES (?,?,?,?)", values).rowcount > 0


def _find(connection: sqlite3.Connection, kind: str, key: str) -> Record | None:
    row = connection.execute("SELECT * FROM call_records WHERE kind = ? AND key = ?", (kind, key)).fetchone()
    return _record(row) if row else None


def _record(row: sqlite3.Row) -> Record:
    return Record(row["key"], row["at_s"], json.loads(row["document"]))
