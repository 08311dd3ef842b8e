"""Practice and measuring: some groups are unknown, some lines of the others are cached, the rest is asked."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.korean.normalize import cache_key
from voicebot.nlu.augment import vary
from voicebot.nlu.data import Labelled, family
from voicebot.nlu.index import LineIndex
from voicebot.nlu.lexicon import Lexicon
from voicebot.nlu.lines import Line, analyse_key
from voicebot.nlu.pairs import ANSWERS, SIGNS, Compared, Floats, compare

Encode = Callable[[Sequence[Line]], Floats]


class Analyser:
    """Analyses lines and keeps what it has analysed.

    Args:
        lexicon: The words.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._lines: dict[str, Line] = {}

    def __call__(self, text: str) -> Line:
        """Return the analysis of `text`."""
        key = cache_key(text)
        if key not in self._lines:
            self._lines[key] = analyse_key(key, self.lexicon)
        return self._lines[key]


@dataclass(frozen=True, slots=True)
class Episode:
    """What is cached and what is asked; a query with an empty label must miss."""

    cached: list[Labelled]
    queries: list[Labelled]


def split(
    rows: Sequence[Labelled], seed: int, unknown: float = 0.2, cached: float | None = 0.5, limit: int | None = None
) -> Episode:
    """Return an episode over paraphrase groups.

    Args:
        rows: Lines with their groups.
        seed: Decides which groups are unknown and which lines are cached.
        unknown: The part of groups of which nothing is cached.
        cached: The part of the other groups' lines that is cached; None takes a random part of each.
        limit: Ask no more than this many queries.
    """
    chance = random.Random(seed)
    groups: dict[str, list[Labelled]] = {}
    for row in rows:
        groups.setdefault(row.label, []).append(row)
    names = sorted(groups)
    missing = set(chance.sample(names, round(len(names) * unknown)))
    known: list[Labelled] = []
    queries: list[Labelled] = []
    for name in names:
        lines = list(groups[name])
        chance.shuffle(lines)
        if name in missing:
            queries += [Labelled(row.text, "") for row in lines]
            continue
        count = chance.randint(1, max(1, len(lines) - 1)) if cached is None else max(1, round(len(lines) * cached))
        known += lines[:count]
        queries += lines[count:]
    if limit is not None and len(queries) > limit:
        queries = chance.sample(queries, limit)
    return Episode(known, queries)


def thin(rows: Sequence[Labelled], seed: int, keep: int) -> list[Labelled]:
    """Return the rows of at most `keep` groups of each family."""
    chance = random.Random(seed)
    families: dict[str, set[str]] = {}
    for row in rows:
        families.setdefault(family(row.label), set()).add(row.label)
    chosen: set[str] = set()
    for name in sorted(families):
        groups = sorted(families[name])
        chance.shuffle(groups)
        chosen.update(groups[:keep])
    return [row for row in rows if row.label in chosen]


def practice(rows: Sequence[Labelled], seed: int, kind: int, limit: int | None = None) -> Episode:
    """Return an episode to learn from, with some cached lines asked again in other ways.

    Args:
        rows: Lines with their groups.
        seed: Makes it another episode.
        kind: 0 no neighbours, 1 pairs of neighbours, 2 whole families.
        limit: Ask no more than this many queries.
    """
    keep, unknown = ((1, 0.3), (2, 0.4), (99, 0.2))[kind]
    episode = split(thin(rows, seed, keep), seed, unknown, None, limit)
    chance = random.Random(seed)
    again = [Labelled(vary(row.text, chance), row.label) for row in episode.cached if chance.random() < 0.4]
    if limit is not None and len(again) > limit // 3:
        again = chance.sample(again, limit // 3)
    cached = {cache_key(row.text) for row in episode.cached}
    queries = [row for row in episode.queries + again if cache_key(row.text) not in cached]
    return Episode(episode.cached, queries)


@dataclass(frozen=True, slots=True)
class Table:
    """Compared queries as arrays: features (query, candidate, feature), which exist, and the right one's place.

    `right` is `ANSWERS` when no candidate is right.
    """

    features: Floats
    exists: NDArray[np.bool_]
    right: NDArray[np.int64]
    known: NDArray[np.bool_]


def build_index(rows: Sequence[Labelled], analyser: Analyser, encode: Encode) -> tuple[LineIndex, list[str]]:
    """Return the index over cached rows and the names of its answers."""
    names = sorted({row.label for row in rows})
    number = {name: place for place, name in enumerate(names)}
    lines = [analyser(row.text) for row in rows]
    owners = np.array([number[row.label] for row in rows], np.int32)
    return LineIndex.build(lines, owners, encode(lines), analyser.lexicon.vectors), names


def run(episode: Episode, analyser: Analyser, encode: Encode) -> Table:
    """Return the features of every query's candidates."""
    index, names = build_index(episode.cached, analyser, encode)
    queries = [analyser(row.text) for row in episode.queries]
    compared = [
        compare(line, vector, index, analyser.lexicon) for line, vector in zip(queries, encode(queries), strict=True)
    ]
    number = {name: place for place, name in enumerate(names)}
    return tabulate(compared, [number.get(row.label, -1) for row in episode.queries])


def tabulate(compared: Sequence[Compared], right: Sequence[int]) -> Table:
    """Return compared queries as arrays."""
    features = np.zeros((len(compared), ANSWERS, len(SIGNS)), np.float32)
    exists = np.zeros((len(compared), ANSWERS), bool)
    places = np.full(len(compared), ANSWERS, np.int64)
    for row, (one, answer) in enumerate(zip(compared, right, strict=True)):
        count = len(one.answers)
        features[row, :count], exists[row, :count] = one.features, True
        found = np.flatnonzero(one.answers == answer)
        if answer >= 0 and len(found):
            places[row] = found[0]
    return Table(features, exists, places, np.array(right) >= 0)


def join(tables: Sequence[Table]) -> Table:
    """Return several tables as one."""
    return Table(*(np.concatenate([getattr(t, name) for t in tables]) for name in Table.__slots__))
