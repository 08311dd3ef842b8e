"""The bank of written responses."""

from dataclasses import dataclass
from pathlib import Path

from voicebot.csv_file import read_csv
from voicebot.errors import ConfigError, InputError

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
        ConfigError: It is not such a file, a cell is empty, or an id comes twice; names the file and the line.
    """
    responses: dict[str, Response] = {}
    try:
        for line, row in read_csv(path, _COLUMNS):
            values = [row[name] for name in _COLUMNS]
            if not all(values):
                raise ConfigError(f"{path}:{line}: a cell is empty")
            response = Response(*values)
            if response.id in responses:
                raise ConfigError(f"{path}:{line}: the id {response.id!r} is there twice")
            responses[response.id] = response
    except InputError as exc:
        raise ConfigError(exc.message, hint=exc.hint) from exc
    return tuple(responses.values())
