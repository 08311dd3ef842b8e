"""What the DynamoDB stores cost, how they stand up to parallel writers, and how their tables are made."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from tests.fakes.answers import ANSWER, MISS
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec, setup_tables
from voicebot.aws.session import AwsService, AwsSession
from voicebot.cache.stores.dynamodb import DynamoAnswers, answers_table
from voicebot.cache.stores.dynamodb_inbox import DynamoInbox
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, InputError
from voicebot.turns.dynamodb import DynamoJobs, jobs_table
from voicebot.turns.protocol import Job, JobClip

pytestmark = pytest.mark.contract


@contextmanager
def requests(service: AwsService) -> Iterator[list[str]]:
    """Yield the list of the operations that are sent."""
    sent: list[str] = []

    def note(event_name: str, **_: object) -> None:
        sent.append(event_name.rpartition(".")[2])

    service.client.meta.events.register("before-send.dynamodb", note)
    yield sent
    service.client.meta.events.unregister("before-send.dynamodb", note)


@pytest.fixture(params=["moto", "dynalite"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_lookup_is_one_read_and_a_write_is_one_write(answers: DynamoAnswers, service: AwsService) -> None:
    with requests(service) as sent:
        answers.put(ANSWER)
        answers.get(ANSWER.key)
        answers.get("다른말")
    assert sent == ["UpdateItem", "GetItem", "GetItem"]


def test_a_miss_and_its_repeat_are_one_write_each(inbox: DynamoInbox, service: AwsService) -> None:
    with requests(service) as sent:
        assert inbox.record(MISS)
        assert not inbox.record(replace(MISS, answer=None))
    assert sent == ["UpdateItem", "UpdateItem"]


def test_a_look_at_a_job_is_one_read(service: AwsService, unique: str) -> None:
    setup_tables(service, [jobs_table(unique)])
    jobs = DynamoJobs(service, unique)
    jobs.create(Job("c.1", "c", 1, "주차 되나요", "", False, "", {}, "working", 1.0, None, 0))
    with requests(service) as sent:
        jobs.append("c.1", 0, JobClip("clips/a.wav", 2.0, "네."))
        assert jobs.get("c.1") is not None
    assert sent == ["UpdateItem", "GetItem"]


def test_many_answers_are_read_a_hundred_at_a_time(answers: DynamoAnswers, service: AwsService) -> None:
    stored = ["물음000", "물음099", "물음129"]
    for key in stored:
        answers.put(replace(ANSWER, key=key))
    with requests(service) as sent:
        found = answers.get_many(f"물음{number:03d}" for number in range(130))
    assert sorted(found) == stored
    assert sent == ["BatchGetItem", "BatchGetItem"]


def test_scan_and_count_page_through_every_shard(answers: DynamoAnswers) -> None:
    keys = [f"물음{number:03d}" for number in range(48)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: answers.put(replace(ANSWER, key=key)), reversed(keys)))
    assert [answer.key for answer in answers.scan(page_size=2)] == keys
    assert answers.count() == 48


@pytest.mark.parametrize("key", ["", " 앞에 빈칸", "가" * 1024, "a#b:c", "😀", "가" * 341 + "a", "가" * 341 + "ab"])
def test_any_key_comes_back_as_it_is(answers: DynamoAnswers, key: str) -> None:
    answers.put(replace(ANSWER, key=key))
    assert answers.get(key) == replace(ANSWER, key=key, version=1)
    assert [answer.key for answer in answers.scan()] == [key]


def test_a_very_long_miss_lives_through_its_whole_cycle(inbox: DynamoInbox) -> None:
    key = "가" * 1024
    inbox.record(replace(MISS, key=key))
    assert [item.id for item in inbox.claim(1, 60, "a")] == [key]
    inbox.settle(key, "a", "approved")
    assert [item.id for item in inbox.scan("approved")] == [key]


def test_an_answer_that_loses_its_intent_loses_it_in_the_table(answers: DynamoAnswers) -> None:
    answers.put(ANSWER)
    answers.put(replace(ANSWER, intent="", clips=()))
    assert answers.get(ANSWER.key) == replace(ANSWER, intent="", clips=(), version=2)


def test_items_of_another_system_in_the_same_table_are_read_as_far_as_they_go(
    answers: DynamoAnswers, service: AwsService, unique: str
) -> None:
    foreign = {"key": {"S": "옛물음"}, "text": {"S": "옛 답"}, "legacy": {"BOOL": True}}
    service.call("put_item", TableName=unique, Item=foreign)
    old = answers.get("옛물음")
    assert old is not None
    assert (old.text, old.clips, old.version) == ("옛 답", (), 0)
    assert answers.put(replace(ANSWER, key="옛물음"), expected_version=0).version == 1


def test_parallel_misses_of_one_utterance_are_all_counted(inbox: DynamoInbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        is_new = list(pool.map(lambda _: inbox.record(MISS), range(40)))
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.count, sum(is_new)) == (40, 1)


def test_repeats_during_a_settlement_are_not_lost(inbox: DynamoInbox) -> None:
    inbox.record(MISS)
    inbox.claim(1, 60, "a")
    with ThreadPoolExecutor(4) as pool:
        repeats = [pool.submit(inbox.record, replace(MISS, answer=None)) for _ in range(20)]
        settled = pool.submit(inbox.settle, MISS.key, "a", "rejected")
        assert not any(repeat.result() for repeat in repeats)
        settled.result()
    item = inbox.get(MISS.key)
    assert item is not None
    assert (item.state, item.count) == ("rejected", 21)


def test_parallel_claimers_never_share_an_item(inbox: DynamoInbox) -> None:
    keys = [f"물음{number:02d}" for number in range(24)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: inbox.record(replace(MISS, key=key)), keys))
        claimed = list(pool.map(lambda owner: inbox.claim(6, 60, owner), "abcd"))
    assert Counter(item.id for items in claimed for item in items) == Counter(keys)
    assert inbox.owners() == list("abcd")
    assert sum(inbox.release(owner) for owner in "abcd") == 24
    assert inbox.counts()["pending"] == 24


def test_the_most_asked_come_first_and_among_equals_the_oldest(inbox: DynamoInbox, clock: VirtualClock) -> None:
    for key in ("셋째", "넷째", "둘째", "첫째"):
        inbox.record(replace(MISS, key=key))
        clock.sleep(0.25)
    for key in ("첫째", "첫째", "둘째"):
        inbox.record(replace(MISS, key=key))
    assert [item.id for item in inbox.scan()] == ["첫째", "둘째", "셋째", "넷째"]
    assert [item.id for item in inbox.claim(3, 60, "a")] == ["첫째", "둘째", "셋째"]


def test_an_answer_that_comes_with_a_repeat_makes_the_item_answerable(inbox: DynamoInbox) -> None:
    inbox.record(replace(MISS, answer=None, intent="", answer_id=""))
    assert inbox.claim(1, 60, "a") == []
    assert not inbox.record(MISS)
    item = inbox.claim(1, 60, "a")[0]
    assert (item.answer, item.intent, item.answer_id, item.count) == (MISS.answer, "location", "c050", 2)


def test_setup_makes_tables_once_and_says_what_it_did(service: AwsService, unique: str, server: str) -> None:
    specs = [answers_table(unique), jobs_table(f"{unique}-jobs")]
    planned = setup_tables(service, specs, is_dry_run=True)
    assert [step.action for step in planned] == ["created", "created"]
    done = {step.resource: step.action for step in setup_tables(service, specs)}
    optional = "updated" if server == "moto" else "unsupported"
    assert done == {
        f"table {unique}": "created",
        f"table {unique}, point-in-time recovery": optional,
        f"table {unique}-jobs": "created",
        f"table {unique}-jobs, expiry": optional,
    }
    again = {step.action for step in setup_tables(service, specs)}
    assert again == ({"exists"} if server == "moto" else {"exists", "unsupported"})


def test_setup_adds_an_index_that_is_missing(service: AwsService, unique: str, server: str) -> None:
    if server == "dynalite":
        pytest.skip("dynalite cannot add an index to a table")
    setup_tables(service, [replace(answers_table(unique), indexes=())])
    done = {step.resource: step.action for step in setup_tables(service, [answers_table(unique)])}
    assert done[f"table {unique}, index by_key"] == "updated"
    answers = DynamoAnswers(service, unique)
    answers.put(ANSWER)
    assert answers.count() == 1


def test_setup_refuses_a_table_with_another_key(service: AwsService, unique: str) -> None:
    setup_tables(service, [TableSpec(unique, "utterance", (IndexSpec("by_age", "day", "at_s", "N"),))])
    with pytest.raises(ConfigError, match="another key"):
        setup_tables(service, [answers_table(unique)])


def test_an_item_that_is_too_large_is_the_inputs_fault(answers: DynamoAnswers, server: str) -> None:
    if server == "dynalite":
        pytest.skip("dynalite does not limit what an update makes of an item")
    with pytest.raises(InputError, match="400 KB"):
        answers.put(replace(ANSWER, text="가" * 200_000))


def test_an_endpoint_that_is_no_address_is_a_config_error() -> None:
    with pytest.raises(ConfigError):
        AwsSession("ap-northeast-2", "moto").service("dynamodb").call("list_tables")


@pytest.mark.parametrize("name", ["", "ab", "표", "a b c", "a" * 256])
def test_a_name_that_no_table_can_have_is_a_config_error(service: AwsService, name: str) -> None:
    with pytest.raises(ConfigError):
        setup_tables(service, [answers_table(name)])
    with pytest.raises(ConfigError):
        DynamoAnswers(service, name)
