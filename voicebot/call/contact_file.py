"""The numbers of a campaign, from a CSV ``number[,name,about,message]``."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from voicebot.call.numbers import callable_number, generated
from voicebot.csv_file import read_sheet
from voicebot.errors import InputError, RefusedError
from voicebot.korean.mask import mask

LINES_NAMED = 5
LONGEST_NAME = 60


@dataclass(frozen=True)
class ContactRow:
    """One person to call.

    Attributes:
        line: Where it stands in the file.
        number: In E.164 form.
        name: How the person is addressed, or an empty string for what the command says.
        about: What the call is about, or an empty string.
        message: What is said once the person has time, or an empty string.
    """

    line: int
    number: str
    name: str = ""
    about: str = ""
    message: str = ""


@dataclass(frozen=True)
class ContactFile:
    """A file of numbers.

    Attributes:
        name: What a campaign is called where no name is given: the file's name and what is in it.
        rows: Each number once, in the file's order.
        problems: Why other lines were not taken, by line number; never the numbers themselves.
    """

    name: str
    rows: tuple[ContactRow, ...]
    problems: tuple[str, ...]


def check_campaign_name(name: str) -> None:
    """Return when a campaign may be called so.

    Raises:
        InputError: It may not: the name stands in keys and in the audit log.
    """
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[\w .-]*", name) or mask(name) != name:
        raise InputError(
            f"a campaign's name has up to {LONGEST_NAME} letters, digits, dots and hyphens, and no personal number",
            hint="such as --campaign fall-check",
        )


def read_contacts(path: Path) -> ContactFile:
    """Return the numbers of a file.

    Raises:
        InputError: It is not such a file, or holds no number that can be called.
        RefusedError: It holds numbers that somebody counted through.
    """
    rows: dict[str, ContactRow] = {}
    problems: list[str] = []
    for line, row in read_sheet(path, ("number",), ("name", "about", "message")):
        try:
            number = callable_number(row["number"])
        except InputError as exc:
            problems.append(f"line {line}: {exc.message}")
            continue
        if number in rows:
            problems.append(f"line {line}: the same number as in line {rows[number].line}")
            continue
        more = {name: row.get(name, "") for name in ("name", "about", "message")}
        rows[number] = ContactRow(line, number, **more)
    made_up = generated(list(rows))
    if made_up:
        lines = sorted(row.line for row in rows.values() if row.number in made_up)
        named = ", ".join(map(str, lines[:LINES_NAMED])) + (", ..." if len(lines) > LINES_NAMED else "")
        raise RefusedError(
            f"{path}: {len(lines)} numbers are in a row or have the same step between them (lines {named})",
            hint="numbers that are made up by counting are never called (Network Act, article 50, paragraph 5)",
        )
    if not rows:
        raise InputError(f"{path}: holds no number that can be called", hint="\n".join(problems[:1]) or None)
    digest = sha256(repr([(row.number, row.about, row.message) for row in rows.values()]).encode()).hexdigest()
    stem = re.sub(r"[^\w.-]", "-", mask(path.stem))[:40]
    return ContactFile(f"{stem}-{digest[:8]}", tuple(rows.values()), tuple(problems))
