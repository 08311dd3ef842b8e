"""What the AWS stores do when Amazon throttles, fails, answers too late or does not know a call.

Faults are real replies that take the place of the server's, given at botocore's ``before-send``.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from tests.fakes.answers import ANSWER, MISS
from tests.fakes.aws_replies import reply_to
from voicebot.aws.dynamodb_setup import setup_tables
from voicebot.aws.session import AwsService, AwsSession, RetryBudget
from voicebot.cache.stores.dynamodb import DynamoAnswers, answers_table
from voicebot.cache.stores.dynamodb_inbox import DynamoInbox
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, ConflictError, StorageError
from voicebot.turns.dynamodb import DynamoJobs, jobs_table
from voicebot.turns.protocol import Job

pytestmark = pytest.mark.contract

JOB = Job("c.1", "c", 1, "주차 되나요", "", False, "", {}, "working", 1_800_000_000.0, None, 0)

Fault = Callable[[Any], AWSResponse | None]


def reply(status: int, code: str = "", body: dict[str, Any] | None = None) -> Fault:
    """Return a fault that answers every request in place of the server."""
    content = json.dumps(body if body is not None else {"__type": f"com.amazonaws.dynamodb#{code}", "message": code})
    return lambda request: reply_to(request, status, content.encode())


def after_it_was_done(status: int, code: str) -> Fault:
    """Return a fault that has the server do what is asked and then loses its answer, once."""
    lost: list[bool] = []

    def fault(request: Any) -> AWSResponse | None:
        if lost:
            return None
        lost.append(True)
        assert URLLib3Session().send(request).status_code == 200
        return reply(status, code)(request)

    return fault


@contextmanager
def faults(service: AwsService, operation: str, fault: Fault) -> Iterator[list[str]]:
    """Answer an operation's requests by `fault`; yields the list of the requests that were made."""
    seen: list[str] = []

    def before_send(request: Any, event_name: str, **_: object) -> AWSResponse | None:
        seen.append(event_name.rpartition(".")[2])
        return fault(request)

    event = f"before-send.{service.client.meta.service_model.service_name}{operation and f'.{operation}'}"
    service.client.meta.events.register(event, before_send)
    yield seen
    service.client.meta.events.unregister(event, before_send)


def times(count: int, fault: Fault) -> Fault:
    """Return a fault that happens `count` times."""
    left = iter(range(count))
    return lambda request: fault(request) if next(left, None) is not None else None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_what_can_succeed_later_is_tried_again(
    answers: DynamoAnswers, service: AwsService, status: int, code: str
) -> None:
    with faults(service, "UpdateItem", times(3, reply(status, code))) as seen:
        assert answers.put(ANSWER).version == 1
    assert len(seen) == 4


def test_throttling_without_end_is_a_storage_error_within_the_budget(moto_url: str) -> None:
    clock = VirtualClock(timer=lambda: 0.0)
    service = AwsSession("ap-northeast-2", moto_url, budget_s=0.3, clock=clock).service("dynamodb")
    answers = DynamoAnswers(service, "any")
    started_s = clock.now()
    with (
        faults(service, "GetItem", reply(400, "ThrottlingException")) as seen,
        pytest.raises(StorageError, match="too many requests") as caught,
    ):
        answers.get("주차되나요")
    assert clock.now() - started_s <= 0.3
    assert 2 <= len(seen) <= 100
    assert caught.value.hint


def test_in_an_outage_the_process_stops_repeating(moto_url: str) -> None:
    clock = VirtualClock(timer=lambda: 0.0)
    service = AwsSession("ap-northeast-2", moto_url, clock=clock, retries=RetryBudget(tokens=5)).service("dynamodb")
    answers = DynamoAnswers(service, "any")
    with faults(service, "GetItem", reply(500, "InternalServerError")) as seen:
        for _ in range(20):
            with pytest.raises(StorageError):
                answers.get("주차되나요")
    assert len(seen) == 20 + 5


def test_a_server_that_is_not_there_is_a_storage_error_soon() -> None:
    clock = VirtualClock(timer=lambda: 0.0)
    service = AwsSession("ap-northeast-2", "http://127.0.0.1:9", budget_s=0.2, clock=clock).service("dynamodb")
    started_s = clock.now()
    with pytest.raises(StorageError, match="out of reach"):
        DynamoAnswers(service, "any").get("주차되나요")
    assert clock.now() - started_s <= 0.2


def test_a_page_of_a_proxy_in_place_of_an_answer_is_a_storage_error(moto_url: str) -> None:
    service = AwsSession("ap-northeast-2", moto_url, budget_s=0.05).service("sts")
    page = b"<html><body>Bad gateway</body>"
    with (
        faults(service, "", lambda request: reply_to(request, 200, page)) as seen,
        pytest.raises(StorageError, match="none of this service's"),
    ):
        service.call("get_caller_identity")
    assert seen


def test_a_missing_table_says_how_to_make_it(service: AwsService) -> None:
    with pytest.raises(ConfigError) as caught:
        DynamoAnswers(service, "no-such-table").get("주차되나요")
    assert caught.value.hint == "run: voicebot cache setup"


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "ExpiredTokenException", "AccessDeniedException"])
def test_refused_credentials_are_a_config_error_and_not_tried_again(
    answers: DynamoAnswers, service: AwsService, code: str
) -> None:
    with faults(service, "GetItem", reply(400, code)) as seen, pytest.raises(ConfigError) as caught:
        answers.get("주차되나요")
    assert len(seen) == 1
    assert code in caught.value.message
    assert caught.value.hint


def test_missing_credentials_are_a_config_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no credentials"):
        DynamoAnswers(AwsSession("ap-northeast-2").service("dynamodb"), "any").get("주차되나요")


def test_a_profile_that_does_not_exist_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(ConfigError):
        AwsSession("ap-northeast-2").service("dynamodb").call("list_tables")


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "DeleteItem", "DescribeTable"])
def test_a_404_for_a_call_that_the_server_does_not_know_is_never_an_absent_thing(
    answers: DynamoAnswers, service: AwsService, unique: str, operation: str
) -> None:
    unknown = reply(404, body={"message": "Not yet implemented"})
    calls: dict[str, Callable[[], object]] = {
        "GetItem": lambda: answers.get("주차되나요"),
        "UpdateItem": lambda: answers.put(ANSWER),
        "DeleteItem": lambda: answers.delete("주차되나요"),
        "DescribeTable": lambda: setup_tables(service, [answers_table(unique)]),
    }
    with faults(service, operation, unknown) as seen, pytest.raises(ClientError):
        calls[operation]()
    assert len(seen) == 1


@pytest.mark.parametrize("expected", [None, 0])
def test_an_answer_whose_reply_was_lost_is_written_once(
    answers: DynamoAnswers, service: AwsService, expected: int | None
) -> None:
    with faults(service, "UpdateItem", after_it_was_done(500, "InternalServerError")) as seen:
        assert answers.put(ANSWER, expected_version=expected).version == 1
    assert len(seen) == 2
    assert answers.get(ANSWER.key) == replace(ANSWER, version=1)


def test_a_lost_reply_does_not_hide_that_somebody_else_was_faster(answers: DynamoAnswers, service: AwsService) -> None:
    answers.put(ANSWER)
    with (
        faults(service, "UpdateItem", times(1, reply(500, "InternalServerError"))),
        pytest.raises(ConflictError),
    ):
        answers.put(replace(ANSWER, text="늦은 답이에요."), expected_version=0)


def test_a_miss_whose_reply_was_lost_counts_once(inbox: DynamoInbox, service: AwsService) -> None:
    with faults(service, "UpdateItem", after_it_was_done(500, "InternalServerError")):
        assert inbox.record(MISS)
    item = inbox.get(MISS.key)
    assert item is not None
    assert item.count == 1


def test_a_claim_and_a_settlement_whose_replies_were_lost_hold(inbox: DynamoInbox, service: AwsService) -> None:
    inbox.record(MISS)
    with faults(service, "UpdateItem", after_it_was_done(503, "ServiceUnavailable")):
        assert [item.attempts for item in inbox.claim(1, 60, "a")] == [1]
    with faults(service, "PutItem", after_it_was_done(503, "ServiceUnavailable")):
        inbox.settle(MISS.key, "a", "approved")
    assert inbox.counts()["approved"] == 1


def test_a_job_whose_reply_was_lost_is_still_new(service: AwsService, unique: str) -> None:
    setup_tables(service, [jobs_table(unique)])
    jobs = DynamoJobs(service, unique)
    with faults(service, "PutItem", after_it_was_done(500, "InternalServerError")):
        assert jobs.create(JOB)
    with faults(service, "PutItem", times(1, reply(500, "InternalServerError"))):
        assert not jobs.create(replace(JOB, said="다른 말"))


def test_keys_that_a_batch_left_out_are_read_again(answers: DynamoAnswers, service: AwsService, unique: str) -> None:
    for number in range(5):
        answers.put(replace(ANSWER, key=f"물음{number}"))
    keys = [{"key": {"S": f"물음{number}"}} for number in range(5)]
    left_out = {"Responses": {unique: []}, "UnprocessedKeys": {unique: {"Keys": keys, "ConsistentRead": True}}}
    with faults(service, "BatchGetItem", times(2, reply(200, body=left_out))) as seen:
        assert len(answers.get_many(f"물음{number}" for number in range(5))) == 5
    assert len(seen) == 3


def test_approvers_under_throttling_settle_every_item_exactly_once(
    inbox: DynamoInbox, service: AwsService, clock: VirtualClock
) -> None:
    dice = random.Random(7)
    keys = [f"물음{number:02d}" for number in range(24)]

    def fault(request: Any) -> AWSResponse | None:
        roll = dice.random()
        if roll < 0.05:
            return reply(400, "ThrottlingException")(request)
        if roll < 0.08:
            URLLib3Session().send(request)
            return reply(500, "InternalServerError")(request)
        return None

    def approve(owner: str) -> list[str]:
        done: list[str] = []
        while items := inbox.claim(4, 60, owner):
            for item in items:
                inbox.settle(item.id, owner, "approved")
                done.append(item.id)
        return done

    with faults(service, "", fault), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: inbox.record(replace(MISS, key=key)), keys * 2))
        done = [key for part in pool.map(approve, ["a", "b", "c"]) for key in part]
    assert Counter(done) == Counter(keys)
    assert [item.count for item in inbox.scan("approved")] == [2] * len(keys)
    assert {item.attempts for item in inbox.scan("approved")} == {1}
