"""Connect's contact events: unordered, repeated, with fields that nobody knows yet."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.calls import client_at
from voicebot.call.plan import Contact
from voicebot.call.status.contact_events import ContactEvents, contact_of_event
from voicebot.call.status.log import CallLog, LoggedCall
from voicebot.errors import InputError, NotFoundError, StorageError

pytestmark = pytest.mark.unit

CONTACT = "11111111-2222-3333-4444-555555555555"
EVENTS = Path(__file__).parents[2] / "events"


def event(kind: str = "DISCONNECTED", **detail: Any) -> dict[str, Any]:
    moments = {
        "INITIATED": {},
        "CONNECTED_TO_SYSTEM": {"connectedToSystemTimestamp": "2026-11-25T01:01:12.500Z"},
        "CONNECTED_TO_AGENT": {"agentInfo": {"connectedToAgentTimestamp": "2026-11-25T01:01:40.000Z"}},
        "DISCONNECTED": {"disconnectTimestamp": "2026-11-25T01:02:02.500Z", "disconnectReason": "CUSTOMER_DISCONNECT"},
    }
    base = {"contactId": CONTACT, "channel": "VOICE", "initiationMethod": "API", "eventType": kind}
    known = moments.get(kind, {})
    return {
        "source": "aws.connect",
        "detail-type": "Amazon Connect Contact Event",
        "detail": {**base, **known, **detail},
    }


class Told:
    """A webhook that keeps what it was told, and fails when asked to."""

    def __init__(self, fails: int = 0) -> None:
        self.calls: list[LoggedCall] = []
        self._fails = fails

    def tell(self, call: LoggedCall) -> bool:
        if self._fails:
            self._fails -= 1
            raise StorageError("the webhook's server does not take the message")
        self.calls.append(call)
        return True


class Asked:
    """A dialer that is asked how a call ended."""

    def __init__(self, contact: Contact | None) -> None:
        self._contact = contact
        self.count = 0

    def status(self, contact_id: str) -> Contact:
        self.count += 1
        if self._contact is None:
            raise NotFoundError("there is no such contact")
        return self._contact

    def place(self, plan: object, token: str) -> Contact:
        raise AssertionError("nothing is dialled here")

    def stop(self, contact_id: str) -> None:
        raise AssertionError("nothing is stopped here")


@pytest.fixture
def log(tmp_path: Path) -> CallLog:
    return client_at(tmp_path, "2026-11-25 10:05").call_log


KINDS = ("INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "AMD_DISABLED", "NEW_KIND")


@pytest.mark.parametrize("seed", range(12))
def test_events_in_any_order_and_more_than_once_tell_the_same(log: CallLog, seed: int) -> None:
    chance = random.Random(seed)
    kinds = [*KINDS, *chance.choices(KINDS, k=5)]
    chance.shuffle(kinds)
    events = ContactEvents(log, None, None)
    for kind in kinds:
        events.take(event(kind))
    call = log.get(CONTACT)
    assert (call.state, call.outcome, call.talk_s) == ("ended", "agent", 50.0)
    assert call.reason == "CUSTOMER_DISCONNECT"


def test_a_full_and_a_minimal_event_are_understood() -> None:
    full = json.loads((EVENTS / "contact_full.json").read_text(encoding="utf-8"))["detail"]
    assert contact_of_event(full) == Contact(
        CONTACT, "ended", "answered", 1795568472.5, 1795568522.5, "CUSTOMER_DISCONNECT"
    )
    minimal = json.loads((EVENTS / "contact_minimal.json").read_text(encoding="utf-8"))["detail"]
    assert contact_of_event(minimal) == Contact(CONTACT)


@pytest.mark.parametrize(("channel", "method"), [("VOICE", "INBOUND"), ("CHAT", "API"), ("TASK", "API")])
def test_a_contact_that_is_none_of_ours_is_not_kept(log: CallLog, channel: str, method: str) -> None:
    assert ContactEvents(log, None, None).take(event(channel=channel, initiationMethod=method)) is None
    assert log.find(CONTACT) is None


def test_how_a_call_ended_is_asked_for_once_it_is_over(log: CallLog) -> None:
    asked = Asked(Contact(CONTACT, "ended", "voicemail"))
    events = ContactEvents(log, None, asked)
    events.take(event("INITIATED"))
    assert asked.count == 0
    events.take(event())
    assert log.get(CONTACT).outcome == "voicemail"
    events.take(event())
    assert asked.count == 1


def test_a_contact_that_connect_has_forgotten_is_kept_as_the_event_says(log: CallLog) -> None:
    call = ContactEvents(log, None, Asked(None)).take(event(disconnectReason="TELECOM_BUSY"))
    assert call is not None
    assert (call.state, call.outcome) == ("ended", "busy")


def test_a_webhook_that_failed_is_told_when_the_event_comes_again(log: CallLog) -> None:
    told = Told(fails=1)
    events = ContactEvents(log, told, None)
    with pytest.raises(StorageError):
        events.take(event())
    events.take(event())
    assert [call.state for call in told.calls] == ["ended"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"source": "aws.s3", "detail-type": "Amazon Connect Contact Event", "detail": {}},
        {"source": "aws.connect", "detail-type": "Other", "detail": {}},
        {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": "text"},
        {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": {"contactId": ""}},
    ],
)
def test_what_is_no_contact_event_is_refused(log: CallLog, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ContactEvents(log, None, None).take(wrong)
