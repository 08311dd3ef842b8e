"""Which words say the same: sets written by hand, for what vectors of meaning cannot tell from mere neighbours."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHIPPED = Path(__file__).parent / "synonyms.txt"
SENSES = 3
"""Sets of one word that count; the first ones."""


class Senses:
    """For each word the numbers of its sets, from 1; 0 where there are fewer. Words are looked up when asked for.

    Args:
        forms: The words.
        path: The sets, one a line.
    """

    def __init__(self, forms: Sequence[str], path: Path = SHIPPED) -> None:
        data = path.read_bytes()
        self.checksum = zlib.crc32(data)
        self._forms = forms
        self._sets: dict[str, list[int]] = {}
        rows = (line.split() for line in data.decode().splitlines() if line and line[0] != "#")
        for number, row in enumerate(rows, 1):
            for form in row:
                self._sets.setdefault(form, []).append(number)
        self._table = np.zeros((len(forms), SENSES), np.int16)
        self._is_known = np.zeros(len(forms), bool)

    def __getitem__(self, places: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the sets of words, given their places. Shape (words, `SENSES`)."""
        for place in places[~self._is_known[places]].tolist():
            found = self._sets.get(self._forms[place], ())[:SENSES]
            self._table[place, : len(found)] = found
            self._is_known[place] = True
        return self._table[places]


def alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return which words share a set; shapes (m, `SENSES`) and (n, `SENSES`) give (m, n)."""
    shared = (one[:, None, :, None] == other[None, :, None, :]) & (one[:, None, :, None] > 0)
    return np.asarray(shared.any((2, 3)))
