"""A clock for simulated calls."""

import pytest

from voicebot.clock import VirtualClock

pytestmark = pytest.mark.unit


class Ticks:
    """A timer that the test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_time_passes_only_by_sleeping() -> None:
    ticks = Ticks()
    clock = VirtualClock(100.0, ticks)
    ticks.now_s += 5
    assert clock.now() == 100.0
    clock.sleep(2.5)
    assert clock.now() == 102.5


def test_work_takes_the_time_it_really_takes() -> None:
    ticks = Ticks()
    clock = VirtualClock(100.0, ticks)
    with clock.working():
        ticks.now_s += 3
        assert clock.now() == 103.0
        clock.sleep(1)
    ticks.now_s += 10
    assert clock.now() == 104.0


def test_work_aside_does_not_delay_the_main_line() -> None:
    ticks = Ticks()
    clock = VirtualClock(100.0, ticks)
    with clock.working():
        ticks.now_s += 1
        with clock.aside():
            ticks.now_s += 7
            assert clock.now() == 108.0
        assert clock.now() == 101.0
        ticks.now_s += 2
    assert clock.now() == 103.0
