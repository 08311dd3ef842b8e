"""One encoder, two heads: a line becomes a unit vector for retrieval and a distribution over intents. numpy only."""

import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.facets import ACTS, FACETS
from voicebot.nlu.lexicon import WordVectors
from voicebot.nlu.lines import Line, letters

TOKEN_ROWS = 1 << 14
WIDE_ROWS = 1 << 17
"""Rows of the intents' linear table, which sees far more n-grams than the hidden layer."""
SIZE = 128
SKIP = 3.0
"""How loudly tokens speak to the intents directly, past the hidden layer."""
SIGNALS = len(FACETS) * 3 + len(ACTS)


def signals(line: Line) -> NDArray[np.float32]:
    """Return the facets (three value bits each) and acts of a line as zeros and ones."""
    bits = [(line.facets >> shift) & 1 for shift in range(3)]
    return np.concatenate([*bits, line.acts]).astype(np.float32)


def tokens(line: Line) -> NDArray[np.int64]:
    """Return the rows of a line's n-grams, words and pairs of words."""
    words = [f"{word.form}/{word.kind}" for word in line.words if word.kind != "J"]
    words += [f"{one} {two}" for one, two in pairwise(words)]
    words += [f"s:{sense}" for sense in line.senses]
    hashed = [zlib.crc32(word.encode()) % TOKEN_ROWS for word in words]
    rows = {*(line.grams % TOKEN_ROWS).tolist(), *hashed}  # np.unique would load numpy.ma, which nothing else needs
    return np.array(sorted(rows), np.int64)


def wide_tokens(line: Line) -> NDArray[np.int64]:
    """Return the rows of a line in the intents' linear table: n-grams, words, pairs of words and pairs further apart."""
    syllables, jamo = f"^{line.key}$", f"^{letters(line.key)}$"
    found = {syllables[i : i + n] for n in (1, 2, 3, 4) for i in range(len(syllables) - n + 1)}
    found |= {"/" + jamo[i : i + n] for n in (3, 4, 5, 6) for i in range(len(jamo) - n + 1)}
    words = [f"{word.form}/{word.kind}" for word in line.words if word.kind != "J"]
    content = [word for word in words if word[-1] in "NVMDU"]
    found |= {"w:" + word for word in words} | {f"p:{one} {two}" for one, two in pairwise(words)}
    found |= {f"b:{one} {two}" for place, one in enumerate(content) for two in content[place + 2 : place + 4]}
    found |= {f"s:{sense}" for sense in line.senses}
    return np.array(sorted({zlib.crc32(token.encode()) % WIDE_ROWS for token in found}), np.int64)


def bag(line: Line, word_vectors: WordVectors) -> NDArray[np.float32]:
    """Return the direction of the sum of a line's word vectors, and their maximum in each dimension."""
    known = line.ids >= 0
    if not known.any():
        return np.zeros(2 * word_vectors.shape[1], np.float32)
    vectors = word_vectors[line.ids[known]]
    total = line.weights[known] @ vectors
    return np.concatenate([total / max(float(np.linalg.norm(total)), 1e-6), vectors.max(0)]).astype(np.float32)


class Encoder:
    """What was learned, ready for use.

    Args:
        arrays: `tokens` (8-bit rows) with `token_scale`, `idf` of each row, `skip` (8-bit rows, an intent a column)
            with `skip_scale`, `wide` (8-bit rows, an intent a column) with `wide_scale`, `wide_bias` and `wide_idf`, and
            the matrices `words`, `signals`, `bias`, `out`, `out_bias`, `intent`, `intent_bias`.
        word_vectors: The lexicon's vectors.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], word_vectors: WordVectors) -> None:
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}
        self._word_vectors = word_vectors

    def encode(self, lines: Sequence[Line]) -> NDArray[np.float32]:
        """Return one unit row of `SIZE` numbers a line."""
        rows = [self._hidden(line, *self._weighted(line)) for line in lines]
        hidden = np.array(rows, np.float32).reshape(len(lines), len(self._arrays["bias"]))
        vectors = hidden @ self._arrays["out"] + self._arrays["out_bias"]
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), np.float32)

    def intent_logits(self, lines: Sequence[Line]) -> NDArray[np.float32]:
        """Return one row a line, one column an intent."""
        a = self._arrays
        rows = []
        for line in lines:
            spots, weights = self._weighted(line)
            skip = weights @ a["skip"][spots].astype(np.float32) * a["skip_scale"] * SKIP
            rows.append(self._hidden(line, spots, weights) @ a["intent"] + a["intent_bias"] + skip + self._wide(line))
        return np.array(rows, np.float32).reshape(len(lines), len(a["intent_bias"]))

    def _wide(self, line: Line) -> NDArray[np.float32]:
        a = self._arrays
        spots = wide_tokens(line)
        weights = unit_idf(a["wide_idf"], spots)
        return np.asarray(weights @ a["wide"][spots].astype(np.float32) * a["wide_scale"] + a["wide_bias"], np.float32)

    def _weighted(self, line: Line) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        spots = tokens(line)
        return spots, unit_idf(self._arrays["idf"], spots)

    def _hidden(self, line: Line, spots: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        a = self._arrays
        row = weights @ a["tokens"][spots].astype(np.float32) * a["token_scale"]
        row += bag(line, self._word_vectors) @ a["words"] + signals(line) @ a["signals"] + a["bias"]
        return np.asarray(np.maximum(row, 0), np.float32)


def unit_idf(idf: NDArray[np.float32], spots: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the weights of a line's tokens, of length one together."""
    weights = idf[spots]
    return np.asarray(weights / max(float(np.linalg.norm(weights)), 1e-6), np.float32)
