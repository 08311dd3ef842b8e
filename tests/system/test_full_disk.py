"""A disk that takes no more ends a run in one clear line, and the next run goes on."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from voicebot.cache.protocol import INBOX_STATES, Miss
from voicebot.client import Voicebot
from voicebot.settings.load import load

pytestmark = pytest.mark.system

ITEMS = 8


def test_a_run_on_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env = {**kept, "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # Python itself would leave files that are cut off
    voicebot = Voicebot(load(env=env))
    for n in range(ITEMS):
        voicebot.inbox.record(Miss(f"물음{n}", f"물음 {n}번이에요", f"{n}번 답이에요.", source="seed"))
    command = [sys.executable, "-m", "voicebot", "cache", "approve"]

    def approve(most_bytes: int) -> subprocess.CompletedProcess[str]:
        limit = (most_bytes, resource.RLIM_INFINITY)
        return subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        )  # fmt: skip

    full = approve(8_000)
    assert full.returncode == 6, full.stderr
    assert "Traceback" not in full.stderr
    assert "nothing was lost" in full.stderr.strip().splitlines()[-1]
    assert approve(resource.RLIM_INFINITY).returncode == 0
    assert voicebot.inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "approved": ITEMS}
    assert [answer.version for answer in voicebot.answers.scan()] == [1] * ITEMS
    voicebot.database.close()
