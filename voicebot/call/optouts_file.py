"""Numbers that refused calls, from a file."""

from dataclasses import dataclass
from pathlib import Path

from voicebot.call.numbers import callable_number
from voicebot.call.optouts import OptOutList, e164
from voicebot.disk import explained
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
        InputError: It is not UTF-8 text.
    """
    with explained(path):
        data = path.read_bytes()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: is not UTF-8 text", hint="save it as CSV UTF-8") from exc
    heading = [cell.strip().lower() for cell in lines[0].split(",")] if lines else []
    column = heading.index("number") if "number" in heading else 0
    added, known, problems = 0, 0, []
    for count, line in enumerate(lines, 1):
        if not line.strip() or (count == 1 and "number" in heading):
            continue
        cells = [cell.strip().strip('"') for cell in line.split(",")]
        try:
            number = listed_number(cells[column] if column < len(cells) else "")
        except InputError as exc:
            problems.append(f"line {count}: {exc.message}")
            continue
        is_new = not opt_outs.has(number) if is_dry_run else opt_outs.add(number, "import")
        added, known = added + is_new, known + (not is_new)
    return ImportedOptOuts(added, known, tuple(problems))
