"""Which words say the same: sets written by hand, for what vectors of meaning cannot tell from mere neighbours."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHIPPED = Path(__file__).parent / "synonyms.txt"
SENSES = 3
"""Sets of one word that count; the first ones."""


def sense_table(forms: Sequence[str], path: Path = SHIPPED) -> NDArray[np.int16]:
    """Return for each word the numbers of its sets, from 1; 0 where there are fewer. Shape (words, `SENSES`)."""
    sets: dict[str, list[int]] = {}
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    for number, row in enumerate(rows, 1):
        for form in row:
            sets.setdefault(form, []).append(number)
    table = np.zeros((len(forms), SENSES), np.int16)
    for place, form in enumerate(forms):
        found = sets.get(form, ())[:SENSES]
        table[place, : len(found)] = found
    return table


def alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return which words share a set; shapes (m, `SENSES`) and (n, `SENSES`) give (m, n)."""
    shared = (one[:, None, :, None] == other[None, :, None, :]) & (one[:, None, :, None] > 0)
    return np.asarray(shared.any((2, 3)))
