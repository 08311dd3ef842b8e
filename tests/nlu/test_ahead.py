"""Workers that make stages ahead of a run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voicebot.nlu.ahead import Ahead

pytestmark = pytest.mark.unit

PROGRAM = """
import os, time
from voicebot.nlu.ahead import Ahead

class Run:
    def nap(self):
        print(os.getpid(), flush=True)
        time.sleep(120)

if __name__ == "__main__":
    with Ahead(2, Run, ()) as ahead:
        ahead.make([("nap",), ("nap",)])
"""


class Notes:
    """A run whose stages leave a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, name: str) -> None:
        """Leave a file."""
        (self._folder / name).write_text(str(os.getpid()), encoding="utf-8")


def test_stages_are_made_elsewhere_and_told_one_by_one(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with Ahead(2, Notes, (tmp_path,), lambda *stage: told.append(stage)) as ahead:
        ahead.make([("note", "a"), ("note", "b")])
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
    assert str(os.getpid()) not in {path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert told == [("note", 1, 2), ("note", 2, 2)]


def test_with_one_worker_nothing_is_made_ahead(tmp_path: Path) -> None:
    with Ahead(1, Notes, (tmp_path,)) as ahead:
        ahead.make([("note", "a")])
    assert list(tmp_path.iterdir()) == []


def test_a_stage_that_fails_fails_here(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), Ahead(2, Notes, (tmp_path / "none",)) as ahead:
        ahead.make([("note", "a")])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_a_killed_or_interrupted_parent(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(how)
        for _ in range(600):
            if not any(_is_running(worker) for worker in workers):
                break
            time.sleep(0.1)
        assert not any(_is_running(worker) for worker in workers)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
