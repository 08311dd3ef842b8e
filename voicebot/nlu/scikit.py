"""What scikit-learn learns: the intents' linear table and the verifier's trees. Needed to train, never to answer."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.svm import LinearSVC

from voicebot.nlu.encoder import WIDE_ROWS, unit_idf, wide_tokens
from voicebot.nlu.episodes import Table
from voicebot.nlu.lines import Line
from voicebot.nlu.pairs import Floats
from voicebot.nlu.quantise import quantised
from voicebot.nlu.verifier import margins

LOUDNESS = 3.0
"""How loudly the linear table speaks beside the network: their scores then spread alike over lines not learned from."""
_TREES = 300
_LEAF = np.zeros(1, PREDICTOR_RECORD_DTYPE)
_LEAF["is_leaf"] = 1

Arrays = dict[str, NDArray[np.generic]]


def learn_wide(lines: Sequence[Line], intents: Sequence[int], intent_count: int, seed: int) -> Arrays:
    """Return the arrays `wide*` of an `Encoder`: one linear classifier an intent over hashed tokens.

    Args:
        lines: The lines.
        intents: For each line its intent's number.
        intent_count: How many intents there are; one without lines never wins.
        seed: Orders the descent.
    """
    rows = [wide_tokens(line) for line in lines]
    counts = np.bincount(np.concatenate(rows), minlength=WIDE_ROWS)
    idf = (np.log((1 + len(lines)) / (1 + counts)) + 1).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.concatenate([unit_idf(idf, row) for row in rows])
    table = sparse.csr_matrix((values, np.concatenate(rows), starts), shape=(len(rows), WIDE_ROWS))
    weights = np.zeros((WIDE_ROWS, intent_count), np.float32)
    bias = np.full(intent_count, -LOUDNESS, np.float32)
    if len(set(intents)) > 1:
        _fill(weights, bias, LinearSVC(C=2.0, random_state=seed).fit(table, np.asarray(intents)))
    wide, scale = quantised(weights)
    return {"wide": wide, "wide_scale": scale, "wide_bias": bias, "wide_idf": idf.astype(np.float16)}


def _fill(weights: Floats, bias: Floats, found: LinearSVC) -> None:
    """Write a classifier's planes into the table, an intent a column."""
    slopes, offsets = found.coef_, found.intercept_
    if len(found.classes_) == 2:  # scikit-learn then keeps the second class alone
        slopes, offsets = np.vstack([-slopes, slopes]), np.concatenate([-offsets, offsets])
    weights[:, found.classes_] = slopes.T * LOUDNESS
    bias[found.classes_] = offsets * LOUDNESS


def learn_forest(
    table: Table, seed: int, forests: int, progress: Callable[[str, int, int], None] | None = None
) -> Arrays:
    """Return the arrays of a `Forest`: gradient-boosted trees that tell the right candidate from the others.

    Args:
        table: Compared queries.
        seed: Picks each split's features.
        forests: How many ensembles of trees are averaged.
        progress: Called with (stage, done, of).
    """
    inputs, right = _candidates(table)
    grown: list[list[NDArray[np.void]]] = []
    base = 0.0
    if right.min() == right.max():  # nothing to tell apart: a stump that says nothing
        return _packed([_LEAF], base, 1)
    for number in range(forests):
        model = HistGradientBoostingClassifier(
            max_iter=_TREES, learning_rate=0.06, max_leaf_nodes=31, min_samples_leaf=50, l2_regularization=1.0,
            max_features=0.3, max_depth=9, early_stopping=False, random_state=seed + number,
        ).fit(inputs, right)  # fmt: skip
        # scikit-learn has no public access to these trees; tests/nlu compares what is taken here with its own answers.
        grown += [[tree.nodes for tree in step] for step in model._predictors]
        base += float(np.ravel(model._baseline_prediction)[0])
        if progress:
            progress("trees", number + 1, forests)
    return _packed([nodes for step in grown for nodes in step], base / forests, forests)


def _candidates(table: Table) -> tuple[Floats, NDArray[np.int64]]:
    """Return one row a candidate, next to its rivals, and whether it is the right one."""
    inputs, right = [], []
    for features, exists, place in zip(table.features, table.exists, table.right, strict=True):
        if exists.any():
            inputs.append(margins(features[exists]))
            right.append(np.flatnonzero(exists) == place)
    return np.vstack(inputs), np.concatenate(right).astype(np.int64)


def _packed(trees: Sequence[NDArray[np.void]], base: float, forests: int) -> Arrays:
    """Return trees as flat arrays: nodes of all trees in a row, leaves pointing to themselves."""
    starts = np.concatenate([[0], np.cumsum([len(tree) for tree in trees])[:-1]]).astype(np.int32)
    feature, limit, left, right, value = [], [], [], [], []
    for start, tree in zip(starts.tolist(), trees, strict=True):
        here = np.arange(len(tree), dtype=np.int32)
        leaf = tree["is_leaf"].astype(bool)
        feature.append(np.where(leaf, 0, tree["feature_idx"]).astype(np.int16))
        limit.append(np.where(leaf, 0.0, tree["num_threshold"]).astype(np.float32))
        left.append(np.where(leaf, here, tree["left"]).astype(np.int32) + start)
        right.append(np.where(leaf, here, tree["right"]).astype(np.int32) + start)
        value.append((tree["value"] / forests).astype(np.float32))
    return {
        "roots": starts, "feature": np.concatenate(feature), "limit": np.concatenate(limit),
        "left": np.concatenate(left), "right": np.concatenate(right), "value": np.concatenate(value),
        "depth": np.array(max(int(tree["depth"].max()) for tree in trees), np.int32),
        "base": np.array(base, np.float32),
    }  # fmt: skip
