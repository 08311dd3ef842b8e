"""Nearest question by shared syllable pairs: TF-IDF cosine over an inverted index, in pure Python."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from voicebot.chat.protocol import Turn, Understanding
from voicebot.chat.responses import Response
from voicebot.korean.normalize import cache_key


class LexicalIndex:
    """Questions, searchable by likeness of their normal forms.

    Args:
        entries: (id, question) pairs.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        grams = [(entry_id, Counter(_bigrams(cache_key(text)))) for entry_id, text in entries]
        frequency = Counter(gram for _, counted in grams for gram in counted)
        self._ids = [entry_id for entry_id, _ in grams]
        self._idf = {gram: math.log((1 + len(grams)) / (1 + n)) + 1 for gram, n in frequency.items()}
        self._unseen_idf = math.log(1 + len(grams)) + 1
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, (_, counted) in enumerate(grams):
            for gram, weight in self._weights(counted).items():
                self._postings[gram].append((position, weight))

    def search(self, text: str, k: int = 1) -> list[tuple[str, float]]:
        """Return the `k` nearest (id, cosine) pairs, best first."""
        scores: Counter[int] = Counter()
        for gram, weight in self._weights(Counter(_bigrams(cache_key(text)))).items():
            for position, other in self._postings.get(gram, ()):
                scores[position] += weight * other  # type: ignore[assignment]
        return [(self._ids[position], float(score)) for position, score in scores.most_common(k)]

    def _weights(self, counted: Counter[str]) -> dict[str, float]:
        weights = {gram: n * self._idf.get(gram, self._unseen_idf) for gram, n in counted.items()}
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / norm for gram, weight in weights.items()}


def _bigrams(key: str) -> list[str]:
    padded = f"^{key}$"
    return [padded[i : i + 2] for i in range(len(padded) - 1)]


class LexicalUnderstander:
    """`Understander` that takes the intent of the nearest question in the bank.

    Args:
        responses: The bank.
        min_similarity: Below this cosine nothing was understood.
    """

    def __init__(self, responses: Sequence[Response], min_similarity: float) -> None:
        self._responses = {response.id: response for response in responses}
        self._min_similarity = min_similarity
        self._index = LexicalIndex((response.id, response.question) for response in responses)

    def understand(self, turn: Turn) -> Understanding:
        """Return what `turn` asks for; no intent when nothing is near enough."""
        found = self._index.search(turn.text, k=1)
        if not found:
            return Understanding("", 0.0)
        response_id, similarity = found[0]
        if similarity < self._min_similarity:
            return Understanding("", similarity)
        return Understanding(self._responses[response_id].intent, similarity, response_id)
