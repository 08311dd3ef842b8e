"""What a run over a large file has read so far, on disk: repeats are found in constant memory, and a kill costs seconds."""

import hashlib
import json
import os
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from voicebot.disk import explained
from voicebot.errors import StorageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (key INTEGER PRIMARY KEY, answer INTEGER NOT NULL, line INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS shared (id TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (identity TEXT NOT NULL, state TEXT NOT NULL);
"""


class Ledger:
    """The notes of one run. Nothing is kept before `commit`.

    Args:
        path: Where they are; None keeps them in a file that goes with the run.
        identity: Of the file and the task; notes of another one are thrown away.
        is_fresh: Throw away whatever notes there are.
    """

    def __init__(self, path: Path | None = None, identity: str = "", is_fresh: bool = False) -> None:
        self._folder = None if path else tempfile.TemporaryDirectory(prefix="voicebot-")
        self._path = path or Path(self._folder.name if self._folder else "") / "ledger.db"
        self._identity = identity
        with explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        if is_fresh:
            self._remove()
        self._connection = self._opened()
        self._connection.execute("BEGIN")

    def _opened(self) -> sqlite3.Connection:
        try:
            connection = self._connect()
            row = connection.execute("SELECT identity FROM progress").fetchone()
            if row is None or row[0] == self._identity:
                return connection
            connection.close()
        except sqlite3.DatabaseError as exc:
            if "locked" in str(exc) or "busy" in str(exc):
                raise StorageError("another run reads the same file", hint="wait for it, or stop it") from exc
        self._remove()
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=1.0)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")  # notes that a power cut costs are only made again
        connection.executescript(_SCHEMA)
        return connection

    @property
    def state(self) -> dict[str, Any]:
        """What the last commit kept; empty for a new run."""
        row = self._connection.execute("SELECT state FROM progress").fetchone()
        return dict(json.loads(row[0])) if row else {}

    def first(self, key: str, answer: str, line: int) -> tuple[int, bool]:
        """Return the line that a key was first seen on, and whether it had this answer."""
        number, digest = _digest(key), _digest(answer)
        done = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?,?,?)", (number, digest, line))
        if done.rowcount:
            return line, True
        row = self._connection.execute("SELECT line, answer FROM seen WHERE key = ?", (number,)).fetchone()
        return int(row[0]), row[1] == digest

    def shared(self, answer_id: str, answer: str) -> str:
        """Return a line's answer: its own, or the first of its id."""
        if answer:
            self._connection.execute("INSERT OR IGNORE INTO shared VALUES (?,?)", (answer_id, answer))
            return answer
        row = self._connection.execute("SELECT answer FROM shared WHERE id = ?", (answer_id,)).fetchone()
        return str(row[0]) if row else ""

    def commit(self, state: dict[str, Any]) -> None:
        """Keep what was noted, and where the run stands."""
        self._connection.execute("DELETE FROM progress")
        self._connection.execute("INSERT INTO progress VALUES (?,?)", (self._identity, json.dumps(state)))
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")

    def close(self, is_done: bool) -> None:
        """End; the notes of a run that is done are removed."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.close()
        if self._folder:
            self._folder.cleanup()
        elif is_done:
            self._remove()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.unlink(f"{self._path}{suffix}")


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
