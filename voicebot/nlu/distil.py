"""Make the lexicon that the matcher reads words with, from kiwipiepy; needed only to rebuild `lexicon.arrays`.

kiwipiepy takes three seconds to load, too long for a handler that starts cold. What the matcher needs of it fits in a
file of 5 MB: which strings are words, how frequent, and how near in meaning. Meaning vectors are recovered from
`morpheme_similarity` (a cosine) by the Nyström method: with A the similarities of all words to some anchors and
W those among the anchors, the rows of A W^(-1/2) have those same cosines.

Source:
    kiwipiepy and kiwipiepy_model 0.24, Apache-2.0, https://github.com/bab2min/kiwipiepy
"""

import argparse
import csv
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.disk import write_atomically
from voicebot.errors import ConfigError
from voicebot.nlu.lexicon import CLASSES, SHIPPED, pack_lexicon

VECTOR_SIZE = 96
_ANCHORS = 1200
_COMMON_IDS = 31_000
"""kiwi numbers its morphemes by frequency up to about here; rarer ones follow in alphabetical order."""
_CLASS_OF_TAG = {
    "NNG": "N", "NNP": "N", "NR": "N", "NP": "N", "XR": "N", "SL": "N", "SH": "N", "NNB": "B", "XSN": "B",
    "VV": "V", "VA": "V", "VX": "V", "VCP": "V", "VCN": "V", "XSV": "V", "XSA": "V", "SN": "D",
    "MAG": "M", "MAJ": "M", "MM": "M", "IC": "M", "XPN": "M", "XSM": "M",
}  # fmt: skip
_HANGUL = re.compile(r"[가-힣a-z]+")
_JONGSEONG = re.compile("^[\u11a8-\u11c2]")
_ENDINGS = (("다", 1), ("어", 0), ("었다", 1), ("으면", 1), ("은", 0), ("을", 0), ("습니다", 2), ("는다", 1), ("니", 1))  # fmt: skip


def class_of(tag: str) -> str | None:
    """Return the coarse class of a kiwi tag; None for marks."""
    base = tag.split("-")[0]
    return _CLASS_OF_TAG.get(base) or {"E": "E", "J": "J"}.get(base[0])


class _Table:
    """Surfaces and lemmas as they are collected."""

    def __init__(self) -> None:
        self.lemma_ids: dict[tuple[str, str], int] = {}
        self.kiwi_ids: list[int] = []
        self.surfaces: dict[tuple[str, int, int], float] = {}

    def lemma(self, form: str, kind: str, kiwi_id: int) -> int:
        key = (form, kind)
        if key not in self.lemma_ids:
            self.lemma_ids[key] = len(self.kiwi_ids)
            self.kiwi_ids.append(kiwi_id)
        elif self.kiwi_ids[self.lemma_ids[key]] < 0:
            self.kiwi_ids[self.lemma_ids[key]] = kiwi_id
        return self.lemma_ids[key]

    def add(self, surface: str, kind: str, lemma: int, weight: float) -> None:
        if _HANGUL.fullmatch(surface):
            key = (surface, CLASSES.index(kind), lemma)
            self.surfaces[key] = self.surfaces.get(key, 0.0) + weight


def _general(kiwi: Any, table: _Table) -> None:
    """Add kiwi's common morphemes, verbs with the shapes that their stems take."""
    for kiwi_id in range(2, _COMMON_IDS):
        token = kiwi.morpheme(kiwi_id)
        kind, form = class_of(token.tag), token.form.lower()
        if kind is None or kind == "D" or not form:
            continue
        weight = 1.0 / (kiwi_id + 20)
        if kind in "EJ":
            for surface in _ending_surfaces(form):
                table.add(surface, kind, table.lemma(form, kind, kiwi_id), weight if surface == form else weight / 2)
        elif kind == "V":
            for surface, shape in _stem_surfaces(kiwi, token.form, token.tag):
                table.add(surface, shape, table.lemma(form, "V", kiwi_id), weight)
        elif _HANGUL.fullmatch(form):
            weight = weight * (0.2 if token.tag == "NNP" and len(form) == 1 else 1.0)
            table.add(form, kind, table.lemma(form, kind, kiwi_id), weight)


def _ending_surfaces(form: str) -> set[str]:
    """Return an ending or particle and what is left of it when its first vowel or consonant has melted into a stem."""
    surfaces = {form} if _HANGUL.fullmatch(form) else set()
    rest = _JONGSEONG.sub("", form)
    if rest != form or form[0] in "어아으":
        surfaces.add(rest if rest != form else form[1:])
    return {surface for surface in surfaces if surface}


def _stem_surfaces(kiwi: Any, form: str, tag: str) -> set[tuple[str, str]]:
    """Return (surface, V or F) for a stem: 돕, 도우 as stems, 도와, 도왔, 도운, 도울 with an ending in them."""
    surfaces: set[tuple[str, str]] = set()
    for ending, cut in _ENDINGS:
        joined = kiwi.join([(form, tag), (ending, "EF" if ending.endswith("다") else "EC")], lm_search=False)
        surface = joined[: len(joined) - cut].replace(" ", "")
        if ending == "습니다":
            surface = surface.removesuffix("습")
        surfaces.add((surface, "V" if ending in ("다", "으면", "니") else "F"))
    return {(s, k) for s, k in surfaces if s and (k == "V" or (s, "V") not in surfaces)}


def _harvest(kiwi: Any, lines: Iterable[str], table: _Table) -> NDArray[np.float64]:
    """Add the words of `lines` as kiwi reads them and return the counts of neighbouring classes."""
    counts = np.zeros((len(CLASSES) + 1, len(CLASSES) + 1))
    harvested: Counter[tuple[str, str, str, str]] = Counter()
    for line in lines:
        previous = len(CLASSES)
        for surface, kind, form, tag in _read(kiwi, line):
            current = CLASSES.index(kind)
            counts[previous, current] += 1
            previous = current
            if kind != "D":
                harvested[surface, kind, form, tag] += 1
        counts[previous, len(CLASSES)] += 1
    total = sum(harvested.values())
    for (surface, kind, form, tag), number in harvested.items():
        lemma_kind = "V" if kind == "F" else kind
        lemma = table.lemma(form, lemma_kind, _kiwi_id(kiwi, form, tag))
        table.add(surface, kind, lemma, 10.0 * number / total)
    return counts


def _read(kiwi: Any, line: str) -> list[tuple[str, str, str, str]]:
    """Return (surface, class, lemma, tag) of a line; a stem with its ending melted in is class F."""
    words: list[tuple[str, str, str, str]] = []
    end = 0
    for token in kiwi.tokenize(line):
        kind = class_of(token.tag)
        surface = line[max(token.start, end) : token.end].replace(" ", "")
        if kind is None:
            continue
        end = max(end, token.end)
        form = token.form.lower()
        is_melted = not surface or (token.start < end - len(surface) and kind in "EV")
        if is_melted and words and words[-1][1] == "V":
            words[-1] = (words[-1][0], "F", words[-1][2], words[-1][3])
        if surface:
            words.append((surface.lower(), kind, form, token.tag))
    return words


def _kiwi_id(kiwi: Any, form: str, tag: str) -> int:
    try:
        return int(kiwi.tokenize(form)[0].id) if kiwi.tokenize(form)[0].tag == tag else -1
    except (IndexError, ValueError, AttributeError):
        return -1


def _vectors(kiwi: Any, kiwi_ids: list[int]) -> NDArray[np.float32]:
    """Return unit rows whose dot products are kiwi's similarities; zero rows for words that it does not know."""
    known = [index for index, kiwi_id in enumerate(kiwi_ids) if kiwi_id > 0]
    anchors = sorted(known, key=lambda index: kiwi_ids[index])[50:]
    anchors = anchors[:: max(1, min(len(anchors), 12_000) // _ANCHORS)][:_ANCHORS]
    near = kiwi.morpheme_similarity
    between = np.array([[near(kiwi_ids[a], kiwi_ids[b]) for b in anchors] for a in anchors])
    between = np.nan_to_num(between)
    values, basis = np.linalg.eigh((between + between.T) / 2)
    keep = np.argsort(values)[::-1][:VECTOR_SIZE]
    project = basis[:, keep] / np.sqrt(np.maximum(values[keep], 1e-6))
    vectors = np.zeros((len(kiwi_ids), VECTOR_SIZE), np.float32)
    for index in known:
        row = np.nan_to_num(np.array([near(kiwi_ids[index], kiwi_ids[a]) for a in anchors]))
        vectors[index] = row @ project
    mean = vectors[known].mean(0)
    vectors[known] -= mean
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-6), np.float32)


def _lines(paths: list[Path]) -> Iterable[str]:
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from (row[name] for name in ("utterance", "question") if row.get(name))


def build(paths: list[Path], out: Path) -> None:
    """Write the lexicon of kiwi's common morphemes and of the words of `paths` (CSV, column `utterance`)."""
    try:
        from kiwipiepy import Kiwi
    except ImportError as exc:
        raise ConfigError("building the lexicon needs kiwipiepy", hint="pip install 'voicebot[nlu]'") from exc
    kiwi, table = Kiwi(num_workers=1), _Table()
    _general(kiwi, table)
    counts = _harvest(kiwi, _lines(paths), table)
    vectors = _vectors(kiwi, table.kiwi_ids)
    entries = sorted(table.surfaces.items())
    per_class = np.bincount([key[1] for key, _ in entries], [weight for _, weight in entries], len(CLASSES))
    costs = [-math.log(weight / per_class[key[1]]) for key, weight in entries]
    smooth = counts + 0.5
    transitions = -np.log(smooth / smooth.sum(1, keepdims=True))
    rows = [(*key, cost) for (key, _), cost in zip(entries, costs, strict=True)]
    small = np.round(vectors * 127 / np.maximum(np.abs(vectors).max(1, keepdims=True), 1e-6)).astype(np.int8)
    write_atomically(out, pack_lexicon(rows, [form for form, _ in table.lemma_ids], transitions, small))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    build(arguments.csv, arguments.out)
