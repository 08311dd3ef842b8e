"""CSV files that people make in spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from voicebot.disk import explained
from voicebot.errors import InputError


def read_csv(path: Path, needed: Iterable[str], optional: Iterable[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row) of a CSV with a heading; values are stripped, empty lines passed over.

    Raises:
        InputError: A column is missing or unknown, or it is not UTF-8 text.
    """
    with explained(path):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: is not UTF-8 text", hint="save it as CSV UTF-8") from exc
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    needed, optional = list(needed), list(optional)
    missing = [name for name in needed if name not in columns]
    unknown = [name for name in columns if name not in (*needed, *optional)]
    if missing or unknown:
        what = f"the column {missing[0]!r} is missing" if missing else f"there is an unknown column {unknown[0]!r}"
        raise InputError(f"{path}: {what}", hint=f"the first line is {','.join((*needed, *optional))}")
    for row in reader:
        values = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        if any(values.values()):
            yield reader.line_num, values
