"""Rows out of CSV and JSONL files of any size, whatever state they are in.

A file is read line by line and never held: what cannot be read costs its own line, is said once, and the rest goes on.
UTF-8 is expected; a line that is not may be CP949, as Korean spreadsheets write it.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from voicebot.errors import InputError

Format = Literal["csv", "jsonl"]
FORMATS: Mapping[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

LONGEST_LINE_BYTES = 131_072
"""A line that is longer holds no question and answer; it is also what Python's csv module takes as a field."""
MOST_LINES_PER_RECORD = 50
"""A quote that is still open after so many lines was never closed."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    Attributes:
        line: The line that it begins on.
        cells: Its values by column; lists of a JSONL record are joined by spaces.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be used.

    Attributes:
        line: Its number.
        kind: One word for counting.
        message: What is wrong; never what it says.
    """

    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: after so many bytes and lines."""

    offset: int = 0
    line: int = 0


def format_of(path: Path) -> Format:
    """Return the format that a file's name says; CSV when it says nothing.

    Raises:
        InputError: The name says another one.
    """
    suffix = path.suffix.lower()
    if suffix and suffix not in FORMATS:
        raise InputError(f"{path}: is neither .csv nor .jsonl", hint="name it so, or give --format")
    return FORMATS.get(suffix, "csv")


class TableReader:
    """Reads the records of a file.

    Args:
        file: The file, open at its beginning.
        name: What to call it in errors.
        format_: How it is written.
        required: Columns that must be there.
        hint: Which columns there may be.
    """

    def __init__(self, file: BinaryIO, name: str, format_: Format, required: tuple[str, ...], hint: str) -> None:
        self._name = name
        self._format = format_
        self._required = required
        self._hint = hint
        self._source = _Source(file, name)
        self._header = self._read_header() if format_ == "csv" else []

    @property
    def place(self) -> Place:
        """After the last record that was read."""
        return self._source.place

    @property
    def cp949_lines(self) -> int:
        """How many lines were CP949."""
        return self._source.cp949_lines

    def skip_to(self, place: Place) -> None:
        """Go on at a place where this reader stood before; its file must allow it."""
        self._source.seek(place)

    def read(self) -> Iterator[Row | Problem]:
        """Yield the records and problems that follow."""
        return self._read_csv() if self._format == "csv" else self._read_jsonl()

    def _read_header(self) -> list[str]:
        try:
            cells = next(csv.reader(self._source), [])
        except csv.Error as exc:
            raise InputError(f"{self._name}:1: is not a CSV file", hint=self._hint) from exc
        header = [cell.strip() for cell in cells]
        if not header:
            raise InputError(f"{self._name}:1: the file is empty", hint=self._hint)
        missing = [name for name in self._required if name not in header]
        if missing:
            raise InputError(f"{self._name}:1: the column {missing[0]!r} is missing", hint=self._hint)
        return header

    def _read_csv(self) -> Iterator[Row | Problem]:
        reader = csv.reader(self._source, strict=True)
        width = len(self._header)
        while True:
            self._source.begin_record()
            try:
                cells = next(reader)
            except StopIteration:
                yield from self._source.take_problems()
                return
            except csv.Error as exc:
                yield from self._source.take_problems()
                line = self._source.give_back()
                yield Problem(line, "csv", f"is not valid CSV: {exc}")
                continue
            yield from self._source.take_problems()
            if not cells:
                continue
            if len(cells) != width:
                message = f"{len(cells)} cells where the header has {width}; put a text that holds a comma in quotes"
                yield Problem(self._source.record_line, "cells", message)
                continue
            yield Row(self._source.record_line, dict(zip(self._header, cells, strict=True)))

    def _read_jsonl(self) -> Iterator[Row | Problem]:
        for text in self._source:
            yield from self._source.take_problems()
            if text.strip():
                yield self._record(text)
            self._source.begin_record()
        yield from self._source.take_problems()

    def _record(self, text: str) -> Row | Problem:
        line = self._source.place.line
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return Problem(line, "json", "is not a JSON object")
        if not isinstance(record, dict):
            return Problem(line, "json", "is not a JSON object")
        missing = [name for name in self._required if name not in record]
        if missing:
            return Problem(line, "columns", f"the field {missing[0]!r} is missing")
        return Row(line, {name: _cell(value) for name, value in record.items()})


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


class _Source:
    """Lines of text, with where they stand; an iterator for `csv.reader`, which asks for as many as a record has."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._place = Place()
        self._again: deque[tuple[bytes, Place]] = deque()
        self._record: list[tuple[bytes, Place]] = []
        self._record_bytes = 0
        self._problems: list[Problem] = []
        self.cp949_lines = 0

    @property
    def place(self) -> Place:
        return self._place

    @property
    def record_line(self) -> int:
        """The line that the current record begins on."""
        return self._record[0][1].line

    def seek(self, place: Place) -> None:
        self._file.seek(place.offset)
        self._place = place
        self.begin_record()

    def begin_record(self) -> None:
        self._record, self._record_bytes = [], 0

    def give_back(self) -> int:
        """Have all lines of a broken record but its first read again; return the first one's number."""
        first, *others = self._record
        self._again.extendleft(reversed(others))
        self._place = first[1]
        return first[1].line

    def take_problems(self) -> list[Problem]:
        taken, self._problems = self._problems, []
        return taken

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._record) >= MOST_LINES_PER_RECORD or self._record_bytes > LONGEST_LINE_BYTES:
            raise csv.Error("a quote is opened and not closed")
        while True:
            line, place = self._next_line()
            self._place = place
            text = self._decoded(line, place.line)
            if text is not None:
                self._record.append((line, place))
                self._record_bytes += len(line)
                return text

    def _next_line(self) -> tuple[bytes, Place]:
        if self._again:
            return self._again.popleft()
        offset, number = self._place.offset, self._place.line
        while line := self._file.readline(LONGEST_LINE_BYTES + 1):
            offset += len(line)
            number += 1
            if len(line) <= LONGEST_LINE_BYTES or line.endswith(b"\n"):
                return line, Place(offset, number)
            while not line.endswith(b"\n") and (line := self._file.readline(LONGEST_LINE_BYTES)):
                offset += len(line)
            self._problems.append(Problem(number, "long", f"is longer than {LONGEST_LINE_BYTES} bytes"))
            self._place = Place(offset, number)
        raise StopIteration

    def _decoded(self, line: bytes, number: int) -> str | None:
        if number == 1:
            if line.startswith(_UTF16):
                raise InputError(f"{self._name}: is UTF-16 text", hint="save it as UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            pass
        try:
            text = line.decode("cp949")
        except UnicodeDecodeError:
            self._problems.append(Problem(number, "encoding", "is neither UTF-8 nor CP949 text"))
            return None
        self.cp949_lines += 1
        return text
