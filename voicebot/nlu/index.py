"""Cached lines as flat arrays, and the search for candidates among them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.lines import Line, number_bits

_BUDGET = 60_000
"""Postings read a query: the rarest n-grams first, so that 100,000 lines cost little more than 1,000."""


class LineIndex:
    """Lines that can be searched by their n-grams and by an encoder's vectors.

    Args:
        lines: The lines.
        answers: For each line the number of its answer, 0 to n-1.
        vectors: For each line its encoding, unit rows.
    """

    def __init__(self, lines: Sequence[Line], answers: NDArray[np.int32], vectors: NDArray[np.float32]) -> None:
        self.answers = answers
        self.vectors = vectors
        self.words = _concatenate([line.ids for line in lines], np.int64)
        self.word_weights = _concatenate([line.weights for line in lines], np.float32)
        self.word_kinds = _concatenate([line.kinds for line in lines], np.int8)
        self.word_starts = _starts([len(line.ids) for line in lines])
        self.grams = _concatenate([line.grams for line in lines], np.int64)
        self.gram_starts = _starts([len(line.grams) for line in lines])
        self.facets = np.array([line.facets for line in lines], np.uint16)
        self.acts = np.array([line.acts for line in lines], np.int8)
        self.lengths = np.array([len(line.key) for line in lines], np.float32)
        self.number_bits = np.array([number_bits(line.numbers) for line in lines], np.uint64)
        self.roles = [line.roles for line in lines]
        self._invert()

    def _invert(self) -> None:
        count = len(self.answers)
        owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(self.gram_starts))
        order = np.argsort(self.grams, kind="stable")
        self.postings = owner[order]
        self.vocabulary, first = np.unique(self.grams[order], return_index=True)
        self.posting_starts = np.append(first, len(order))
        frequency = np.diff(self.posting_starts)
        self.idf = np.log(1 + count / frequency).astype(np.float32)
        squares = self.idf[np.searchsorted(self.vocabulary, self.grams)] ** 2
        self.norms = np.sqrt(np.add.reduceat(squares, self.gram_starts[:-1])) if count else np.zeros(0, np.float32)
        self.unseen_idf = float(np.log(1 + count))
        by_answer = np.argsort(self.answers, kind="stable")
        self.lines_of = by_answer
        self.answer_starts = np.searchsorted(self.answers[by_answer], np.arange(int(self.answers.max(initial=-1)) + 2))

    def cosines(self, line: Line) -> NDArray[np.float32]:
        """Return the n-gram cosine of `line` with every line; the commonest n-grams may be left out."""
        count = len(self.answers)
        if not count or not len(self.vocabulary):
            return np.zeros(count, np.float32)
        spots = np.minimum(np.searchsorted(self.vocabulary, line.grams), len(self.vocabulary) - 1)
        seen = spots[self.vocabulary[spots] == line.grams]
        idf = self.idf[seen]
        norm = float(np.sqrt((idf**2).sum() + (len(line.grams) - len(seen)) * self.unseen_idf**2)) or 1.0
        begin, end = self.posting_starts[seen], self.posting_starts[seen + 1]
        order = np.argsort(end - begin, kind="stable")
        within = order[np.cumsum((end - begin)[order]) <= _BUDGET]
        chosen = within if len(within) else order[:1]
        if not len(chosen):
            return np.zeros(count, np.float32)
        hits = np.concatenate([self.postings[begin[i] : end[i]] for i in chosen])
        weights = np.repeat(idf[chosen] ** 2, (end - begin)[chosen])
        return np.asarray(np.bincount(hits, weights, count) / (self.norms * norm), np.float32)


def _concatenate(parts: Sequence[NDArray[np.generic]], dtype: type) -> NDArray[np.generic]:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))]).astype(np.int64)
