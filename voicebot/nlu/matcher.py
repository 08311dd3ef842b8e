"""Finds the approved answer to an utterance, or says why there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from voicebot.disk import write_atomically
from voicebot.errors import ConfigError, InputError
from voicebot.korean.normalize import NORMALIZER_VERSION, cache_key
from voicebot.nlu.arrays import Texts, map_arrays, pack_arrays
from voicebot.nlu.index import LineIndex
from voicebot.nlu.lines import analyse_key
from voicebot.nlu.pairs import compare
from voicebot.nlu.verifier import Verdict

if TYPE_CHECKING:
    from voicebot.nlu.model import Model

INDEX_VERSION = 2
_TEXTS = ("answer_ids", "utterances", "keys")
_HINT = "build the index again: voicebot cache index"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may fit.

    Attributes:
        answer_id: Which answer.
        utterance: The cached line that is nearest.
        key: Its cache key.
        score: The calibrated probability that it is the right answer.
        verdict: What the verifier says of it.
    """

    answer_id: str
    utterance: str
    key: str
    score: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Match:
    """The best candidate, accepted or not; None when nothing is cached."""

    candidate: Candidate | None
    verdict: Verdict

    @property
    def is_hit(self) -> bool:
        """True when the candidate's answer may be played."""
        return self.verdict.is_accepted


class Matcher:
    """Looks utterances up among cached lines; made by `build` or `load`.

    Args:
        model: What was learned.
        answer_ids: For each line its answer.
        utterances: The lines.
        keys: Their cache keys.
        index: The same lines, searchable.
        threshold: Accept from this probability; the model's own when None.
    """

    def __init__(
        self,
        model: "Model",
        answer_ids: Sequence[str],
        utterances: Sequence[str],
        keys: Sequence[str],
        index: LineIndex,
        threshold: float | None = None,
    ) -> None:
        self.model = model
        self.threshold = model.threshold if threshold is None else threshold
        self._answer_ids, self._utterances, self._keys, self._index = answer_ids, utterances, keys, index
        self._exact = {key: place for place, key in reversed(list(enumerate(keys)))}

    @classmethod
    def build(cls, model: "Model", pairs: Iterable[tuple[str, str]], threshold: float | None = None) -> Self:
        """Return a matcher over (answer id, utterance) pairs; the first line of a normal form wins.

        Raises:
            InputError: A line is empty, or two answers claim the same line.
        """
        owners: dict[str, tuple[str, str]] = {}
        for answer_id, utterance in pairs:
            key = cache_key(utterance)
            if not key:
                raise InputError(f"answer {answer_id}: a cached line is empty", hint="remove the line")
            if owners.setdefault(key, (answer_id, utterance))[0] != answer_id:
                raise InputError(
                    f"answers {owners[key][0]} and {answer_id} have the same line", hint="a line has one answer"
                )
        keys = list(owners)
        names = sorted({answer_id for answer_id, _ in owners.values()})
        number = {name: place for place, name in enumerate(names)}
        answers = np.array([number[owners[key][0]] for key in keys], np.int32)
        lines = [analyse_key(key, model.lexicon) for key in keys]
        index = LineIndex.build(lines, answers, model.encoder.encode(lines), model.lexicon.vectors)
        return cls(model, [owners[k][0] for k in keys], [owners[k][1] for k in keys], keys, index, threshold)

    def __len__(self) -> int:
        return len(self._keys)

    def search(self, text: str, k: int = 5) -> list[Candidate]:
        """Return at most `k` candidates, likeliest first, one an answer."""
        key = cache_key(text)
        found: list[Candidate] = []
        exact = self._exact.get(key)
        if exact is not None:
            found.append(self._candidate(exact, Verdict(True, 1.0)))
        if not key or not self._keys or (found and k == 1):
            return found
        line = analyse_key(key, self.model.lexicon)
        compared = compare(line, self.model.encoder.encode([line])[0], self._index, self.model.lexicon)
        probabilities = self.model.verifier.probabilities(compared.features)
        for place in np.argsort(-probabilities, kind="stable").tolist():
            verdict = self.model.verifier.judge(compared.features, probabilities, place, self.threshold)
            candidate = self._candidate(int(compared.lines[place]), verdict)
            if not found or candidate.answer_id != found[0].answer_id:
                found.append(candidate)
        return found[:k]

    def accepts(self, query: str, candidate: Candidate) -> Verdict:
        """Return the verdict on a candidate that `search` returned for `query`; a stranger's is looked up again."""
        for own in self.search(query, k=10):
            if own.answer_id == candidate.answer_id:
                return own.verdict
        return Verdict(False, 0.0, "score", "not among the candidates")

    def find(self, text: str) -> Match:
        """Return the best candidate for `text` and whether its answer may be played."""
        found = self.search(text, k=1)
        if not found:
            return Match(None, Verdict(False, 0.0, "score", "nothing is cached"))
        return Match(found[0], found[0].verdict)

    def _candidate(self, line: int, verdict: Verdict) -> Candidate:
        return Candidate(self._answer_ids[line], self._utterances[line], self._keys[line], verdict.probability, verdict)

    def packed(self) -> bytes:
        """Return the index as the bytes of a file; it belongs to this model and can be loaded with no other."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, texts in zip(_TEXTS, (self._answer_ids, self._utterances, self._keys), strict=True):
            arrays[name], arrays[f"{name}_starts"] = Texts.pack(texts)
        return pack_arrays(arrays | self._index.arrays(), _meta(self.model))

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        write_atomically(path, self.packed())

    @classmethod
    def load(cls, model: "Model", path: Path, threshold: float | None = None, *, is_checked: bool = True) -> Self:
        """Return the matcher in a file, which is mapped into memory.

        Args:
            model: What it was built with.
            path: The file.
            threshold: Accept from this probability; the model's own when None.
            is_checked: False leaves the content unread, where the file's name has vouched for it.

        Raises:
            ConfigError: The file is damaged, or was made with another model or version.
        """
        found = map_arrays(path, _HINT, is_checked=is_checked)
        if found.meta != _meta(model):
            raise ConfigError(f"{path}: made with another model or version", hint=_HINT)
        arrays = found.arrays
        try:
            answer_ids, utterances, keys = (Texts(arrays.pop(name), arrays.pop(f"{name}_starts")) for name in _TEXTS)
            return cls(model, answer_ids, utterances, keys, LineIndex(arrays), threshold)
        except KeyError as exc:
            raise ConfigError(f"{path}: not an index of this version", hint=_HINT) from exc


def _meta(model: "Model") -> dict[str, object]:
    """Return what an index must say that it was made with, to be used with `model`."""
    return {"version": INDEX_VERSION, "model": model.fingerprint, "normalizer": NORMALIZER_VERSION}
