"""Cached lines as flat arrays, and the search for candidates among them."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.lexicon import WordVectors
from voicebot.nlu.lines import Line, number_bits

_BUDGET = 60_000
"""Postings read a query, the rarest n-grams first: 100,000 lines cost little more than 1,000."""
_ALL_VECTORS = 20_000
"""Above this many lines only those that the n-grams found are compared by their vectors."""
_FOUND = 400


class LineIndex:
    """Lines that can be searched by their n-grams and by an encoder's vectors.

    Args:
        arrays: What `arrays` returned of another index; `build` makes a new one.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = dict(arrays)
        self.answers: NDArray[np.int32] = arrays["answers"]
        self.vectors: NDArray[np.float16] = arrays["vectors"]
        self.words: NDArray[np.int64] = arrays["words"]
        self.word_weights: NDArray[np.float32] = arrays["word_weights"]
        self.word_kinds: NDArray[np.int8] = arrays["word_kinds"]
        self.word_starts: NDArray[np.int64] = arrays["word_starts"]
        self.grams: NDArray[np.int32] = arrays["grams"]
        self.gram_starts: NDArray[np.int64] = arrays["gram_starts"]
        self.facets: NDArray[np.uint16] = arrays["facets"]
        self.acts: NDArray[np.int8] = arrays["acts"]
        self.lengths: NDArray[np.float32] = arrays["lengths"]
        self.number_bits: NDArray[np.uint64] = arrays["number_bits"]
        self.bag_norms: NDArray[np.float32] = arrays["bag_norms"]
        self.role_ids: NDArray[np.int64] = arrays["role_ids"]
        self.role_starts: NDArray[np.int64] = arrays["role_starts"]
        self._postings: NDArray[np.int32] = arrays["postings"]
        self._vocabulary: NDArray[np.int32] = arrays["vocabulary"]
        self._posting_starts: NDArray[np.int64] = arrays["posting_starts"]
        self._idf: NDArray[np.float32] = arrays["idf"]
        self._norms: NDArray[np.float32] = arrays["norms"]
        self.lines_of: NDArray[np.int64] = arrays["lines_of"]
        self.answer_starts: NDArray[np.int64] = arrays["answer_starts"]
        self.gram_weights: NDArray[np.float32] = self.weigh(self.grams)
        few = len(self.answers) <= _ALL_VECTORS
        self._dense = self.vectors.astype(np.float32) if few else self.vectors

    @classmethod
    def build(
        cls,
        lines: Sequence[Line],
        answers: NDArray[np.int32],
        vectors: NDArray[np.float32],
        word_vectors: WordVectors,
    ) -> Self:
        """Return the index of `lines`.

        Args:
            lines: The lines.
            answers: For each line the number of its answer, 0 to n-1.
            vectors: For each line its encoding, unit rows.
            word_vectors: The lexicon's vectors.
        """
        roles = [sorted(line.roles.items()) for line in lines]
        arrays: dict[str, NDArray[Any]] = {
            "answers": answers,
            "vectors": vectors.astype(np.float16),
            "words": _flat([line.ids for line in lines], np.int64),
            "word_weights": _flat([line.weights for line in lines], np.float32),
            "word_kinds": _flat([line.kinds for line in lines], np.int8),
            "word_starts": _starts([len(line.ids) for line in lines]),
            "grams": _flat([line.grams for line in lines], np.int32),
            "gram_starts": _starts([len(line.grams) for line in lines]),
            "facets": np.array([line.facets for line in lines], np.uint16),
            "acts": np.array([line.acts for line in lines], np.int8),
            "lengths": np.array([len(line.key) for line in lines], np.float32),
            "number_bits": np.array([number_bits(line.numbers) for line in lines], np.uint64),
            "bag_norms": np.array([_bag_norm(line, word_vectors) for line in lines], np.float32),
            "role_ids": _flat([np.array([noun * 8 + role for noun, role in pairs]) for pairs in roles], np.int64),
            "role_starts": _starts([len(pairs) for pairs in roles]),
        }
        return cls(arrays | _inverted(arrays["grams"], arrays["gram_starts"], answers))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything that makes this index."""
        return self._arrays

    def near(self, vector: NDArray[np.float32], gram: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of an encoded query with the lines; in a large index, with those that `gram` puts first."""
        if len(self.answers) <= _ALL_VECTORS:
            return np.asarray(self._dense @ vector, np.float32)
        cosines = np.zeros(len(self.answers), np.float32)
        found = np.argpartition(-gram, _FOUND)[:_FOUND]
        cosines[found] = self.vectors[found].astype(np.float32) @ vector
        return cosines

    def weigh(self, grams: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return how much each n-gram says among these lines: its inverse document frequency."""
        if not len(self._vocabulary):
            return np.ones(len(grams), np.float32)
        spots = np.minimum(np.searchsorted(self._vocabulary, grams), len(self._vocabulary) - 1)
        unseen = np.float32(np.log(1 + len(self.answers)))
        return np.where(self._vocabulary[spots] == grams, self._idf[spots], unseen).astype(np.float32)

    def cosines(self, line: Line) -> NDArray[np.float32]:
        """Return the n-gram cosine of `line` with every line; the commonest n-grams may be left out."""
        count = len(self.answers)
        if not count:
            return np.zeros(0, np.float32)
        spots = np.minimum(np.searchsorted(self._vocabulary, line.grams), len(self._vocabulary) - 1)
        seen = spots[self._vocabulary[spots] == line.grams]
        idf = self._idf[seen]
        unseen = (len(line.grams) - len(seen)) * float(np.log(1 + count)) ** 2
        norm = float(np.sqrt((idf**2).sum() + unseen)) or 1.0
        begin, end = self._posting_starts[seen], self._posting_starts[seen + 1]
        order = np.argsort(end - begin, kind="stable")
        chosen = order[np.cumsum((end - begin)[order]) <= _BUDGET]
        if not len(chosen):
            return np.zeros(count, np.float32)
        hits = np.concatenate([self._postings[begin[i] : end[i]] for i in chosen])
        weights = np.repeat(idf[chosen] ** 2, (end - begin)[chosen])
        return np.asarray(np.bincount(hits, weights, count) / (self._norms * norm), np.float32)


def _inverted(
    grams: NDArray[np.int32], starts: NDArray[np.int64], answers: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    """Return n-gram -> lines, the lines' lengths as vectors, and answer -> lines."""
    count = len(answers)
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts))
    order = np.argsort(grams, kind="stable")
    vocabulary, first = np.unique(grams[order], return_index=True)
    posting_starts = np.append(first, len(order)).astype(np.int64)
    idf = np.log(1 + count / np.maximum(np.diff(posting_starts), 1)).astype(np.float32)
    squares = idf[np.searchsorted(vocabulary, grams)] ** 2
    lines_of = np.argsort(answers, kind="stable")
    return {
        "postings": owner[order],
        "vocabulary": vocabulary,
        "posting_starts": posting_starts,
        "idf": idf,
        "norms": np.sqrt(np.add.reduceat(squares, starts[:-1])) if count else np.zeros(0, np.float32),
        "lines_of": lines_of,
        "answer_starts": np.searchsorted(answers[lines_of], np.arange(int(answers.max(initial=-1)) + 2)),
    }


def _bag_norm(line: Line, word_vectors: WordVectors) -> float:
    bag = (word_vectors[np.maximum(line.ids, 0)] * (line.weights * (line.ids >= 0))[:, None]).sum(0)
    return max(float(np.linalg.norm(bag)), 1e-6)


def _flat(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))]).astype(np.int64)
