"""Says whether a candidate answers the query: monotone networks and trees over `pairs`, calibrated, with named guards.

For the networks, what two lines share can only raise the score and what they do not share can only lower it; the trees
are free. Together they judge strangers' topics better than either alone: docs/decisions/0003-matcher-features.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu import pairs
from voicebot.nlu.facets import ACTS
from voicebot.nlu.forest import Forest
from voicebot.nlu.pairs import SIGNS, Floats

_TREES, _STRICT = "trees.", "strict."
_STRICTNESS = 0.5
"""What the trees that learned among neighbouring questions count beside the rest."""
GUARDS = ("number", "opposite", "role", "content_word", "question_word", "act", "runner_up", "score")
"""What can refuse."""
_ALWAYS = (
    (pairs.NUMBERS_APART, "number", "names another number"),
    (pairs.CLASH, "opposite", "says the opposite or another of values that exclude each other"),
    (pairs.ACT.start + ACTS.index("forbid"), "act", "forbids and the query does not, or the other way round"),
)
"""What refuses whatever the score, when it holds for all lines of an answer. Of right candidates this costs at most 0.5,
1.4 and 2.2 %; see `docs/decisions/0003-matcher-features.md`."""


REFUSED = 0.01
"""The probability of what a guard refuses is at most this."""


def is_refused(row: Floats) -> bool:
    """Return whether a guard refuses a candidate, given its features, whatever the score."""
    return any(row[column + pairs.LOWEST] >= 1 for column, _, _ in _ALWAYS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate may be played.

    Attributes:
        is_accepted: True when it may.
        probability: That it is the right answer, calibrated.
        guard: What refused it; empty when accepted.
        detail: What that guard saw, without the caller's words.
    """

    is_accepted: bool
    probability: float
    guard: str = ""
    detail: str = ""


def sigmoid(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return 1 / (1 + e^-x) in double precision: scores close to certainty must stay apart."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x.astype(np.float64), -33, 33))), np.float64)


def margins(features: Floats) -> Floats:
    """Return each candidate's features next to how far it is ahead of the best other candidate in each of them."""
    if len(features) < 2:
        return np.hstack([features, np.clip(features + 5.0, -5, 5)])
    ordered = np.sort(features, 0)
    high = np.where(features == ordered[-1], ordered[-2], ordered[-1])
    low = np.where(features == ordered[0], ordered[1], ordered[0])
    return np.hstack([features, np.clip(features - np.where(SIGNS < 0, low, high), -5, 5)])


class Verifier:
    """The learned judge.

    Args:
        arrays: `mean`, `scale` of the features; for each network i `w1.i`, `b1.i`, `w2.i`, `b2.i`, `w3.i`, `b3.i`,
            `lin.i`, their signs already applied; `trees.*` of a `Forest` that practised like them and `strict.*` of one
            that practised among neighbouring questions; `platt` (slope, intercept).
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        rest = {name: array for name, array in arrays.items() if not name.startswith((_TREES, _STRICT))}
        self._forest, self._strict = (
            Forest({name.removeprefix(part): array for name, array in arrays.items() if name.startswith(part)})
            for part in (_TREES, _STRICT)
        )
        self._arrays = {name: np.asarray(array, np.float32) for name, array in rest.items()}
        self._networks = sum(name.startswith("w1.") for name in arrays)

    def _monotone(self, features: Floats) -> Floats:
        """Return one number a candidate; none of them being right has the logit 0."""
        a = self._arrays
        inputs = margins(np.clip((features - a["mean"]) / a["scale"], -4, 4))
        total = np.zeros(len(features), np.float32)
        for i in range(self._networks):
            first = _bend(inputs @ a[f"w1.{i}"] + a[f"b1.{i}"])
            second = _bend(first @ a[f"w2.{i}"] + a[f"b2.{i}"])
            total += second @ a[f"w3.{i}"] + a[f"b3.{i}"] + inputs @ a[f"lin.{i}"]
        return np.asarray(total / max(1, self._networks), np.float32)

    def probabilities(self, features: Floats) -> NDArray[np.float64]:
        """Return for each candidate the calibrated probability that it is the right one."""
        return self.calibrated(self.scores(features)) if len(features) else np.zeros(0)

    def scores(self, features: Floats) -> Floats:
        """Return for each candidate how far it is ahead of the others and of none, not yet calibrated."""
        inputs = margins(features)
        logits = np.asarray((self._monotone(features) + self._forest.logits(inputs)) / 2, np.float32)
        return np.asarray(ahead(logits) + _STRICTNESS * self._strict.logits(inputs), np.float32)

    def calibrated(self, scores: Floats) -> NDArray[np.float64]:
        """Return probabilities for what `scores` returned."""
        slope, intercept = self._arrays["platt"]
        return sigmoid(slope * scores + intercept)

    def judge(self, features: Floats, probabilities: NDArray[np.float64], place: int, threshold: float) -> Verdict:
        """Return the verdict on the candidate at `place`."""
        row, probability = features[place], float(probabilities[place])
        for column, guard, detail in _ALWAYS:
            if row[column + pairs.LOWEST] >= 1:
                return Verdict(False, min(probability, REFUSED), guard, f"every cached line {detail}")
        if probability >= threshold:
            return Verdict(True, probability)
        guard, detail = _reason(row, features, place)
        return Verdict(False, probability, guard, detail)


def _bend(x: Floats) -> Floats:
    """Return a monotone layer: half of the units bend up (ELU), half down."""
    half = x.shape[-1] // 2
    up, down = x[..., :half], -x[..., half:]
    up = np.where(up > 0, up, np.expm1(np.minimum(up, 0)))
    down = np.where(down > 0, down, np.expm1(np.minimum(down, 0)))
    return np.concatenate([up, -down], -1)


def ahead(logits: Floats) -> Floats:
    """Return each candidate's logit less that of all others and of none being right."""
    if not len(logits):
        return np.zeros(0, np.float32)
    every = np.append(logits, 0.0)
    rest = np.where(np.eye(len(every), dtype=bool), -np.inf, every)[:-1]
    top = rest.max(1)
    return np.asarray(logits - top - np.log(np.exp(rest - top[:, None]).sum(1)), np.float32)


def _reason(row: Floats, features: Floats, place: int) -> tuple[str, str]:
    """Return which difference is the plainest."""
    if row[pairs.NUMBERS_APART]:
        return "number", "the nearest line names another number"
    if row[pairs.CLASH]:
        return "opposite", f"{int(row[pairs.CLASH])} opposite or excluding values"
    if row[pairs.ROLES_DIFFER]:
        return "role", "a shared noun has another role"
    if row[pairs.WORD_LOST] > 0.4 or row[pairs.WORD_LOST_THERE] > 0.4:
        return "content_word", "a content word of one side has no counterpart on the other"
    if row[pairs.QUESTION].any():
        return "question_word", "another question word"
    if row[pairs.ACT].any():
        return "act", "another kind of sentence"
    if len(features) > 1 and place == 0 and np.abs(features[0, :2] - features[1, :2]).max() < 0.1:
        return "runner_up", "another answer is as near"
    return "score", "too little in common"
