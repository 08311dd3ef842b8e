"""Amazon Connect's contact events: what they say about calls that were placed from here.

Events come by EventBridge, best effort, in any order, more than once, and may gain fields and kinds.

Source:
    https://docs.aws.amazon.com/connect/latest/adminguide/contact-events.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voicebot.call.dialers.connect_outcome import outcome_of
from voicebot.call.plan import Contact, Dialer, State
from voicebot.call.status.log import CallLog, LoggedCall, Webhook
from voicebot.errors import InputError, NotFoundError

SOURCE = "aws.connect"
DETAIL_TYPE = "Amazon Connect Contact Event"

_STATES: Mapping[str, State] = {
    "CONNECTED_TO_SYSTEM": "connected",
    "QUEUED": "connected",
    "CONNECTED_TO_AGENT": "connected",
    "DISCONNECTED": "ended",
    "COMPLETED": "ended",
}
_PLACED_BY_US = frozenset({"API", "OUTBOUND"})


class ContactEvents:
    """Keeps what events say, and has the webhook told.

    Args:
        log: The calls.
        webhook: Is told of answers and ends; None where nobody wants to know.
        dialer: Knows how a call ended; None where it cannot be asked.
    """

    def __init__(self, log: CallLog, webhook: Webhook | None, dialer: Dialer | None) -> None:
        self._log = log
        self._webhook = webhook
        self._dialer = dialer

    def take(self, event: Mapping[str, Any]) -> LoggedCall | None:
        """Return the call that an event is about, as it is known now; None for a contact that is none of ours.

        Raises:
            InputError: It is no contact event.
            StorageError: The log or the webhook cannot be reached; the event has to come again.
        """
        detail = event.get("detail")
        if event.get("source") != SOURCE or event.get("detail-type") != DETAIL_TYPE or not isinstance(detail, Mapping):
            raise InputError("this is not a contact event of Amazon Connect")
        contact = contact_of_event(detail)
        known = self._log.find(contact.id)
        if known is None and not _is_ours(detail):
            return None
        call, _ = self._log.record(contact)
        if call.state == "ended" and contact.state == "ended":
            call = self._with_outcome(call)
        if self._webhook:
            self._webhook.tell(call)
        return call

    def _with_outcome(self, call: LoggedCall) -> LoggedCall:
        """Return a call that is over with what the flow said about it: events do not carry attributes."""
        if self._dialer is None or call.outcome in ("answered", "agent", "opted_out", "voicemail"):
            return call
        try:
            return self._log.record(self._dialer.status(call.contact_id))[0]
        except NotFoundError:
            return call


def contact_of_event(detail: Mapping[str, Any]) -> Contact:
    """Return what one event says about its contact.

    Raises:
        InputError: It names no contact.
    """
    contact_id = detail.get("contactId")
    if not isinstance(contact_id, str) or not contact_id:
        raise InputError("a contact event without a contact")
    connected, ended = _seconds(detail, "connectedToSystemTimestamp"), _seconds(detail, "disconnectTimestamp")
    state = _STATES.get(str(detail.get("eventType")), "created")
    if ended is not None:
        state = "ended"
    reason = str(detail.get("disconnectReason") or "")
    said = "agent" if detail.get("agentInfo") else ""
    outcome = outcome_of(said, reason, connected is not None, state == "ended") if said or reason else ""
    return Contact(contact_id, state, outcome, connected, ended, reason)


def _is_ours(detail: Mapping[str, Any]) -> bool:
    return detail.get("channel") == "VOICE" and detail.get("initiationMethod") in _PLACED_BY_US


def _seconds(detail: Mapping[str, Any], name: str) -> float | None:
    """Return a moment such as 2026-11-25T01:00:00.000Z in seconds since the epoch; None where there is none."""
    try:
        return datetime.fromisoformat(str(detail[name])).timestamp()
    except (KeyError, ValueError):
        return None
