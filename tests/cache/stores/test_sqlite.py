"""The SQLite stores open what an older version left."""

import sqlite3
from pathlib import Path

import pytest

from tests.fakes.answers import ANSWER, MISS
from voicebot.cache.stores.sqlite import SqliteAnswers
from voicebot.cache.stores.sqlite_inbox import SqliteInbox
from voicebot.clock import SystemClock
from voicebot.database import Database

pytestmark = pytest.mark.unit

FIRST_SCHEMA = """
CREATE TABLE answers (
  key TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer_id TEXT NOT NULL, template TEXT NOT NULL, text TEXT NOT NULL,
  intent TEXT NOT NULL, clips TEXT NOT NULL, engine TEXT NOT NULL, voice TEXT NOT NULL,
  normalizer_version INTEGER NOT NULL, approved_at_s REAL NOT NULL, version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO answers VALUES ('예전물음', '예전 물음', 'c1', '답', '답', '', '["clips/a.wav"]', 'local', 'ko', 1, 0.0, 4);
CREATE TABLE inbox (
  id TEXT PRIMARY KEY, utterance TEXT NOT NULL, answer TEXT, intent TEXT NOT NULL, answer_id TEXT NOT NULL,
  source TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, attempts INTEGER NOT NULL,
  owner TEXT NOT NULL, lease_until_s REAL NOT NULL, last_error TEXT NOT NULL,
  first_seen_s REAL NOT NULL, last_seen_s REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO inbox VALUES ('예전물음', '예전 물음', '답', '', 'c1', 'call', 'pending', 3, 0, '', 0, '', 1.0, 2.0);
"""


def test_a_file_of_an_older_version_gets_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_SCHEMA)
    old.close()
    database = Database(path)
    answers, inbox = SqliteAnswers(database), SqliteInbox(database, SystemClock(), max_attempts=3)
    stored = answers.get("예전물음")
    assert stored is not None
    assert (stored.version, stored.speech) == (4, "")
    assert answers.put(ANSWER).version == 1
    inbox.record(MISS)
    assert [(item.id, item.clips, item.confidence) for item in inbox.claim(5, 60, "a")] == [
        ("예전물음", (), 0.0),
        (MISS.key, (), 0.0),
    ]
    database.close()
