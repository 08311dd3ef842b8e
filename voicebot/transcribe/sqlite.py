"""Transcripts in a SQLite table."""

from collections.abc import Iterator

from voicebot.database import Database
from voicebot.transcribe.protocol import Segment

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transcript_segments (
  id TEXT PRIMARY KEY, contact_id TEXT NOT NULL, track TEXT NOT NULL, start_s REAL NOT NULL, end_s REAL NOT NULL,
  text TEXT NOT NULL, is_partial INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transcript_starts (contact_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transcript_segments_by_contact ON transcript_segments (contact_id, start_s);
"""


class SqliteTranscripts:
    """`TranscriptStore` in a SQLite table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_SCHEMA)

    def begin(self, contact_id: str) -> bool:
        """Note that a call is being transcribed; return False when that was noted before. `remove` takes it back."""
        with self._database.writing() as connection:
            return connection.execute("INSERT OR IGNORE INTO transcript_starts VALUES (?)", (contact_id,)).rowcount > 0

    def put(self, segment: Segment) -> None:
        """Keep a segment; one of the same id is replaced, but a final one never by a partial one."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO transcript_segments VALUES (:id, :contact_id, :track, :start_s, :end_s, :text, :is_partial)"
                " ON CONFLICT (id) DO UPDATE SET start_s = :start_s, end_s = :end_s, text = :text, is_partial = :is_partial"
                " WHERE is_partial OR NOT :is_partial",
                vars(segment),
            )

    def remove(self, segment_id: str) -> None:
        """Remove a segment."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM transcript_segments WHERE id = ?", (segment_id,))
            connection.execute("DELETE FROM transcript_starts WHERE contact_id = ?", (segment_id,))

    def of(self, contact_id: str) -> Iterator[Segment]:
        """Yield a call's segments, by their start."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM transcript_segments WHERE contact_id = ? ORDER BY start_s, id", (contact_id,)
            ).fetchall()
        yield from (Segment(**{**dict(row), "is_partial": bool(row["is_partial"])}) for row in rows)

    def delete(self, contact_id: str) -> int:
        """Remove a call's transcript; return how many segments it had."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM transcript_starts WHERE contact_id = ?", (contact_id,))
            return connection.execute("DELETE FROM transcript_segments WHERE contact_id = ?", (contact_id,)).rowcount
