"""The bank of written responses."""

import csv
from dataclasses import dataclass
from pathlib import Path

from voicebot.disk import explained
from voicebot.errors import ConfigError

_COLUMNS = ("id", "intent", "answer", "question")


@dataclass(frozen=True)
class Response:
    """One written answer.

    Attributes:
        id: Unique in the bank.
        intent: The intent it belongs to.
        answer: Its text, with fact placeholders.
        question: The question it answers, as a caller would ask it.
    """

    id: str
    intent: str
    answer: str
    question: str


def load_responses(path: Path) -> tuple[Response, ...]:
    """Return the rows of a response bank.

    Raises:
        ConfigError: A column is missing, a row is short, or an id comes twice; names the file and the line.
    """
    with explained(path), path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ConfigError(f"{path}:1: the column {missing[0]!r} is missing", hint=f"columns: {','.join(_COLUMNS)}")
        responses: dict[str, Response] = {}
        for row in reader:
            values = [row[name] for name in _COLUMNS]
            if not all(values):
                raise ConfigError(f"{path}:{reader.line_num}: a cell is empty")
            response = Response(*values)
            if response.id in responses:
                raise ConfigError(f"{path}:{reader.line_num}: the id {response.id!r} is there twice")
            responses[response.id] = response
    return tuple(responses.values())
