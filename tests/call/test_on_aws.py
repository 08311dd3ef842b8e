"""Outbound calls on the AWS backend: DynamoDB and S3 by moto over HTTP, Connect by botocore's Stubber."""

import json
import logging
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse

from tests.fakes.aws_replies import reply_to
from tests.fakes.calls import NUMBER, client_at, korean
from tests.fakes.connect import FLOW, INSTANCE, OWN, StubbedConnect
from voicebot.call.guard.guard import CallRefused
from voicebot.call.service import CallRequest
from voicebot.cli.state import State
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, VoicebotError

pytestmark = pytest.mark.contract

SECRET = "n" * 32


@pytest.fixture
def client(tmp_path: Path, moto_url: str, unique: str) -> Voicebot:
    made = client_at(
        tmp_path,
        "2026-11-25 20:59:58",
        backend="aws",
        aws__endpoint_url=moto_url,
        aws__bucket=unique,
        aws__calls_table=f"{unique}-calls",
        aws__opt_outs_table=f"{unique}-opt-outs",
        aws__jobs_table=f"{unique}-jobs",
        aws__bookings_table=f"{unique}-bookings",
        aws__connect_instance_id=INSTANCE,
        cache__answers_table=f"{unique}-answers",
        cache__inbox_table=f"{unique}-inbox",
        call__caller_id=OWN,
        call__contact_flow_id=FLOW,
        keys__numbers=SECRET,
    )
    made.set_up_stores()
    assert isinstance(made.clock, VirtualClock)
    made.__dict__["stub"] = StubbedConnect(tmp_path, made.clock)
    made.__dict__["connect"] = made.__dict__["stub"].service
    return made


def test_a_call_goes_through_the_same_guard_and_its_clip_is_in_the_bucket_first(
    client: Voicebot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for library in ("botocore", "urllib3"):
        logging.getLogger(library).setLevel(logging.INFO)
    calls, stub = client.calls(), client.__dict__["stub"]
    plan = calls.plan(CallRequest(NUMBER, "service", name="김민지"))
    assert calls.preview([plan]).cost_usd is None
    placed = calls.place(plan)
    attributes = stub.starts[0]["params"]["Attributes"]
    assert attributes["intro_url"].startswith("http")
    assert client.blobs.exists(client.blobs.key_of(attributes["intro_url"]) or "")
    assert not client.calls().place(plan).is_new
    assert len(stub.starts) == 1
    assert calls.follow(placed.call.contact_id).outcome == "answered"
    assert [line.event for line in client.call_audit.scan()] == ["dial"]
    assert NUMBER[3:] not in caplog.text
    client.clock.sleep(korean("2026-11-25 21:00:00") - client.clock.now())
    with pytest.raises(CallRefused, match="quiet-hours"):
        client.calls().place(calls.plan(CallRequest(NUMBER, "service", attempt=2)))
    assert len(stub.starts) == 1


def test_a_caller_id_that_the_instance_has_not_claimed_is_refused(client: Voicebot) -> None:
    settings = client.settings
    call = settings.call.model_copy(update={"caller_id": "+82212345678"})
    client.settings = settings.model_copy(update={"call": call})
    calls = client.calls()
    with pytest.raises(CallRefused, match="caller-id"):
        calls.place(calls.plan(CallRequest(NUMBER, "service")))


def test_without_a_key_for_numbers_nothing_is_called(client: Voicebot) -> None:
    keys = client.settings.keys.model_copy(update={"numbers": None})
    client.settings = client.settings.model_copy(update={"keys": keys})
    with pytest.raises(ConfigError, match=r"keys\.numbers"):
        client.calls()


@pytest.mark.parametrize(
    ("setting", "expected", "says"),
    [("opt_outs_table", CallRefused, "opt-out"), ("calls_table", ConfigError, "the table does not exist")],
)
def test_without_a_table_nothing_is_called(
    client: Voicebot, setting: str, expected: type[VoicebotError], says: str
) -> None:
    calls = client.calls()
    plan = calls.plan(CallRequest(NUMBER, "service"))
    client.aws.service("dynamodb").call("delete_table", TableName=getattr(client.settings.aws, setting))
    with pytest.raises(expected, match=says):
        calls.place(plan)
    assert client.__dict__["stub"].starts == []


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ThrottlingException", "ResourceNotFoundException", "Unheard"]
)
def test_with_a_list_of_refusals_that_dynamodb_does_not_give_nothing_is_called(client: Voicebot, code: str) -> None:
    calls = client.calls()
    plan = calls.plan(CallRequest(NUMBER, "service"))
    service = client.aws.service("dynamodb")
    service.budget_s = 0.0

    def refuse(request: AWSRequest, **_: object) -> AWSResponse | None:
        if client.settings.aws.opt_outs_table.encode() not in bytes(request.body):
            return None
        body = json.dumps({"__type": f"x#{code}", "message": "no"}).encode()
        return reply_to(request, 400, body)

    service.client.meta.events.register("before-send.dynamodb", refuse)
    with pytest.raises(CallRefused, match="opt-out"):
        calls.place(plan)
    service.client.meta.events.unregister("before-send.dynamodb", refuse)
    assert client.__dict__["stub"].starts == []


def test_a_verbose_run_shows_no_requests(tmp_path: Path) -> None:
    from voicebot.cli.console import Console

    state = State(None, {"data_dir": str(tmp_path)}, Console(verbose=True))
    assert state.client is not None
    for library in ("botocore", "urllib3", "httpcore"):
        assert not logging.getLogger(f"{library}.endpoint").isEnabledFor(logging.DEBUG)
