"""What is measured of queries and intents, from scores alone."""

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu import episodes
from voicebot.nlu.verifier import Verifier, is_refused


def score(
    verifier: Verifier, table: episodes.Table
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return each query's best score, whether that candidate is right, and whether any answer is.

    What a guard refuses has the lowest score, as no threshold lets it through.
    """
    scores, right = np.full(len(table.right), -30.0, np.float32), np.zeros(len(table.right), bool)
    for row, (features, exists, place) in enumerate(zip(table.features, table.exists, table.right, strict=True)):
        if exists.any():
            every = verifier.scores(features[exists])
            best = int(every.argmax())
            scores[row], right[row] = -30.0 if is_refused(features[exists][best]) else every[best], best == place
    return scores, right, table.known


def rejection(outside: NDArray[np.float32], is_outside: NDArray[np.bool_], most_rejected: float = 0.033) -> float:
    """Return the share of out_of_scope from which a line is rejected: at most that part of the others goes with it."""
    return float(np.quantile(outside[~is_outside], 1 - most_rejected)) if (~is_outside).any() else 0.5


def intent_measures(
    shares: NDArray[np.float32], right: NDArray[np.int64], outside: int | None, limit: float
) -> dict[str, float]:
    """Return accuracy, macro-F1, out-of-scope recall and the part of other lines rejected."""
    inside = shares.copy()
    if outside is not None:
        inside[:, outside] = -1
    predicted = inside.argmax(1)
    if outside is not None:
        predicted = np.where(shares[:, outside] >= limit, outside, predicted)
    f1 = []
    for label in np.unique(right):
        true = ((predicted == label) & (right == label)).sum()
        f1.append(2 * true / max(1, (predicted == label).sum() + (right == label).sum()))
    rejected = predicted == (-1 if outside is None else outside)
    is_outside = right == (-1 if outside is None else outside)
    return {
        "intent_accuracy": round(float((predicted == right).mean()), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
        "out_of_scope_recall": round(float(rejected[is_outside].mean()), 4) if is_outside.any() else 0.0,
        "in_scope_rejected": round(float(rejected[~is_outside].mean()), 4),
    }


def surprise(logits: NDArray[np.float32], right: NDArray[np.int64]) -> float:
    """Return the mean cross-entropy of logits, shape (lines, labels)."""
    top = logits.max(1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(1))
    return float((total - logits[np.arange(len(right)), right]).mean())
