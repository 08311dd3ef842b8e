"""Training and measuring files: CSV with named columns, read with errors that name file and line."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebot.csv_file import read_csv
from voicebot.errors import InputError
from voicebot.korean.normalize import cache_key

OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line with its label: an intent, a paraphrase group or the answer it asks for."""

    text: str
    label: str


def read_intents(path: Path) -> list[Labelled]:
    """Return the lines of an intents file (``utterance,intent``).

    Raises:
        NotFoundError: No such file.
        InputError: A broken encoding, a missing column, an empty file, one class, two labels for one line.
    """
    return _read(path, "intent", least=2)


def read_groups(path: Path) -> list[Labelled]:
    """Return the lines of a paraphrase file (``utterance,group``).

    Raises:
        InputError: As `read_intents`.
    """
    return _read(path, "group", least=2)


def read_cache(path: Path) -> list[Labelled]:
    """Return the (utterance, answer id) lines of a cache file (``id,utterance[,answer]``).

    Raises:
        InputError: As `read_intents`; one answer is enough.
    """
    return _read(path, "id", least=1)


def _read(path: Path, column: str, least: int) -> list[Labelled]:
    rows: list[Labelled] = []
    seen: dict[str, tuple[str, int]] = {}
    for number, cells in read_csv(path, ("utterance", column)):
        utterance, label = cells["utterance"].strip(), cells[column].strip()
        where = f"{path}:{number}"
        if not utterance or not label:
            raise InputError(f"{where}: empty {column if utterance else 'utterance'}", hint="fill it in or delete it")
        key = cache_key(utterance)
        other = seen.setdefault(key, (label, number))
        if other[0] != label:
            raise InputError(
                f"{where}: the same line as line {other[1]}, which is {other[0]!r}, not {label!r}",
                hint="one line can have one label",
            )
        rows.append(Labelled(utterance, label))
    if not rows:
        raise InputError(f"{path}: no lines", hint=f"write lines of utterance,{column}")
    if len({row.label for row in rows}) < least:
        raise InputError(f"{path}: only one {column}", hint="a model needs two or more to tell apart")
    return rows


def family(group: str) -> str:
    """Return the family of a group: d017 of d017.a; groups of one family are neighbours."""
    return group.partition(".")[0]


def share(text: str, salt: str = "") -> float:
    """Return a number in [0, 1) that depends only on the line's normal form: for splits that do not leak."""
    digest = hashlib.sha256(f"{salt}/{cache_key(text)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def unique(rows: Iterable[Labelled]) -> list[Labelled]:
    """Return the rows without those whose normal form came before."""
    kept: dict[str, Labelled] = {}
    for row in rows:
        kept.setdefault(cache_key(row.text), row)
    return list(kept.values())


def held_back(rows: Sequence[Labelled], part: float = 0.2) -> tuple[list[Labelled], list[Labelled]]:
    """Return (training, held-back) rows, `part` of each label held back by the lines' hashes."""
    by_label: dict[str, list[Labelled]] = {}
    for row in unique(rows):
        by_label.setdefault(row.label, []).append(row)
    train, test = [], []
    for members in by_label.values():
        ordered = sorted(members, key=lambda row: share(row.text))
        cut = round(len(ordered) * part)
        test += ordered[:cut]
        train += ordered[cut:]
    return train, test
