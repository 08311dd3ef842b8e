"""Outbound calls by Amazon Connect, each request and answer checked by botocore's Stubber."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.calls import NUMBER, client_at, korean
from tests.fakes.connect import FLOW, INSTANCE, OWN, StubbedConnect
from voicebot.call.assembly import build_calls
from voicebot.call.dialers.connect import ConnectDialer, OwnNumbers, contact_of
from voicebot.call.dialers.connect_outcome import outcome_of
from voicebot.call.plan import CallPlan
from voicebot.call.service import CallRequest
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, NotFoundError, RefusedError, StorageError, VoicebotError

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(korean("2026-11-25 10:00"), timer=lambda: 0.0)


@pytest.fixture
def connect(tmp_path: Path, clock: VirtualClock) -> StubbedConnect:
    return StubbedConnect(tmp_path, clock)


@pytest.fixture
def dialer(connect: StubbedConnect, clock: VirtualClock) -> ConnectDialer:
    return ConnectDialer(connect.service, f"arn:aws:connect:ap-northeast-2:1:instance/{INSTANCE}", FLOW, 30, clock)


@pytest.fixture
def plan(tmp_path: Path) -> CallPlan:
    calls = build_calls(client_at(tmp_path, "2026-11-25 10:00"))
    return calls.plan(CallRequest(NUMBER, "service", engine="fish", name="김민지", message="예약이 있습니다."))


def test_a_call_is_asked_for_with_everything_that_the_flow_reads(
    connect: StubbedConnect, dialer: ConnectDialer, plan: CallPlan, clock: VirtualClock
) -> None:
    contact = dialer.place(plan.with_clip("https://bucket.s3.ap-northeast-2.amazonaws.com/clips/a.wav"), plan.token)
    asked: dict[str, Any] = connect.starts[0]["params"]
    assert asked.pop("Attributes") == {
        "engine": "fish",
        "name": "김민지",
        "purpose": "service",
        "intro": plan.intro,
        "message": "예약이 있습니다.",
        "intro_kind": "clip",
        "intro_url": "https://bucket.s3.ap-northeast-2.amazonaws.com/clips/a.wav",
        "deadline": str(int(clock.now()) + 330),
    }
    assert asked == {
        "DestinationPhoneNumber": NUMBER,
        "SourcePhoneNumber": OWN,
        "InstanceId": INSTANCE,
        "ContactFlowId": FLOW,
        "ClientToken": plan.token,
        "TrafficType": "GENERAL",
        "RingTimeoutInSeconds": 30,
    }
    assert (contact.id, contact.state) == (connect.starts[0]["contact_id"], "created")


def test_a_repeat_is_the_same_contact(connect: StubbedConnect, dialer: ConnectDialer, plan: CallPlan) -> None:
    assert dialer.place(plan, plan.token) == dialer.place(plan, plan.token)
    assert [start["is_repeat"] for start in connect.starts] == [False, True]


def test_the_token_is_made_of_the_plan_and_its_day_and_tells_nothing(plan: CallPlan) -> None:
    assert plan.token == replace(plan, intro_url="https://x", caller_id="").token
    others = [
        replace(plan, **change)  # type: ignore[arg-type]
        for change in (
            {"day": "2026-11-26"},
            {"attempt": 2},
            {"person": "x"},
            {"purpose": "ad"},
            {"campaign": "c"},
            {"intro": "i"},
            {"message": "m"},
            {"engine": "eleven"},
        )
    ]
    assert len({plan.token, *(other.token for other in others)}) == len(others) + 1
    assert NUMBER[3:] not in plan.token


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DestinationNotAllowedException", RefusedError),
        ("OutboundContactNotPermittedException", ConfigError),
        ("ResourceNotFoundException", ConfigError),
        ("InvalidParameterException", ConfigError),
        ("InvalidRequestException", ConfigError),
        ("AccessDeniedException", ConfigError),
    ],
)
def test_what_connect_refuses_is_told_without_the_number(
    connect: StubbedConnect, dialer: ConnectDialer, plan: CallPlan, code: str, kind: type[VoicebotError]
) -> None:
    connect.errors = [(code, "StartOutboundVoiceContact")]
    with pytest.raises(kind) as caught:
        dialer.place(plan, plan.token)
    assert NUMBER[3:] not in f"{caught.value.message} {caught.value.hint}"
    assert len(connect.starts) == 0


def test_a_throttle_is_for_later_and_is_not_repeated_faster_than_the_pace(
    connect: StubbedConnect, dialer: ConnectDialer, plan: CallPlan
) -> None:
    connect.errors = [("LimitExceededException", "StartOutboundVoiceContact")]
    with pytest.raises(StorageError):
        dialer.place(plan, plan.token)
    assert connect.count["StartOutboundVoiceContact"] == 1
    dialer.place(plan, plan.token)
    assert [start["token"] for start in connect.starts] == [plan.token]


def test_an_unknown_contact_is_not_found(connect: StubbedConnect, dialer: ConnectDialer) -> None:
    connect.errors = [("ResourceNotFoundException", "DescribeContact")]
    with pytest.raises(NotFoundError):
        dialer.status("nothing")


def test_a_contact_that_is_over_is_stopped_already(connect: StubbedConnect, dialer: ConnectDialer) -> None:
    connect.errors = [("ContactNotFoundException", "StopContact")]
    dialer.stop("over")
    dialer.stop("going-on")
    connect.errors = [("ResourceNotFoundException", "StopContact")]
    with pytest.raises(NotFoundError):
        dialer.stop("nothing")


def test_attributes_have_a_size(dialer: ConnectDialer, plan: CallPlan, connect: StubbedConnect) -> None:
    with pytest.raises(RefusedError):
        dialer.place(replace(plan, message="가" * 11_000), plan.token)
    assert connect.starts == []


@pytest.mark.parametrize(("instance", "flow"), [(None, FLOW), (INSTANCE, None), ("", FLOW)])
def test_without_an_instance_or_a_flow_nothing_is_placed(
    connect: StubbedConnect, clock: VirtualClock, plan: CallPlan, instance: str | None, flow: str | None
) -> None:
    with pytest.raises(ConfigError):
        ConnectDialer(connect.service, instance, flow, 30, clock).place(plan, plan.token)
    assert connect.starts == []


def test_the_instances_numbers_are_asked_for_page_by_page_and_now_and_then(
    connect: StubbedConnect, clock: VirtualClock
) -> None:
    connect.pages = [{"NextToken": "2"}, {}]
    own = OwnNumbers(connect.service, INSTANCE, clock)
    assert own() == {OWN}
    assert connect.count["ListPhoneNumbersV2"] == 2
    clock.sleep(299)
    own()
    assert connect.count["ListPhoneNumbersV2"] == 2
    clock.sleep(2)
    own()
    assert connect.count["ListPhoneNumbersV2"] == 3


def test_numbers_that_cannot_be_listed_are_no_numbers(connect: StubbedConnect, clock: VirtualClock) -> None:
    connect.errors = [("ResourceNotFoundException", "ListPhoneNumbersV2")]
    with pytest.raises(ConfigError):
        OwnNumbers(connect.service, INSTANCE, clock)()


@pytest.mark.parametrize(
    ("said", "reason", "is_connected", "is_ended", "outcome"),
    [
        ("voicemail", "CONTACT_FLOW_DISCONNECT", True, True, "voicemail"),
        ("answered", "", False, False, "answered"),
        ("", "TELECOM_BUSY", False, True, "busy"),
        ("", "TELECOM_UNANSWERED", False, True, "no_answer"),
        ("", "TELECOM_NUMBER_INVALID", False, True, "invalid"),
        ("", "SOMETHING_NEW", False, True, "no_answer"),
        ("", "CUSTOMER_DISCONNECT", True, True, "answered"),
        ("", "", False, False, ""),
        ("nonsense", "TELECOM_BUSY", False, True, "busy"),
    ],
)
def test_the_outcome_is_what_the_flow_said_or_what_the_reason_suggests(
    said: str, reason: str, is_connected: bool, is_ended: bool, outcome: str
) -> None:
    assert outcome_of(said, reason, is_connected, is_ended) == outcome


def test_the_state_is_read_off_the_timestamps() -> None:
    moment = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    assert contact_of({"Id": "c"}).state == "created"
    assert contact_of({"Id": "c", "Attributes": {"outcome": "answered"}}).state == "connected"
    assert contact_of({"Id": "c", "ConnectedToSystemTimestamp": moment}).connected_at_s == moment.timestamp()
    ended = contact_of({"Id": "c", "DisconnectTimestamp": moment, "DisconnectReason": "TELECOM_BUSY"})
    assert (ended.state, ended.outcome, ended.ended_at_s) == ("ended", "busy", moment.timestamp())


def test_a_call_is_followed_to_its_end(tmp_path: Path) -> None:
    client = client_at(tmp_path, "2026-11-25 10:00")
    assert isinstance(client.clock, VirtualClock)
    connect = StubbedConnect(tmp_path, client.clock)
    calls = build_calls(client, dialer=ConnectDialer(connect.service, INSTANCE, FLOW, 30, client.clock))
    placed = calls.place(calls.plan(CallRequest(NUMBER, "service")))
    assert placed.call.state == "created"
    assert calls.status(placed.call.contact_id).state == "created"
    over = calls.follow(placed.call.contact_id)
    assert (over.state, over.outcome, over.talk_s) == ("ended", "answered", 1.0)
    assert calls.stop(placed.call.contact_id) == over


def test_a_call_of_which_an_event_has_told_the_end_is_not_asked_about(tmp_path: Path) -> None:
    client = client_at(tmp_path, "2026-11-25 10:00")
    assert isinstance(client.clock, VirtualClock)
    connect = StubbedConnect(tmp_path, client.clock)
    calls = build_calls(client, dialer=ConnectDialer(connect.service, INSTANCE, FLOW, 30, client.clock))
    placed = calls.place(calls.plan(CallRequest(NUMBER, "service")))
    moment = "2026-11-25T01:00:30.000Z"
    detail = {"contactId": placed.call.contact_id, "eventType": "DISCONNECTED", "disconnectTimestamp": moment}
    source = {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event"}
    client.contact_events.take({**source, "detail": {**detail, "disconnectReason": "TELECOM_BUSY"}})
    over = calls.follow(placed.call.contact_id)
    assert (over.state, over.outcome, over.person) == ("ended", "busy", placed.call.person)
    assert connect.count["DescribeContact"] == 0


def test_without_the_right_to_ask_the_log_answers(tmp_path: Path) -> None:
    client = client_at(tmp_path, "2026-11-25 10:00")
    assert isinstance(client.clock, VirtualClock)
    connect = StubbedConnect(tmp_path, client.clock)
    calls = build_calls(client, dialer=ConnectDialer(connect.service, INSTANCE, FLOW, 30, client.clock))
    placed = calls.place(calls.plan(CallRequest(NUMBER, "service")))
    connect.errors = [("AccessDeniedException", "DescribeContact")] * 2
    assert calls.status(placed.call.contact_id) == placed.call
    with pytest.raises(ConfigError):
        calls.status("another")
