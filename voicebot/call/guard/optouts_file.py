"""Numbers that refused calls, from a file."""

from dataclasses import dataclass
from pathlib import Path

from voicebot.call.guard.optouts import OptOutList, e164
from voicebot.call.numbers import callable_number
from voicebot.csv_file import read_cells
from voicebot.errors import InputError


@dataclass(frozen=True)
class ImportedOptOuts:
    """What a file brought.

    Attributes:
        added: Numbers that are new on the list.
        known: Numbers that were on it.
        problems: Why other lines were not taken, by line number; never the numbers themselves.
    """

    added: int
    known: int
    problems: tuple[str, ...]


def listed_number(text: str) -> str:
    """Return a number in the form in which calls are looked up, however a spreadsheet has left it.

    82-10-1234-5678, +82 010-1234-5678 and 1012345678, which has lost its zero, are +821012345678.

    Raises:
        InputError: It is not a telephone number.
    """
    try:
        return callable_number(text)
    except InputError:
        return e164(text)


def import_opt_outs(path: Path, opt_outs: OptOutList, is_dry_run: bool = False) -> ImportedOptOuts:
    """Take numbers from a file: one a line, or a CSV with a heading that has the column ``number``.

    Raises:
        InputError: It is no such file; nothing was taken.
    """
    lines = list(read_cells(path))
    if not lines:
        raise InputError(f"{path}: the file is empty", hint="one number a line, or a column number")
    heading = [cell.strip().lower() for cell in lines[0][1]]
    column = 0
    if "number" in heading:
        column, lines = heading.index("number"), lines[1:]
    added, known, problems = 0, 0, []
    for line, cells in lines:
        if not any(map(str.strip, cells)):
            continue
        try:
            number = listed_number(cells[column] if column < len(cells) else "")
        except InputError as exc:
            problems.append(f"line {line}: {exc.message}")
            continue
        is_new = not opt_outs.has(number) if is_dry_run else opt_outs.add(number, "import")
        added, known = added + is_new, known + (not is_new)
    if problems and not added + known:
        raise InputError(f"{path}: no line holds a telephone number", hint="one number a line, or a column number")
    return ImportedOptOuts(added, known, tuple(problems))
