"""How well intents were told: shares with their 95 % intervals, by intent, and what was taken for what."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.data import OUT_OF_SCOPE
from voicebot.nlu.threshold import clopper_pearson

_BOOTSTRAPS = 1000


def intent_report(expected: Sequence[str], told: Sequence[str]) -> dict[str, Any]:
    """Return accuracy, macro-F1 and out-of-scope recall with their 95 % intervals, and what lies behind them.

    The intervals of shares are Clopper-Pearson's; that of macro-F1, which is no share, is a percentile bootstrap over
    the lines with a fixed seed. Macro-F1 is over the intents that the lines have.
    """
    names = sorted({*expected, *told})
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, ([names.index(name) for name in expected], [names.index(name) for name in told]), 1)
    draws = np.random.default_rng(0).multinomial(len(told), table.ravel() / len(told), size=_BOOTSTRAPS)
    macro = _macro_f1(table[None])[0]
    low, high = np.quantile(_macro_f1(draws.reshape(-1, *table.shape)), (0.025, 0.975))
    outside = np.array([name == OUT_OF_SCOPE for name in names])
    return {
        "lines": len(told),
        **_share("accuracy", np.trace(table), len(told)),
        "macro_f1": float(macro),
        "macro_f1_interval": (float(min(low, macro)), float(max(high, macro))),
        **_share("out_of_scope_recall", table[outside][:, outside].sum(), table[outside].sum()),
        **_share("in_scope_rejected", table[~outside][:, outside].sum(), table[~outside].sum()),
        "by_intent": [_intent_row(name, table, place) for place, name in enumerate(names)],
        "confusions": [
            {"expected": names[row], "predicted": names[column], "lines": int(table[row, column])}
            for row, column in sorted(np.argwhere(table).tolist(), key=lambda at: (-table[at[0], at[1]], at))
            if row != column
        ],
    }


def _macro_f1(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the macro-F1 of each confusion table (expected, told)."""
    right = np.diagonal(tables, axis1=1, axis2=2)
    asked, told = tables.sum(2), tables.sum(1)
    f1 = 2 * right / np.maximum(1, asked + told)
    mean: NDArray[np.float64] = (f1 * (asked > 0)).sum(1) / np.maximum(1, (asked > 0).sum(1))
    return mean


def _share(name: str, count: int, of: int) -> dict[str, Any]:
    if not of:
        return {name: None, f"{name}_interval": None}
    return {name: int(count) / int(of), f"{name}_interval": clopper_pearson(int(count), int(of))}


def _intent_row(name: str, table: NDArray[np.int64], place: int) -> dict[str, Any]:
    right, asked, told = int(table[place, place]), int(table[place].sum()), int(table[:, place].sum())
    return {
        "intent": name,
        "lines": asked,
        "precision": right / told if told else None,
        **_share("recall", right, asked),
        "f1": 2 * right / max(1, asked + told),
    }
