"""Jobs in SQLite."""

import json
import sqlite3
from collections.abc import Iterator

from voicebot.database import Database
from voicebot.turns.protocol import BookingRequest, Job, JobClip, JobState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY, contact_id TEXT NOT NULL, turn INTEGER NOT NULL, said TEXT NOT NULL, replied TEXT NOT NULL,
  is_hit INTEGER NOT NULL, intent TEXT NOT NULL, memory TEXT NOT NULL,
  state TEXT NOT NULL, created_at_s REAL NOT NULL, finished_at_s REAL, fillers_played INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_by_contact ON jobs (contact_id, turn);
CREATE INDEX IF NOT EXISTS jobs_by_age ON jobs (created_at_s);
CREATE TABLE IF NOT EXISTS job_clips (
  job_id TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, ready_at_s REAL NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY (job_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_clips_by_key ON job_clips (key);
"""
_JOB_COLUMNS = (
    "id, contact_id, turn, said, replied, is_hit, intent, memory, state, created_at_s, finished_at_s, fillers_played, "
    "fillers_before"
)

_BOOKINGS = """
CREATE TABLE IF NOT EXISTS booking_requests (
  contact_id TEXT NOT NULL, request TEXT NOT NULL, requested_at_s REAL NOT NULL, PRIMARY KEY (contact_id, request)
) WITHOUT ROWID;
"""


class SqliteBookings:
    """`BookingRequests` in a SQLite table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_BOOKINGS)

    def add(self, booking: BookingRequest) -> None:
        """Keep a request; the same request of the same call is kept once."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO booking_requests VALUES (?,?,?)",
                (booking.contact_id, booking.request, booking.requested_at_s),
            )

    def scan(self) -> Iterator[BookingRequest]:
        """Yield the requests, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM booking_requests ORDER BY requested_at_s, request").fetchall()
        yield from (BookingRequest(**dict(row)) for row in rows)


class SqliteJobs:
    """`JobStore` in SQLite tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_schema(_SCHEMA)
        database.add_columns("jobs", "fillers_before INTEGER NOT NULL DEFAULT 0")

    def create(self, job: Job) -> bool:
        """Store a new job with its clips; return False and change nothing when its id is there already."""
        with self._database.writing() as connection:
            is_new = (
                connection.execute(
                    f"INSERT OR IGNORE INTO jobs ({_JOB_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        job.id,
                        job.contact_id,
                        job.turn,
                        job.said,
                        job.replied,
                        job.is_hit,
                        job.intent,
                        json.dumps(dict(job.memory), ensure_ascii=False),
                        job.state,
                        job.created_at_s,
                        job.finished_at_s,
                        job.fillers_played,
                        job.fillers_before,
                    ),
                ).rowcount
                > 0
            )
            if is_new:
                connection.executemany(
                    "INSERT INTO job_clips VALUES (?,?,?,?,?)",
                    [
                        (job.id, position, clip.key, clip.ready_at_s, clip.text)
                        for position, clip in enumerate(job.clips)
                    ],
                )
        return is_new

    def get(self, job_id: str) -> Job | None:
        """Return a job with its clips."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
            clips = connection.execute(
                "SELECT key, ready_at_s, text FROM job_clips WHERE job_id = ? ORDER BY position", (job_id,)
            ).fetchall()
        return _job(row, tuple(JobClip(**dict(clip)) for clip in clips)) if row else None

    def append(self, job_id: str, index: int, clip: JobClip) -> None:
        """Add the clip that is played at `index`; a repeat of the same index changes nothing."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO job_clips VALUES (?,?,?,?,?)",
                (job_id, index, clip.key, clip.ready_at_s, clip.text),
            )

    def finish(self, job_id: str, state: JobState, finished_at_s: float, replied: str) -> None:
        """Say that no more clips will come."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, finished_at_s = ?, replied = ? WHERE id = ? AND state = 'working'",
                (state, finished_at_s, replied, job_id),
            )

    def count_filler(self, job_id: str) -> None:
        """Count one more filler that covers the wait."""
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET fillers_played = fillers_played + 1 WHERE id = ?", (job_id,))

    def of_contact(self, contact_id: str) -> list[Job]:
        """Return a call's jobs in the order of its turns, without their clips."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM jobs WHERE contact_id = ? ORDER BY turn", (contact_id,)).fetchall()
        return [_job(row, ()) for row in rows]

    def text_of(self, clip_key: str) -> str:
        """Return what is said in a clip of any job, or an empty string."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT text FROM job_clips WHERE key = ? LIMIT 1", (clip_key,)).fetchone()
        return row["text"] if row else ""

    def purge(self, before_s: float) -> int:
        """Remove jobs that were made before `before_s`; return how many."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM job_clips WHERE job_id IN (SELECT id FROM jobs WHERE created_at_s < ?)", (before_s,)
            )
            return connection.execute("DELETE FROM jobs WHERE created_at_s < ?", (before_s,)).rowcount


def _job(row: sqlite3.Row, clips: tuple[JobClip, ...]) -> Job:
    values = dict(row)
    return Job(**(values | {"is_hit": bool(values["is_hit"]), "memory": json.loads(values["memory"]), "clips": clips}))
