"""Questions with the answer that each should get, read from CSV files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot.cache.protocol import AnswerStore
from voicebot.csv_file import read_csv
from voicebot.errors import InputError, NotFoundError
from voicebot.korean.normalize import has_speech


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the answer that it should get.

    Attributes:
        line: Where it stands in its file.
        utterance: As it was said.
        expected: The id of the right answer; empty when every answer would be wrong.
        intent: What it asks for, or None when the file has no column `intent`.
    """

    line: int
    utterance: str
    expected: str
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class CachedLine:
    """A question that has an approved answer."""

    answer_id: str
    utterance: str


def read_queries(path: Path) -> Iterator[Query]:
    """Yield the queries of a CSV (``utterance,expected[,intent]``), one line in memory at a time.

    Raises:
        InputError: A column is missing, a line has too few or too many cells or is not UTF-8, or there is no line at
            all; names the file and the line.
    """
    is_empty = True
    for line, row in read_csv(path, ("utterance", "expected"), ("intent",)):
        is_empty = False
        intent = row["intent"].strip() if "intent" in row else None
        yield Query(line, row["utterance"], row["expected"].strip(), intent)
    if is_empty:
        raise InputError(f"{path}:2: there are no queries after the header")


def count_queries(path: Path) -> int | None:
    """Return how many queries a file holds, having checked every line; None for a pipe, which can be read only once.

    Raises:
        InputError: See `read_queries`.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        return None
    return sum(1 for _ in read_queries(path))


def read_cached(path: Path) -> list[CachedLine]:
    """Return the lines of a cache CSV (``id,utterance[,answer]``).

    Raises:
        InputError: As for queries; or a line without an id, or with nothing to say.
    """
    lines = []
    for number, row in read_csv(path, ("id", "utterance"), ("answer",)):
        line = CachedLine(row["id"].strip(), row["utterance"].strip())
        if not line.answer_id:
            raise InputError(f"{path}:{number}: the id is empty")
        if not has_speech(line.utterance):
            raise InputError(f"{path}:{number}: the utterance has nothing to say")
        lines.append(line)
    if not lines:
        raise InputError(f"{path}:2: there are no answers after the header")
    return lines


def stored_lines(answers: AnswerStore) -> list[CachedLine]:
    """Return the approved answers of a store.

    Raises:
        NotFoundError: There are none.
    """
    lines = [CachedLine(answer.answer_id, answer.utterance) for answer in answers.scan()]
    if not lines:
        raise NotFoundError(
            "there are no approved answers yet", hint="voicebot cache approve, or give a file with --cache"
        )
    return lines
