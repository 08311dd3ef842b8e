"""Who must not be called again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voicebot.clock import Clock
from voicebot.database import Database
from voicebot.errors import InputError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS opt_outs (
  number TEXT PRIMARY KEY, source TEXT NOT NULL, contact_id TEXT NOT NULL, added_at_s REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opt_out_notices (number TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
"""
_LIST = """
SELECT opt_outs.*, COALESCE(day, '') AS notified_on FROM opt_outs LEFT JOIN opt_out_notices USING (number)
ORDER BY added_at_s, number
"""


@dataclass(frozen=True)
class OptOut:
    """One number on the list.

    Attributes:
        number: In E.164 form.
        source: ``call`` (spoken or keyed), ``person`` or ``import``.
        contact_id: The call in which it was said, or an empty string.
        added_at_s: Seconds since the Unix epoch.
        notified_on: The day the result notice was sent, or an empty string.
    """

    number: str
    source: str
    contact_id: str
    added_at_s: float
    notified_on: str = ""


class OptOutList(Protocol):
    """Numbers that refused calls."""

    def add(self, number: str, source: str, contact_id: str = "") -> bool:
        """Put a number on the list; return False when it was there already."""
        ...

    def has(self, number: str) -> bool:
        """Return whether a number is on the list."""
        ...

    def scan(self) -> Iterator[OptOut]:
        """Yield the list, oldest first."""
        ...

    def mark_notified(self, number: str, day: str) -> bool:
        """Note that the person was told the result; return whether the number is on the list."""
        ...


class SqliteOptOuts:
    """`OptOutList` in a SQLite table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        database.add_schema(_SCHEMA)

    def add(self, number: str, source: str, contact_id: str = "") -> bool:
        """Put a number on the list; return False when it was there already."""
        values = (e164(number), source, contact_id, self._clock.now())
        with self._database.writing() as connection:
            return connection.execute("INSERT OR IGNORE INTO opt_outs VALUES (?,?,?,?)", values).rowcount > 0

    def has(self, number: str) -> bool:
        """Return whether a number is on the list."""
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM opt_outs WHERE number = ?", (e164(number),)).fetchone() is not None

    def scan(self) -> Iterator[OptOut]:
        """Yield the list, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_LIST).fetchall()
        yield from (OptOut(**dict(row)) for row in rows)

    def mark_notified(self, number: str, day: str) -> bool:
        """Note that the person was told the result; return whether the number is on the list."""
        number = e164(number)
        with self._database.writing() as connection:
            is_listed = connection.execute("SELECT 1 FROM opt_outs WHERE number = ?", (number,)).fetchone()
            if is_listed:
                connection.execute("INSERT OR REPLACE INTO opt_out_notices VALUES (?,?)", (number, day))
        return bool(is_listed)


def e164(number: str) -> str:
    """Return a Korean or international number in E.164 form: 010-1234-5678 and +82 010-1234-5678 are +821012345678.

    Raises:
        InputError: It is not a telephone number.
    """
    digits = re.sub(r"[\s().-]", "", number)
    domestic = re.fullmatch(r"(?:\+?82)?0([1-9]\d+)|82([1-9]\d{7,})", digits)
    if domestic:
        digits = f"+82{domestic[1] or domestic[2]}"
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise InputError("this is not a telephone number", hint="write it as +821012345678 or 010-1234-5678")
    return digits
