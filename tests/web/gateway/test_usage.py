"""What tokens may use in a day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.web.gateway.usage import Usage

pytestmark = pytest.mark.unit

EVENING_S = datetime(2026, 3, 2, 14, 0, tzinfo=UTC).timestamp()
"""23:00 in Seoul."""


class Day:
    """Counts in a folder, and the time they see."""

    def __init__(self, folder: Path, now_s: float = EVENING_S) -> None:
        self.now_s = now_s
        self.path = folder / "usage.json"
        self.usage = Usage(self.path, lambda: self.now_s)


def test_what_would_be_too_much_is_refused_and_not_counted(tmp_path: Path) -> None:
    day = Day(tmp_path)
    assert day.usage.charge("shop", "characters", 90, 100) is None
    assert day.usage.charge("shop", "characters", 11, 100) == pytest.approx(3600)
    assert day.usage.charge("shop", "characters", 10, 100) is None
    assert day.usage.charge("shop", "calls", 1, 1) is None
    assert day.usage.charge("other", "characters", 100, 100) is None
    assert day.usage.charge("shop", "characters", 1_000_000, None) is None


def test_a_new_day_of_seoul_begins_at_nothing(tmp_path: Path) -> None:
    day = Day(tmp_path)
    assert day.usage.charge("shop", "calls", 1, 1) is None
    wait_s = day.usage.charge("shop", "calls", 1, 1)
    assert wait_s is not None
    day.now_s += wait_s - 1
    assert day.usage.charge("shop", "calls", 1, 1) is not None
    day.now_s += 1
    assert day.usage.charge("shop", "calls", 1, 1) is None


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.usage.charge("shop", "calls", 3, 5)
    day.usage.save()
    again = Day(tmp_path)
    assert again.usage.charge("shop", "calls", 3, 5) is not None
    assert again.usage.charge("shop", "calls", 2, 5) is None
    written = again.path.stat().st_mtime_ns
    again.usage.charge("shop", "calls", 2, 5)
    again.usage.save()
    saved = again.path.stat().st_mtime_ns
    again.usage.save()
    assert again.path.stat().st_mtime_ns == saved > written
    assert Day(tmp_path, EVENING_S + 7200).usage.charge("shop", "calls", 5, 5) is None


@pytest.mark.parametrize("text", ["", "[]", '{"day": 1}', '{"day": 1, "counts": {"shop": 3}}', "\0"])
def test_a_broken_file_begins_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "usage.json").write_text(text, encoding="utf-8")
    assert Day(tmp_path).usage.charge("shop", "calls", 1, 1) is None


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").write_text("a file where a folder should be", encoding="utf-8")
    day = Day(tmp_path / "folder")
    assert day.usage.charge("shop", "calls", 1, 1) is None
    day.usage.save()
    assert "could not be written down" in caplog.text
