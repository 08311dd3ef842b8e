"""CSV files that people write: UTF-8, with a heading, right or wrong as a whole.

Files of any size and in any state are read by `voicebot.cache.transfer.tables`, where a broken line costs only itself.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from voicebot.disk import explained
from voicebot.errors import InputError

Row = tuple[int, dict[str, str]]
"""A line's number, and its cells by column."""


def read_csv(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """Yield the lines of a CSV, one in memory at a time; columns of other names may stand beside.

    Raises:
        InputError: A column is missing, a line has too few or too many cells or is not UTF-8; names file and line.
    """
    lines = read_cells(path)
    header = _header(path, lines, required, optional)
    for number, cells in lines:
        if len(cells) != len(header):
            raise _wrong_width(path, number, cells, header)
        yield number, dict(zip(header, cells, strict=True))


def read_sheet(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """Return the lines of a CSV as a spreadsheet leaves it: with spaces around values, short lines and blank ones.

    Raises:
        InputError: As for `read_csv`; or a column has another name, which may be one of these misspelt.
    """
    lines = read_cells(path)
    header = _header(path, lines, required, optional)
    for name in header:
        if name not in (*required, *optional):
            raise InputError(f"{path}:1: there is an unknown column {name!r}", hint=_hint(required, optional))
    rows = []
    for number, cells in lines:
        if len(cells) > len(header):
            raise _wrong_width(path, number, cells, header)
        values = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
        if any(values):
            rows.append((number, dict(zip(header, values, strict=True))))
    return rows


def read_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells): the first line whatever it is, and those that follow if they are not empty.

    Raises:
        InputError: A quote is not as it must be, or a line is not UTF-8; names file and line.
    """
    with explained(path), path.open("rb") as file:
        reader = csv.reader(_decoded(file, path), strict=True)
        try:
            for cells in reader:
                if cells or reader.line_num == 1:
                    yield reader.line_num, cells
        except csv.Error as exc:
            raise InputError(f"{path}:{max(1, reader.line_num)}: is not valid CSV: {exc}") from exc


def _header(
    path: Path, lines: Iterator[tuple[int, list[str]]], required: Sequence[str], optional: Sequence[str]
) -> list[str]:
    header = [name.strip() for name in next(lines, (1, []))[1]]
    if not header:
        raise InputError(f"{path}:1: the file is empty", hint=_hint(required, optional))
    for name in required:
        if name not in header:
            raise InputError(f"{path}:1: the column {name!r} is missing", hint=_hint(required, optional))
    return header


def _hint(required: Sequence[str], optional: Sequence[str]) -> str:
    return f"columns: {','.join(required)}" + (f" and optionally {','.join(optional)}" if optional else "")


def _wrong_width(path: Path, number: int, cells: Sequence[str], header: Sequence[str]) -> InputError:
    return InputError(
        f"{path}:{number}: {len(cells)} cells where the header has {len(header)}",
        hint="put a text that holds a comma in double quotes",
    )


def _decoded(lines: Iterable[bytes], path: Path) -> Iterator[str]:
    """Yield lines as text; decoded one by one, so that an error can name its line."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as exc:
            raise InputError(f"{path}:{number}: is not UTF-8 text", hint="save it as CSV UTF-8") from exc
        yield text
