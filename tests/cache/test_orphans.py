"""Clips that nobody names are removed, and no others."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.answers import ANSWER, MISS
from voicebot.cache.orphans import Orphans
from voicebot.client import Voicebot

pytestmark = pytest.mark.unit


@pytest.fixture
def orphans(voicebot: Voicebot) -> Orphans:
    return Orphans(voicebot.blobs, voicebot.answers, voicebot.inbox, voicebot.clock, lease_s=60.0, keep_s=3600.0)


def store(voicebot: Voicebot, name: str, age_s: float) -> str:
    key = f"answers/{name}.wav"
    path = Path(voicebot.blobs.put(key, b"RIFF", "audio/wav").removeprefix("file://"))
    os.utime(path, (time.time() - age_s,) * 2)
    return key


def pass_time(voicebot: Voicebot) -> None:
    """Make every mark due."""
    for mark in list(voicebot.blobs.scan("sweep/")):
        with voicebot.blobs.open(mark) as file:
            data = file.read()
        voicebot.blobs.put(f"sweep/1.0-{mark[-20:]}", data, "application/json")
        voicebot.blobs.delete(mark)


def test_nothing_is_looked_for_without_a_mark_that_is_due(voicebot: Voicebot, orphans: Orphans) -> None:
    key = store(voicebot, "nobodys", 1_000)
    assert orphans.sweep() == []
    orphans.suspect()
    assert orphans.sweep() == []
    pass_time(voicebot)
    assert orphans.sweep() == [key]
    assert list(voicebot.blobs.scan("")) == []


def test_what_an_answer_or_an_unfinished_item_names_stays(voicebot: Voicebot, orphans: Orphans) -> None:
    named = store(voicebot, "named", 1_000)
    voicebot.answers.put(replace(ANSWER, clips=(named,)))
    waiting = store(voicebot, "waiting", 1_000)
    voicebot.inbox.record(MISS)
    item = voicebot.inbox.claim(1, 60, "a")[0]
    voicebot.inbox.save(replace(item, clips=(waiting,)), 60)
    young = store(voicebot, "young", 0)
    elsewhere = voicebot.blobs.put("clips/live.wav", b"RIFF", "audio/wav")
    assert elsewhere
    nobodys = store(voicebot, "nobodys", 1_000)
    assert orphans.sweep(is_forced=True, is_dry_run=True) == [nobodys]
    assert orphans.sweep(is_forced=True) == [nobodys]
    assert set(voicebot.blobs.scan("")) == {named, waiting, young, "clips/live.wav"}


def test_the_clip_of_a_rejected_item_is_nobodys(voicebot: Voicebot, orphans: Orphans) -> None:
    key = store(voicebot, "rejected", 1_000)
    voicebot.inbox.record(MISS)
    voicebot.inbox.save(replace(voicebot.inbox.claim(1, 60, "a")[0], clips=(key,)), 60)
    voicebot.inbox.settle(MISS.key, "a", "rejected")
    assert orphans.sweep(is_forced=True) == [key]


def test_a_replaced_clip_is_kept_for_calls_that_play_it(voicebot: Voicebot, orphans: Orphans) -> None:
    key = store(voicebot, "replaced", 1_000)
    orphans.replaced([key, "clips/of-another-folder.wav"])
    (mark,) = voicebot.blobs.scan("sweep/")
    with voicebot.blobs.open(mark) as file:
        assert json.load(file) == {"clips": [key]}
    assert orphans.sweep(is_forced=True) == []
    pass_time(voicebot)
    assert orphans.sweep() == [key]


def test_nothing_replaced_leaves_no_mark(voicebot: Voicebot, orphans: Orphans) -> None:
    orphans.replaced([])
    assert list(voicebot.blobs.scan("sweep/")) == []
