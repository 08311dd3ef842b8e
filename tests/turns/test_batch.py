"""The playback loop: clips in order, fillers for waits, never silence for long."""

import pytest

from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import NotFoundError
from voicebot.fillers.generate import FillerMaker, chosen
from voicebot.turns.batch import Playback
from voicebot.turns.protocol import Job, JobClip, JobState
from voicebot.turns.waits import Waits

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0, timer=lambda: 0.0)


@pytest.fixture
def playback(voicebot: Voicebot, clock: VirtualClock) -> Playback:
    texts = chosen(voicebot.filler_texts, ("thinking", "price", "long_wait", "apology"))
    FillerMaker(voicebot.prompts(), voicebot.blobs).run(texts)
    return Playback(voicebot.jobs, voicebot.blobs, voicebot.shelf, clock, 1.4, 10.0, Waits(3.0))


def start(voicebot: Voicebot, clips: tuple[JobClip, ...], state: JobState, finished_at_s: float | None = None) -> None:
    job = Job("j", "call", 1, "", "", False, "price_quote", {}, state, 100.0, finished_at_s, 0, clips)
    assert voicebot.jobs.create(job)


def test_clips_are_played_in_order_and_the_last_one_says_so(voicebot: Voicebot, playback: Playback) -> None:
    start(voicebot, (JobClip("a.wav", 100.0, "하나"), JobClip("b.wav", 100.0, "둘")), "done", 100.0)
    first = playback.next_batch("j", 0)
    second = playback.next_batch("j", first.next_index)
    assert (first.kind, first.has_more, first.audio_url) == ("answer", True, voicebot.blobs.url("a.wav"))
    assert (second.kind, second.has_more, second.audio_url) == ("answer", False, voicebot.blobs.url("b.wav"))


def test_a_clip_that_is_nearly_ready_is_waited_for(voicebot: Voicebot, playback: Playback, clock: VirtualClock) -> None:
    start(voicebot, (JobClip("a.wav", 101.0, "하나"),), "done", 101.0)
    batch = playback.next_batch("j", 0)
    assert batch.kind == "answer"
    assert 1000 <= batch.waited_ms <= 1100


def test_a_late_clip_is_covered_by_different_fillers_that_do_not_move_the_index(
    voicebot: Voicebot, playback: Playback, clock: VirtualClock
) -> None:
    start(voicebot, (JobClip("a.wav", 106.0, "하나"),), "done", 106.0)
    heard = []
    batch = playback.next_batch("j", 0)
    while batch.kind == "filler":
        assert (batch.next_index, batch.has_more) == (0, True)
        heard.append(batch.audio_url)
        clock.sleep(1.5)
        batch = playback.next_batch("j", batch.next_index)
    assert batch.kind == "answer"
    assert len(heard) >= 2
    assert len(set(heard)) == len(heard)
    first = next(one for one in voicebot.shelf.fillers if voicebot.blobs.url(one.key) == heard[0])
    assert first.category == "price"


def test_a_job_that_is_never_finished_is_given_up_with_an_apology(
    voicebot: Voicebot, playback: Playback, clock: VirtualClock
) -> None:
    start(voicebot, (), "working")
    for _ in range(20):
        batch = playback.next_batch("j", 0)
        if batch.is_failed:
            break
        clock.sleep(1.5)
    assert (batch.kind, batch.is_failed, batch.has_more) == ("apology", True, False)
    assert clock.now() <= 100.0 + 10.0 + 3.0


def test_a_failed_job_hands_over_after_what_was_made(voicebot: Voicebot, playback: Playback) -> None:
    start(voicebot, (JobClip("a.wav", 100.0, "하나"),), "failed", 100.0)
    first = playback.next_batch("j", 0)
    assert (first.kind, first.has_more) == ("answer", True)
    assert playback.next_batch("j", 1).is_failed


def test_without_fillers_the_loop_goes_on_in_silence(voicebot: Voicebot, clock: VirtualClock) -> None:
    start(voicebot, (), "working")
    batch = Playback(voicebot.jobs, voicebot.blobs, None, clock, 1.4, 10.0, Waits(3.0)).next_batch("j", 0)
    assert (batch.audio_url, batch.has_more, batch.is_failed) == ("", True, False)


def test_an_unknown_job_is_not_found(playback: Playback) -> None:
    with pytest.raises(NotFoundError):
        playback.next_batch("none", 0)


def test_the_first_wait_of_a_later_turn_is_not_covered_by_the_last_filler_of_the_call(
    voicebot: Voicebot, playback: Playback, clock: VirtualClock
) -> None:
    heard = []
    for turn in (1, 5):
        created_s = clock.now()
        before = len(heard)
        job = Job(f"j{turn}", "call", turn, "", "", False, "", {}, "working", created_s, None, 0, (), before)
        assert voicebot.jobs.create(job)
        heard.append(playback.next_batch(job.id, 0).audio_url)
    assert heard[0] != heard[1]
