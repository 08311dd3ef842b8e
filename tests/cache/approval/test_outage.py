"""A store that goes down at any moment of an approval costs time, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.voices import ScriptedVoice, answer_voice
from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.approval.approver import Approval
from voicebot.cache.protocol import INBOX_STATES, Miss
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import StorageError
from voicebot.settings.load import load

pytestmark = pytest.mark.unit

ITEMS = 3
STORES = ("inbox", "answers", "blobs")


class Outage:
    """Counts the calls to all stores, and from one on has them fail.

    Args:
        first: The number of the first call that fails.
        is_done: The store does what is asked before its reply is lost.
    """

    def __init__(self, first: int, is_done: bool) -> None:
        self.first = first
        self.calls = 0
        self._is_done = is_done

    def over(self, store: Any) -> Any:
        outage = self

        class Failing:
            def __getattr__(self, name: str) -> Any:
                return outage.failing(getattr(store, name))

        return Failing()

    def failing(self, method: Any) -> Any:
        def call(*arguments: Any, **more: Any) -> Any:
            self.calls += 1
            if self.calls < self.first:
                return method(*arguments, **more)
            if self._is_done:
                method(*arguments, **more)
            raise StorageError("out of reach")

        return call


def client(folder: Path, clock: VirtualClock, outage: Outage | None = None) -> Voicebot:
    voicebot = Voicebot(load(env={"HOME": str(folder)}, overrides={"data_dir": str(folder / "data")}), clock=clock)
    if outage:
        for name in STORES:
            voicebot.__dict__[name] = outage.over(getattr(voicebot, name))
    return voicebot


def approve(voicebot: Voicebot) -> int:
    voice = answer_voice(ScriptedVoice())
    publisher = voicebot.answer_publisher(voice)
    return Approval(voicebot.inbox, publisher, voice, voicebot.orphans, voicebot.clock, 60.0).run().approved


@pytest.mark.parametrize("is_done", [False, True], ids=["refused", "reply lost"])
def test_an_outage_at_any_moment_loses_nothing_and_does_nothing_twice(tmp_path: Path, is_done: bool) -> None:
    first, ended_early = 1, 0
    while True:
        folder, clock, outage = tmp_path / str(first), VirtualClock(1_000.0, timer=lambda: 0.0), Outage(first, is_done)
        healthy = client(folder, clock)
        for n in range(ITEMS):
            healthy.inbox.record(Miss(f"물음{n}", f"물음 {n}번이에요", f"{n}번 답이에요."))
        try:
            approve(client(folder, clock, outage))
        except StorageError:
            ended_early += 1
        clock.sleep(1_000.0)  # leases run out
        approve(healthy)
        assert healthy.inbox.counts() == {**dict.fromkeys(INBOX_STATES, 0), "approved": ITEMS}, first
        answers = list(healthy.answers.scan())
        assert [answer.version for answer in answers] == [1] * ITEMS, first
        for answer in answers:
            with healthy.blobs.open(answer.clips[0]) as file:
                assert check_connect_prompt(file.read()) == []
        healthy.database.close()
        if outage.calls < first:
            break
        first += 1
    assert ended_early >= 10
