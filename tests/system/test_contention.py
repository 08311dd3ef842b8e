"""Processes and threads that write the same keys at a time; `make bench` does it for longer."""

import pytest

from benchmarks.contention import contend

pytestmark = pytest.mark.system


def test_nothing_is_lost_and_nothing_is_locked() -> None:
    found = contend(3.0)
    assert (found.lost, found.errors) == (0, 0)
    assert found.writes > 200
    assert found.conflicts > 0
