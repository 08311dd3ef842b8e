"""Killing an approval run at any moment loses nothing and leaves nothing half-done."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.protocol import INBOX_STATES, Miss
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load

pytestmark = pytest.mark.system

ITEMS = 120
KILLS = 6


def test_a_killed_approval_is_finished_by_the_next_run(tmp_path: Path) -> None:
    voicebot = Voicebot(load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "data")}), HANDLERS)
    for n in range(ITEMS):
        key = voicebot.lookup.key(f"물음 {n}번이에요")
        voicebot.inbox.record(Miss(key, f"물음 {n}번이에요", f"{n}번 물음에 대한 답이에요."))
    command = [sys.executable, "-m", "voicebot", "cache", "approve", "--workers", "2", "--json"]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment = {**kept, "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    dice = random.Random(20261122)
    killed_amid_work = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stderr
            for _ in range(dice.randrange(2, 10)):
                running.stderr.readline()
            time.sleep(dice.random() * 0.02)  # anywhere within the items that are under way
            running.kill()
        counts = voicebot.inbox.counts()
        killed_amid_work += 0 < counts["approved"] < ITEMS
        assert sum(counts.values()) == ITEMS
        assert counts["failed"] == 0
        for answer in voicebot.answers.scan():
            assert_plays(voicebot, answer.clips)
    assert killed_amid_work > 0
    last = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    assert last.returncode == 0, last.stderr
    assert json.loads(last.stdout)["failed"] == []
    assert voicebot.inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "approved": ITEMS}
    assert voicebot.answers.count() == ITEMS


def assert_plays(voicebot: Voicebot, clips: tuple[str, ...]) -> None:
    for key in clips:
        with voicebot.blobs.open(key) as file:
            assert check_connect_prompt(file.read()) == []
