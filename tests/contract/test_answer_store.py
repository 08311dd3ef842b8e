"""The rules of `AnswerStore`, over every implementation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from voicebot.cache.protocol import Answer, AnswerStore
from voicebot.cache.stores.sqlite import SqliteAnswers
from voicebot.database import Database
from voicebot.errors import ConflictError

pytestmark = pytest.mark.contract

ANSWER = Answer(
    key="토요일에도하나요",
    utterance="토요일에도 하나요",
    answer_id="c033",
    template="토요일에는 {hours.saturday} 열어요.",
    text="토요일에는 오전 9시부터 오후 1시까지 열어요.",
    intent="business_hours",
    clips=("clips/aa/aa.wav", "clips/bb/bb.wav"),
    engine="local",
    voice="ko",
    normalizer_version=1,
    approved_at_s=1_800_000_000.25,
    speech="0123456789abcdef",
)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[AnswerStore]:
    if request.param != "sqlite":
        service = aws(request.param, "dynamodb")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.cache.stores.dynamodb import DynamoAnswers, answers_table

        setup_tables(service, [answers_table(unique)])
        yield DynamoAnswers(service, unique)
        return
    database = Database(tmp_path / "answers.db")
    yield SqliteAnswers(database)
    database.close()


def test_gives_back_what_was_put_with_its_first_version(store: AnswerStore) -> None:
    assert store.put(ANSWER) == replace(ANSWER, version=1)
    assert store.get(ANSWER.key) == replace(ANSWER, version=1)


def test_knows_nothing_of_other_keys(store: AnswerStore) -> None:
    store.put(ANSWER)
    assert store.get("일요일에도하나요") is None


def test_counts_the_writes_of_a_key(store: AnswerStore) -> None:
    store.put(ANSWER)
    assert store.put(replace(ANSWER, text="바뀐 답이에요.")).version == 2
    assert store.count() == 1


def test_conditional_write_succeeds_on_the_version_that_was_read(store: AnswerStore) -> None:
    assert store.put(ANSWER, expected_version=0).version == 1
    assert store.put(ANSWER, expected_version=1).version == 2


@pytest.mark.parametrize("expected", [0, 2])
def test_conditional_write_loses_against_another_version(store: AnswerStore, expected: int) -> None:
    store.put(ANSWER)
    with pytest.raises(ConflictError):
        store.put(replace(ANSWER, text="늦은 답이에요."), expected_version=expected)
    stored = store.get(ANSWER.key)
    assert stored is not None
    assert stored.text == ANSWER.text


def test_delete_says_whether_there_was_one(store: AnswerStore) -> None:
    store.put(ANSWER)
    assert store.delete(ANSWER.key)
    assert not store.delete(ANSWER.key)
    assert store.get(ANSWER.key) is None


def test_scan_reads_every_answer_once_over_several_pages(store: AnswerStore) -> None:
    keys = [f"물음{n:03d}" for n in range(25)]
    for key in keys:
        store.put(replace(ANSWER, key=key))
    assert [answer.key for answer in store.scan(page_size=10)] == keys


def test_threads_that_write_one_key_lose_no_update(store: AnswerStore) -> None:
    def write() -> None:
        for _ in range(20):
            store.put(ANSWER)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = store.get(ANSWER.key)
    assert stored is not None
    assert stored.version == 80
