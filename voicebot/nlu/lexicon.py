"""Words of Korean with their shapes, frequency and meaning vectors, and the reading of a line into words.

A line is read from its cache key, which has no spaces: what speech recognition does to the spacing cannot matter.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ConfigError
from voicebot.nlu.synonyms import sense_table

SHIPPED = Path(__file__).parent / "lexicon.npz"
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


class Lexicon:
    """The words that are known.

    Args:
        path: The file that `distil.py` wrote.
    """

    def __init__(self, path: Path = SHIPPED) -> None:
        try:
            with np.load(path) as arrays:
                surfaces = arrays["surfaces"].tobytes().decode().split("\n")
                kinds: list[int] = arrays["kinds"].tolist()
                lemmas: list[int] = arrays["lemmas"].tolist()
                costs: list[float] = arrays["costs"].astype(np.float32).tolist()
                self._transitions: list[list[float]] = arrays["transitions"].tolist()
                lemma_forms = arrays["lemma_forms"].tobytes().decode().split("\n")
                vectors: NDArray[np.int8] = arrays["vectors"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as exc:
            raise ConfigError(f"{path}: not a lexicon of this version", hint="reinstall voicebot") from exc
        # Entries of one surface follow each other; the first is where reading backwards leaves it.
        self._surfaces, self._entries = surfaces, list(zip(kinds, costs, lemmas, strict=True))
        self._first = dict(zip(reversed(surfaces), range(len(surfaces) - 1, -1, -1), strict=True))
        self._weights = np.zeros(len(lemma_forms), np.float32)
        np.maximum.at(self._weights, lemmas, 16.0 - np.array(costs, np.float32))
        self._forms = [text.rpartition("/")[0] for text in lemma_forms]
        self.senses = sense_table(self._forms)
        scaled = vectors.astype(np.float32)
        self.vectors: NDArray[np.float32] = scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-6)

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
        position = 0
        while position < size:
            here = best[position]
            if not here:
                position += 1
                continue
            for stop, kind, cost, lemma in self._from(key, position, spans):
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

    def _from(self, key: str, position: int, spans: dict[int, int]) -> Iterable[tuple[int, int, float, int]]:
        """Yield (end, class, cost, lemma) of the words that may begin at `position`."""
        if position in spans and key[position].isdigit():
            yield spans[position], 7, 0.0, -1
            return
        for stop in range(position + 1, min(len(key), position + _LONGEST) + 1):
            surface = key[position:stop]
            entry = self._first.get(surface, len(self._surfaces))
            while entry < len(self._surfaces) and self._surfaces[entry] == surface:
                yield stop, *self._entries[entry]
                entry += 1
        yield spans.get(position, position + 1), 8, _UNKNOWN_COST, -1

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
