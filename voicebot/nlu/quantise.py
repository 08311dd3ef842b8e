"""Tables of weights in 8 bits."""

import numpy as np
from numpy.typing import NDArray


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a table (rows, columns) in 8 bits and the scale of each column."""
    scale = np.maximum(np.abs(table).max(0), 1e-6) / 127
    return np.round(table / scale).astype(np.int8), scale.astype(np.float32)
