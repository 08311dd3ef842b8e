"""Inbox items become approved answers."""

from collections.abc import Callable

import numpy as np
import pytest

from voicebot.audio.clip import Clip
from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.approval import Approval
from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.errors import EngineError, StorageError

pytestmark = pytest.mark.unit


class ScriptedVoice:
    """A `PromptVoice` that hums, and fails where the script says so."""

    engine = "scripted"
    voice = "one"

    def __init__(self, fails_on: Callable[[str], Exception | None] = lambda text: None) -> None:
        self.said: list[str] = []
        self._fails_on = fails_on

    def prompt(self, text: str) -> Clip:
        error = self._fails_on(text)
        if error:
            raise error
        self.said.append(text)
        wave = np.sin(np.arange(1600) * (0.1 + len(text) / 100)) * 8000
        return Clip(wave.astype(np.int16), 8000)


def approval_of(voicebot: Voicebot, voice: ScriptedVoice) -> Approval:
    return Approval(voicebot.inbox, voicebot.answers, voicebot.blobs, voice, voicebot.facts, voicebot.clock, 60.0)


def record(voicebot: Voicebot, utterance: str, answer: str | None) -> None:
    voicebot.inbox.record(Miss(voicebot.lookup.key(utterance), utterance, answer, answer_id="c1"))


def test_an_approved_item_is_found_with_a_clip_that_connect_plays(voicebot: Voicebot) -> None:
    record(voicebot, "토요일에도 해요", "토요일에는 {hours.saturday} 열어요.")
    report = approval_of(voicebot, ScriptedVoice()).run()
    assert (report.approved, report.failed, report.waiting) == (1, [], 0)
    answer = voicebot.lookup.find("음 토요일에도 해요?").answer
    assert answer is not None
    assert "{" not in answer.text
    assert answer.template == "토요일에는 {hours.saturday} 열어요."
    with voicebot.blobs.open(answer.clips[0]) as file:
        assert check_connect_prompt(file.read()) == []


def test_an_item_without_an_answer_waits_for_a_person(voicebot: Voicebot) -> None:
    record(voicebot, "이건 뭐예요", None)
    report = approval_of(voicebot, ScriptedVoice()).run()
    assert (report.approved, report.waiting) == (0, 1)


def test_a_failing_item_is_reported_without_what_was_said_and_the_rest_goes_on(voicebot: Voicebot) -> None:
    record(voicebot, "첫째 물음이에요", "첫째 답이에요.")
    record(voicebot, "둘째 물음이에요", "둘째 답이에요.")
    refused = EngineError("refused the text", engine="scripted", retryable=False)
    voice = ScriptedVoice(lambda text: refused if "첫째" in text else None)
    report = approval_of(voicebot, voice).run(workers=2)
    assert report.approved == 1
    assert len(report.failed) == 1
    assert "첫째" not in report.failed[0]
    assert voicebot.inbox.counts()["failed"] == 1


def test_an_unknown_fact_fails_only_its_item(voicebot: Voicebot) -> None:
    record(voicebot, "얼마예요", "{prices.unknown}이에요.")
    report = approval_of(voicebot, ScriptedVoice()).run()
    assert "prices.unknown" in report.failed[0]


def test_a_storage_failure_ends_the_run_and_gives_the_items_back(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    full = StorageError("disk full")
    with pytest.raises(StorageError):
        approval_of(voicebot, ScriptedVoice(lambda text: full)).run()
    assert voicebot.inbox.counts()["pending"] == 1
    assert approval_of(voicebot, ScriptedVoice()).run().approved == 1


def test_limit_bounds_a_run(voicebot: Voicebot) -> None:
    for n in range(5):
        record(voicebot, f"물음 {n}번이에요", "답이에요.")
    assert approval_of(voicebot, ScriptedVoice()).run(limit=2).approved == 2


def test_what_a_dead_process_held_is_taken_back_at_once(voicebot: Voicebot) -> None:
    import socket
    import subprocess

    dead = subprocess.Popen(["true"])
    dead.wait()
    record(voicebot, "물음이에요", "답이에요.")
    voicebot.inbox.claim(1, 3600, f"{socket.gethostname()}:{dead.pid}:x")
    assert approval_of(voicebot, ScriptedVoice()).run().approved == 1


def test_what_another_machine_holds_is_left_alone(voicebot: Voicebot) -> None:
    record(voicebot, "물음이에요", "답이에요.")
    voicebot.inbox.claim(1, 3600, "another-machine:1:x")
    assert approval_of(voicebot, ScriptedVoice()).run().approved == 0
