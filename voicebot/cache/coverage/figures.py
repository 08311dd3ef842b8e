"""Rates, intervals and thresholds as people read them."""

import numpy as np


def percent(rate: float | None) -> str:
    """Return a rate as people read it."""
    return "-" if rate is None else f"{rate:.2%}"


def span(interval_: tuple[float, float] | None) -> str:
    """Return an interval as people read it."""
    return "" if interval_ is None else f"95 % interval {interval_[0]:.2%} to {interval_[1]:.2%}"


def decimal(threshold: float) -> str:
    """Return a threshold as people and YAML write it, with every digit and no exponent."""
    return np.format_float_positional(threshold, trim="0")


def between(interval: tuple[float, float] | None) -> str:
    """Return an interval of a rate for a table, in percent."""
    return "" if interval is None else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"
