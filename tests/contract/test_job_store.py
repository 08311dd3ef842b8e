"""The rules of `JobStore`, over every implementation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from voicebot.database import Database
from voicebot.turns.protocol import Job, JobClip, JobStore
from voicebot.turns.sqlite import SqliteJobs

pytestmark = pytest.mark.contract

JOB = Job(
    id="contact-1.1",
    contact_id="contact-1",
    turn=1,
    said="주차 되나요",
    replied="",
    is_hit=False,
    intent="location",
    memory={"topic": "location", "missed": "1"},
    state="working",
    created_at_s=1_800_000_000.25,
    finished_at_s=None,
    fillers_played=0,
)
FIRST = JobClip("clips/aa/aa.wav", 1_800_000_001.5, "네, 주차하실 수 있어요.")
SECOND = JobClip("clips/bb/bb.wav", 1_800_000_002.5, "건물 뒤에 있어요.")


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def jobs(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[JobStore]:
    if request.param != "sqlite":
        service = aws(request.param, "dynamodb")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.turns.dynamodb import DynamoJobs, jobs_table

        setup_tables(service, [jobs_table(unique)])
        yield DynamoJobs(service, unique)
        return
    database = Database(tmp_path / "jobs.db")
    yield SqliteJobs(database)
    database.close()


def test_gives_back_what_was_created_with_its_clips(jobs: JobStore) -> None:
    job = replace(JOB, clips=(FIRST, SECOND), is_hit=True, state="done", finished_at_s=1_800_000_003.0)
    assert jobs.create(job)
    assert jobs.get(JOB.id) == job


def test_a_repeated_create_changes_nothing(jobs: JobStore) -> None:
    assert jobs.create(JOB)
    assert not jobs.create(replace(JOB, said="다른 말", clips=(FIRST,)))
    assert jobs.get(JOB.id) == JOB


def test_knows_no_other_job(jobs: JobStore) -> None:
    assert jobs.get("contact-9.1") is None


def test_clips_come_in_the_order_of_their_indexes_and_a_repeat_changes_nothing(jobs: JobStore) -> None:
    jobs.create(JOB)
    jobs.append(JOB.id, 1, SECOND)
    jobs.append(JOB.id, 0, FIRST)
    jobs.append(JOB.id, 0, SECOND)
    job = jobs.get(JOB.id)
    assert job is not None
    assert job.clips == (FIRST, SECOND)


def test_more_than_ten_clips_stay_in_order(jobs: JobStore) -> None:
    clips = tuple(replace(FIRST, key=f"clips/{n}.wav") for n in range(12))
    jobs.create(JOB)
    for index, clip in enumerate(clips):
        jobs.append(JOB.id, index, clip)
    job = jobs.get(JOB.id)
    assert job is not None
    assert job.clips == clips


def test_a_clip_does_not_bring_back_a_job_that_is_gone(jobs: JobStore) -> None:
    jobs.append(JOB.id, 0, FIRST)
    assert jobs.get(JOB.id) is None


def test_only_the_first_end_of_a_job_counts(jobs: JobStore) -> None:
    jobs.create(replace(JOB, replied="지금 찾아볼게요."))
    jobs.finish(JOB.id, "done", 1_800_000_005.0, "")
    jobs.finish(JOB.id, "failed", 1_800_000_009.0, "늦었어요.")
    job = jobs.get(JOB.id)
    assert job is not None
    assert (job.state, job.finished_at_s, job.replied) == ("done", 1_800_000_005.0, "")


def test_finishing_a_job_that_is_gone_does_not_bring_it_back(jobs: JobStore) -> None:
    jobs.finish(JOB.id, "done", 1_800_000_005.0, "네.")
    jobs.count_filler(JOB.id)
    assert jobs.get(JOB.id) is None


def test_threads_that_count_fillers_lose_none(jobs: JobStore) -> None:
    jobs.create(JOB)
    threads = [Thread(target=lambda: [jobs.count_filler(JOB.id) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job = jobs.get(JOB.id)
    assert job is not None
    assert job.fillers_played == 40


def test_a_contacts_jobs_come_in_the_order_of_its_turns_without_clips(jobs: JobStore) -> None:
    for turn in (10, 2, 1):
        jobs.create(replace(JOB, id=f"contact-1.{turn}", turn=turn, clips=(FIRST,), replied=f"{turn}번 답"))
    jobs.create(replace(JOB, id="contact-2.1", contact_id="contact-2"))
    found = jobs.of_contact("contact-1")
    assert [(job.turn, job.replied, job.clips) for job in found] == [
        (1, "1번 답", ()),
        (2, "2번 답", ()),
        (10, "10번 답", ()),
    ]


def test_knows_what_is_said_in_a_clip(jobs: JobStore) -> None:
    jobs.create(replace(JOB, clips=(FIRST,)))
    jobs.append(JOB.id, 1, SECOND)
    assert jobs.text_of(SECOND.key) == SECOND.text
    assert jobs.text_of("clips/none.wav") == ""


def test_purge_removes_what_is_older_and_says_how_many(jobs: JobStore) -> None:
    for number, created_at_s in enumerate([10.0, 20.0, 30.0]):
        jobs.create(replace(JOB, id=f"contact-1.{number}", turn=number, created_at_s=created_at_s, clips=(FIRST,)))
    assert jobs.purge(30.0) == 2
    assert [job.turn for job in jobs.of_contact("contact-1")] == [2]
