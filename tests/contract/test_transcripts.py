"""The rules of `TranscriptStore`, over every implementation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.transcribe.protocol import Segment, TranscriptStore
from voicebot.transcribe.sqlite import SqliteTranscripts

pytestmark = pytest.mark.contract

FIRST = Segment("call/a", "call", "customer", 1.25, 2.5, "제 번호는 [전화번호]입니다", False)
SECOND = Segment("call/b", "call", "bot", 10.0, 12.0, "네, 확인했습니다", False)
OTHER = Segment("other/a", "other", "bot", 0.0, 1.0, "여보세요", False)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def transcripts(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[TranscriptStore]:
    if request.param != "sqlite":
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.transcribe.dynamodb import DynamoTranscripts, transcripts_table

        service = aws(request.param, "dynamodb")
        setup_tables(service, [transcripts_table(unique)])
        yield DynamoTranscripts(service, unique, VirtualClock(2_000_000_000.0), 3600.0)
        return
    database = Database(tmp_path / "transcripts.db")
    yield SqliteTranscripts(database)
    database.close()


def test_a_calls_segments_come_back_by_their_start(transcripts: TranscriptStore) -> None:
    for segment in (SECOND, OTHER, FIRST):
        transcripts.put(segment)
    assert list(transcripts.of("call")) == [FIRST, SECOND]
    assert list(transcripts.of("nobody")) == []


def test_a_final_segment_takes_the_place_of_the_partial_one_and_stays(transcripts: TranscriptStore) -> None:
    partial = replace(FIRST, text="제", end_s=1.5, is_partial=True)
    transcripts.put(partial)
    transcripts.put(replace(partial, text="제 번호는"))
    assert [segment.text for segment in transcripts.of("call")] == ["제 번호는"]
    transcripts.put(FIRST)
    transcripts.put(partial)
    assert list(transcripts.of("call")) == [FIRST]
    transcripts.put(replace(FIRST, text="고침"))
    assert [segment.text for segment in transcripts.of("call")] == ["고침"]


def test_a_call_begins_once_until_that_is_taken_back(transcripts: TranscriptStore) -> None:
    assert transcripts.begin("call")
    assert not transcripts.begin("call")
    assert transcripts.begin("other")
    assert list(transcripts.of("call")) == []
    transcripts.remove("call")
    assert transcripts.begin("call")
    transcripts.put(FIRST)
    assert transcripts.delete("call") == 1
    assert transcripts.begin("call")


def test_a_segment_is_removed_alone(transcripts: TranscriptStore) -> None:
    for segment in (FIRST, SECOND):
        transcripts.put(segment)
    transcripts.remove(SECOND.id)
    transcripts.remove("call/nothing")
    assert list(transcripts.of("call")) == [FIRST]


def test_a_call_is_forgotten_whole(transcripts: TranscriptStore) -> None:
    for segment in (FIRST, SECOND, OTHER):
        transcripts.put(segment)
    assert transcripts.delete("call") == 2
    assert list(transcripts.of("call")) == []
    assert list(transcripts.of("other")) == [OTHER]
