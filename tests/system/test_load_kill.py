"""A load of a large file that is killed: nothing of it is left running, and the same command goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

LINES = 40_000


def test_a_killed_load_leaves_no_process_and_is_gone_on_with(tmp_path: Path) -> None:
    table = tmp_path / "questions.csv"
    answer = "접수해 드렸습니다. 담당자가 사흘 안에 연락드리겠습니다."
    lines = "".join(f"a{n},질문 {n}번이에요,{n}번 {answer}\n" for n in range(LINES))
    table.write_text(f"id,utterance,answer\n{lines}", encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment = {**kept, "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "voicebot", "cache", "seed", str(table)]
    killed = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline_s = time.monotonic() + 60
    while not list((tmp_path / "data").glob("loads/*.db")) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    time.sleep(1.0)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    while _is_running(killed.pid) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not _is_running(killed.pid)
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    counted = subprocess.run(
        [sys.executable, "-m", "voicebot", "cache", "stats"],
        env=environment, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert f"pending      {LINES}\n" in counted.stdout
    assert not list((tmp_path / "data" / "loads").iterdir())


def _is_running(group: int) -> bool:
    """Return whether any process of a group is still there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
