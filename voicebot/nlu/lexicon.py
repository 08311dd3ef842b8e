"""Words of Korean with their shapes, frequency and meaning vectors, and the reading of a line into words.

A line is read from its cache key, which has no spaces: what speech recognition does to the spacing cannot matter.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ConfigError
from voicebot.nlu.arrays import Texts, map_arrays, pack_arrays
from voicebot.nlu.synonyms import Senses

SHIPPED = Path(__file__).parent / "lexicon.arrays"
CLASSES = "NBVFEJMDU"
"""N noun, B bound noun or suffix, V stem, F stem with an ending in it, E ending, J particle, M adverb, determiner or
interjection, D digits, U unknown."""
_LONGEST = 8
_UNKNOWN_COST = 13.0
_UNKNOWN_MORE = 5.5
_DIGITS = re.compile(r"\d+(?:[./~:]\d+)*|[a-z]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line.

    Attributes:
        surface: As it stands in the key.
        form: The lemma: a stem without its ending, else the surface.
        kind: One letter of `CLASSES`; F is given as V.
        lemma: Row of the lexicon's vectors; -1 for digits and unknown words.
    """

    surface: str
    form: str
    kind: str
    lemma: int


class WordVectors:
    """What words mean, a unit row of 32-bit numbers a word, made of 8-bit ones when it is asked for.

    Args:
        table: The rows in 8 bits.
        lengths: The length of each.
    """

    def __init__(self, table: NDArray[np.int8], lengths: NDArray[np.float32]) -> None:
        self._table, self._lengths = table, lengths[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        """How many words there are, and how many numbers each has."""
        return self._table.shape[0], self._table.shape[1]

    def __getitem__(self, lemmas: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return one row a lemma."""
        return self._table[lemmas].astype(np.float32) / self._lengths[lemmas]


class Lexicon:
    """The words that are known. Nothing of it is unpacked: a process that starts cold pays for what it reads.

    Args:
        path: The file that `distil.py` wrote.

    Raises:
        ConfigError: It is missing, damaged or of another version.
    """

    def __init__(self, path: Path = SHIPPED) -> None:
        hint = "reinstall voicebot"
        found = map_arrays(path, hint)
        arrays = found.arrays
        try:
            self._hashes: NDArray[np.uint32] = arrays["hashes"]
            self._surfaces = Texts(arrays["surfaces"], arrays["surface_starts"])
            self._entry_starts = arrays["entry_starts"].data
            self._kinds, self._lemmas, self._costs = (arrays[name].data for name in ("kinds", "lemmas", "costs"))
            self._transitions: list[list[float]] = arrays["transitions"].tolist()
            self._forms = Texts(arrays["forms"], arrays["form_starts"])
            self._weights: NDArray[np.float32] = arrays["weights"]
            self.vectors = WordVectors(arrays["vectors"], arrays["lengths"])
        except KeyError as exc:
            raise ConfigError(f"{path}: not a lexicon of this version", hint=hint) from exc
        self.senses = Senses(self._forms)
        self.mark = f"{found.checksum:08x}-{self.senses.checksum:08x}"
        """What tells this lexicon with its synonyms from another one."""

    def weight(self, lemma: int) -> float:
        """Return how much a word says, from 0.3 (very frequent) to 1 (rare or unknown)."""
        if lemma < 0:
            return 1.0
        return float(min(1.0, max(0.3, (16.0 - self._weights[lemma]) / 10.0)))

    def read(self, key: str) -> tuple[Word, ...]:
        """Return the words of a cache key, the cheapest reading by word and class-to-class costs."""
        size, start = len(key), len(CLASSES)
        best: list[dict[int, tuple[float, int, int, int]]] = [{} for _ in range(size + 1)]
        best[0] = {start: (0.0, 0, start, -1)}
        spans = {match.start(): match.end() for match in _DIGITS.finditer(key)}
        known = self._known(key)
        position = 0
        while position < size:
            here = best[position]
            if not here:
                position += 1
                continue
            for stop, kind, cost, lemma in self._from(key, position, spans, known):
                there = best[stop]
                low, origin = 1e9, start
                for before, (total, _, _, _) in here.items():
                    price = total + self._transitions[before][kind]
                    if kind == 8 and before == 8:
                        price = total + _UNKNOWN_MORE - _UNKNOWN_COST
                    if price < low:
                        low, origin = price, before
                low += cost
                if kind not in there or low < there[kind][0]:
                    there[kind] = (low, position, origin, lemma)
            position += 1
        return tuple(self._words(key, best))

    def _from(
        self, key: str, position: int, spans: dict[int, int], known: dict[int, list[tuple[int, int]]]
    ) -> Iterable[tuple[int, int, float, int]]:
        """Yield (end, class, cost, lemma) of the words that may begin at `position`."""
        if position in spans and key[position].isdigit():
            yield spans[position], 7, 0.0, -1
            return
        for stop, surface in known.get(position, ()):
            for entry in range(self._entry_starts[surface], self._entry_starts[surface + 1]):
                yield stop, self._kinds[entry], self._costs[entry], self._lemmas[entry]
        yield spans.get(position, position + 1), 8, _UNKNOWN_COST, -1

    def _known(self, key: str) -> dict[int, list[tuple[int, int]]]:
        """Return for each place of a key the known surfaces that begin there, shortest first: (end, number)."""
        letters = [letter.encode() for letter in key]
        places, hashes = [], []
        for begin in range(len(key)):
            hashed = 0
            for stop in range(begin, min(len(key), begin + _LONGEST)):
                hashed = zlib.crc32(letters[stop], hashed)
                places.append((begin, stop + 1))
                hashes.append(hashed)
        wanted = np.array(hashes, np.uint32)
        lows = np.searchsorted(self._hashes, wanted)
        found = np.flatnonzero(self._hashes[np.minimum(lows, len(self._hashes) - 1)] == wanted)
        highs = np.searchsorted(self._hashes, wanted[found], "right")
        known: dict[int, list[tuple[int, int]]] = {}
        for place, low, high in zip(found.tolist(), lows[found].tolist(), highs.tolist(), strict=True):
            begin, stop = places[place]
            for surface in range(low, high):  # more than one where two surfaces have the same hash
                if self._surfaces.encoded(surface) == b"".join(letters[begin:stop]):
                    known.setdefault(begin, []).append((stop, surface))
        return known

    def _words(self, key: str, best: list[dict[int, tuple[float, int, int, int]]]) -> list[Word]:
        position = len(key)
        if not best[position]:
            return [Word(key, key, "U", -1)] if key else []
        kind = min(best[position], key=lambda k: best[position][k][0] + self._transitions[k][len(CLASSES)])
        words: list[Word] = []
        while position > 0:
            _, begin, before, lemma = best[position][kind]
            surface = key[begin:position]
            if kind == 8 and words and words[-1].kind == "U":
                surface += words.pop().surface
            form = self._forms[lemma] if lemma >= 0 else surface
            words.append(Word(surface, form, "V" if kind == 3 else CLASSES[kind], lemma))
            position, kind = begin, before
        return words[::-1]


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that comes with voicebot, read once."""
    return Lexicon()


def pack_lexicon(
    entries: Sequence[tuple[str, int, int, float]],
    forms: Sequence[str],
    transitions: NDArray[np.floating],
    vectors: NDArray[np.int8],
) -> bytes:
    """Return the bytes of a lexicon's file.

    Args:
        entries: (surface, class, lemma, cost), in the order in which readings are tried.
        forms: The lemmas' forms.
        transitions: What it costs that one class follows another; one more row begins a line, one more column ends it.
        vectors: What the lemmas mean, in 8 bits.
    """
    owned: dict[str, list[tuple[str, int, int, float]]] = {}
    for entry in entries:
        owned.setdefault(entry[0], []).append(entry)
    hashed = sorted((zlib.crc32(surface.encode()), surface) for surface in owned)
    ordered = [entry for _, surface in hashed for entry in owned[surface]]
    costs = np.array([entry[3] for entry in ordered], np.float16).astype(np.float32)
    lemmas = np.array([entry[2] for entry in ordered], np.int32)
    weights = np.zeros(len(forms), np.float32)
    np.maximum.at(weights, lemmas, 16.0 - costs)
    surfaces, surface_starts = Texts.pack(surface for _, surface in hashed)
    form_bytes, form_starts = Texts.pack(forms)
    arrays: dict[str, NDArray[Any]] = {
        "hashes": np.array([number for number, _ in hashed], np.uint32),
        "surfaces": surfaces,
        "surface_starts": surface_starts,
        "entry_starts": np.cumsum([0, *(len(owned[surface]) for _, surface in hashed)], dtype=np.int32),
        "kinds": np.array([entry[1] for entry in ordered], np.uint8),
        "lemmas": lemmas,
        "costs": costs,
        "transitions": transitions.astype(np.float32),
        "forms": form_bytes,
        "form_starts": form_starts,
        "weights": weights,
        "vectors": vectors,
        "lengths": np.maximum(np.linalg.norm(vectors.astype(np.float32), axis=1), 1e-6).astype(np.float32),
    }
    return pack_arrays(arrays, {})
