"""`voicebot cache approve` as cron sees it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.settings.load import load

pytestmark = pytest.mark.system


@pytest.fixture
def voicebot(home: Path) -> Iterator[Voicebot]:
    client = Voicebot(load(env={"HOME": str(home), "VOICEBOT_DATA_DIR": str(home / "data")}))
    yield client
    client.database.close()


def record(voicebot: Voicebot, utterance: str, answer: str) -> None:
    voicebot.inbox.record(Miss(voicebot.lookup.key(utterance), utterance, answer, answer_id=utterance, source="seed"))


def test_nothing_to_do_is_nothing_to_say(run: Any) -> None:
    done = run("cache", "approve")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(run("cache", "approve", "--json").stdout)["approved"] == 0


def test_a_line_an_item_without_what_was_said(run: Any, voicebot: Voicebot) -> None:
    record(voicebot, "주차 되나요", "네, 돼요.")
    done = run("cache", "approve")
    assert (done.returncode, done.stdout) == (0, "1 approved, 0 failed\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("item ")
    assert "approved in" in line
    assert line.isascii()


def test_failures_end_with_6_and_what_is_given_up_with_5(run: Any, voicebot: Voicebot) -> None:
    record(voicebot, "얼마예요", "{prices.unknown}이에요.")
    record(voicebot, "주차 되나요", "네, 돼요.")
    done = run("cache", "approve", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["approved"], len(report["failed"]), report["dead"]) == (6, 1, 1, 0)
    assert run("cache", "approve").returncode == 0  # it is too soon to try again
    key = voicebot.lookup.key("얼마예요")
    voicebot.inbox.set_state(key, "pending")
    done = run("cache", "approve", "--json", VOICEBOT_CACHE__MAX_ATTEMPTS="1")
    assert (done.returncode, json.loads(done.stdout)["dead"]) == (5, 1)
    assert "1 items will be tried again" in run("cache", "inbox", "retry").stdout


def test_lost_and_broken_clips_are_listed_and_made_again(run: Any, voicebot: Voicebot) -> None:
    utterances = ("주차 되나요", "세차 되나요", "광택 되나요")
    for utterance in utterances:
        record(voicebot, utterance, f"네, {utterance[:2]} 돼요.")
    run("cache", "approve")
    clips = [
        Path(json.loads(run("cache", "lookup", one, "--json").stdout)["audio_urls"][0].removeprefix("file://"))
        for one in utterances
    ]
    whole = clips[1].read_bytes()
    clips[0].unlink()
    clips[1].write_bytes(b"RIFF, not really")
    plan = run("cache", "approve", "--stale", "--dry-run").stdout
    assert plan.count(": clip\n") == 2
    assert "2 of 3 answers would be made again" in plan
    report = json.loads(run("cache", "approve", "--stale", "--json").stdout)
    assert (report["approved"], report["stale"]["reasons"]) == (2, {"clip": 2})
    assert clips[0].stat().st_size > 1000
    assert clips[1].read_bytes() == whole


def test_a_rule_that_cannot_be_used_changes_nothing(run: Any, voicebot: Voicebot, home: Path) -> None:
    record(voicebot, "주차 되나요", "네, 돼요.")
    (home / "rule.yaml").write_text("approve: {no_such_intent: 0.5}\n")
    done = run("cache", "approve", "--rule", "rule.yaml")
    assert done.returncode == 2
    assert "there is no intent 'no_such_intent'" in done.stderr
    assert voicebot.inbox.counts()["pending"] == 1
