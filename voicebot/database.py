"""One SQLite file in WAL mode: connections, transactions, and its errors in plain words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voicebot.disk import explained
from voicebot.errors import ConfigError, StorageError, VoicebotError

BUSY_TIMEOUT_S = 30.0


class Database:
    """The local backend's database.

    Each thread has a connection of its own, opened on first use.

    Args:
        path: The file; it and its folder are made when missing.
        schema: Statements that create what the tables' owners need, each safe to run again.
    """

    def __init__(self, path: Path, *schema: str) -> None:
        self.path = path
        self._schema = list(schema)
        self._columns: list[tuple[str, str]] = []
        self._local = threading.local()
        self._writing = threading.RLock()  # threads queue here; SQLite itself has them sleep and try again

    def add_schema(self, statements: str) -> None:
        """Create more tables, now or as soon as a connection is opened."""
        self._schema.append(statements)
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            with self._explained():
                connection.executescript(statements)

    def add_columns(self, table: str, *definitions: str) -> None:
        """Give a table of an older file the columns it lacks, now or as soon as a connection is opened.

        Args:
            table: One of the schema's tables.
            definitions: A column each, such as ``clips TEXT NOT NULL DEFAULT '[]'``.
        """
        self._columns += [(table, definition) for definition in definitions]
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            with self._explained():
                self._widen(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection for reads."""
        with self._explained():
            yield self._connection()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection inside a write transaction: all of the block happens, or none of it.

        Inside such a block it is the same transaction, so that many writes can be kept together.
        """
        with self._writing, self._explained():
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with explained(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            for statements in self._schema:
                connection.executescript(statements)
            self._widen(connection)
            self._local.connection = connection
        return connection

    def _widen(self, connection: sqlite3.Connection) -> None:
        for table, definition in self._columns:
            name = definition.split()[0]
            if not _has_column(connection, table, name):
                try:
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
                except sqlite3.OperationalError:
                    if not _has_column(connection, table, name):  # else another process was faster
                        raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as exc:
            raise self._explain(exc) from exc

    def _explain(self, exc: sqlite3.DatabaseError) -> VoicebotError:
        text = str(exc)
        if "not a database" in text or "malformed" in text:
            return ConfigError(
                f"{self.path}: {text}",
                hint="move that file away, or set data_dir to another folder; it was not touched",
            )
        if "unable to open" in text or "readonly" in text:
            return ConfigError(f"{self.path}: {text}", hint="set data_dir to a folder that this user may write to")
        if "full" in text or "disk I/O" in text:
            return StorageError(
                f"{self.path}: {text}", hint="free some space and run the same command again; nothing was lost"
            )
        if "locked" in text or "busy" in text:
            return StorageError(f"{self.path}: {text}", hint="another process is writing for long; try again")
        raise exc


def _has_column(connection: sqlite3.Connection, table: str, name: str) -> bool:
    return any(row["name"] == name for row in connection.execute(f"PRAGMA table_info({table})"))
