"""Gradient-boosted trees, ready for use: numpy only."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.pairs import Floats


class Forest:
    """Trees whose leaves add up to a log-odds.

    Args:
        arrays: `roots` (a tree's first node), and for each node `feature`, `limit` (left when not above it), `left`,
            `right` (a leaf's are itself) and `value` (a leaf's share); `depth` of the deepest tree, `base` to start from.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._roots = arrays["roots"].astype(np.int32)
        self._feature = arrays["feature"].astype(np.int32)
        self._limit = arrays["limit"].astype(np.float32)
        self._next = np.stack([arrays["right"], arrays["left"]], 1).astype(np.int32).ravel()
        self._value = arrays["value"].astype(np.float32)
        self._depth, self._base = int(arrays["depth"]), float(arrays["base"])

    def logits(self, inputs: Floats) -> Floats:
        """Return one number a row of `inputs`."""
        width = inputs.shape[1]
        flat = np.ascontiguousarray(inputs, np.float32).ravel()
        rows = (np.arange(len(inputs), dtype=np.int32) * width)[:, None]
        nodes = np.broadcast_to(self._roots, (len(inputs), len(self._roots)))
        for _ in range(self._depth):
            goes_left = flat[rows + self._feature[nodes]] <= self._limit[nodes]
            nodes = self._next[2 * nodes + goes_left]
        return np.asarray(self._value[nodes].sum(1) + self._base, np.float32)
