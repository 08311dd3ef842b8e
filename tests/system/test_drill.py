"""The drill: approvers that are killed again and again over stores that fail, and nothing is lost or done twice."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.protocol import INBOX_STATES, Miss
from voicebot.client import Voicebot
from voicebot.settings.load import load

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent
ITEMS = 400
APPROVERS = 3
KILLS = 5
THROTTLED = 0.05
LOST_UPLOADS = 0.02
LEASE_S = 3.0
SEED = 20261125


@dataclass
class Approver:
    """A cron job that is killed some times and then left to finish.

    Attributes:
        lines: What all its runs said.
        killed_amid_work: How many kills met a run that had begun and had not ended.
        runs: How many runs were begun.
    """

    number: int
    env: dict[str, str]
    delay_s: float
    lines: list[str] = field(default_factory=list)
    killed_amid_work: int = 0
    runs: int = 0

    def drill(self) -> None:
        dice = random.Random(SEED + self.number)
        command = [sys.executable, "-m", "tests.system.drill_worker"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        ) as process:
            while self.killed_amid_work < KILLS:
                pid = self._begin(process)
                time.sleep(0.05 + dice.random() * 0.7)
                os.kill(pid, signal.SIGKILL)
                assert self._end(process) == -signal.SIGKILL, "there was not enough work for so many kills"
                self.killed_amid_work += 1
            self._begin(process)
            while self._end(process) == 6:  # a store gave up, so cron comes by again
                self._begin(process)
            assert process.stdin
            process.stdin.close()

    def _begin(self, process: subprocess.Popen[str]) -> int:
        """Order a run and return its process."""
        self.runs += 1
        order = {
            "env": self.env,
            "seed": SEED + 1000 * self.number + self.runs,
            "delay_s": self.delay_s,
            "workers": 4,
            "throttled": THROTTLED,
            "lost_uploads": LOST_UPLOADS,
        }
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline().removeprefix("pid "))

    def _end(self, process: subprocess.Popen[str]) -> int:
        """Return a run's exit code."""
        assert process.stdout
        while not (line := process.stdout.readline()).startswith("exit "):
            assert line, "an approver ended"
            self.lines.append(line)
        return int(line.removeprefix("exit "))


@pytest.mark.parametrize(("backend", "delay_s"), [("local", 0.16), ("aws", 0.05)])
def test_every_item_is_approved_once_whatever_is_killed_and_whatever_fails(
    request: pytest.FixtureRequest, tmp_path: Path, unique: str, backend: str, delay_s: float
) -> None:
    env = {
        "HOME": str(tmp_path),
        "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
        "VOICEBOT_BACKEND": backend,
        "VOICEBOT_CACHE__LEASE_S": str(LEASE_S),
    }
    if backend == "aws":
        names = {"VOICEBOT_AWS__BUCKET": unique, "CACHE_TABLE": f"{unique}-answers", "INBOX_TABLE": f"{unique}-inbox"}
        env |= {"AWS_ENDPOINT_URL": request.getfixturevalue("moto_url"), "VOICEBOT_AWS__READ_TIMEOUT_S": "30", **names}
    voicebot = Voicebot(load(env=env))
    if voicebot.is_on_aws:
        voicebot.set_up_stores()
    for n in range(ITEMS):
        voicebot.inbox.record(Miss(f"물음{n:03d}", f"물음 {n}번이에요", f"{n}번 물음에 대한 답이에요.", source="seed"))

    approvers = [Approver(number, env, delay_s) for number in range(APPROVERS)]
    threads = [threading.Thread(target=approver.drill) for approver in approvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [approver.killed_amid_work for approver in approvers] == [KILLS] * APPROVERS

    time.sleep(LEASE_S + 1.0)  # seconds are all that S3 knows
    voicebot.approval().run()  # cron comes by once more
    assert voicebot.inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "approved": ITEMS}
    answers = list(voicebot.answers.scan())
    assert Counter(answer.version for answer in answers) == {1: ITEMS}
    said = [line.split()[1] for approver in approvers for line in approver.lines if " approved in " in line]
    assert set(Counter(said).values()) == {1}
    for answer in answers:
        for key in answer.clips:
            with voicebot.blobs.open(key) as file:
                assert check_connect_prompt(file.read()) == []
    named = {key for answer in answers for key in answer.clips}
    assert {entry.key for entry in voicebot.blobs.entries("answers/")} == named
    voicebot.database.close()
