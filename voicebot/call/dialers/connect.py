"""Outbound calls by Amazon Connect.

Source:
    https://docs.aws.amazon.com/connect/latest/APIReference/API_StartOutboundVoiceContact.html, API_DescribeContact.html,
    API_StopContact.html, API_ListPhoneNumbersV2.html
"""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from voicebot.aws.pages import entries
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService, RetryBudget
from voicebot.call.dialers.connect_outcome import outcome_of
from voicebot.call.plan import CallPlan, Contact, State
from voicebot.clock import Clock
from voicebot.errors import ConfigError, NotFoundError, RefusedError, VoicebotError

MOST_ATTRIBUTE_BYTES = 32_768
OWN_NUMBERS_ARE_FRESH_S = 300.0
"""For so long the list of the instance's numbers counts; then it is asked for again."""

_GONE = frozenset({"ResourceNotFoundException", "ContactNotFoundException"})


class ConnectDialer:
    """`Dialer` over an Amazon Connect instance.

    Args:
        service: Connect.
        instance_id: The instance.
        flow_id: The outbound contact flow; only calls that are placed need it.
        ring_timeout_s: How long it may ring, 15 to 60 seconds.
        clock: When a call is dialled.

    Raises:
        ConfigError: The instance is not set.
    """

    def __init__(
        self, service: AwsService, instance_id: str | None, flow_id: str | None, ring_timeout_s: int, clock: Clock
    ) -> None:
        if not instance_id:
            raise ConfigError("aws.connect_instance_id is not set", hint="it is needed to place calls")
        self._service = service
        self._once = AwsService(service.client, service.clock, 0.0, RetryBudget(tokens=0))
        self._instance_id = instance_id.rpartition("/")[2]
        self._flow_id = flow_id
        self._ring_timeout_s = ring_timeout_s
        self._clock = clock

    def place(self, plan: CallPlan, token: str) -> Contact:
        """Return the contact of a call that is placed now; Connect takes a repeated token for the same call (7 days).

        It is asked once: repeats would come faster than the pace allows.
        """
        if not self._flow_id:
            raise ConfigError(
                "call.contact_flow_id is not set", hint="publish connect_flows/outbound.json and set its id"
            )
        attributes = plan.attributes(self._clock.now(), self._ring_timeout_s)
        if sum(len(part.encode()) for pair in attributes.items() for part in pair) > MOST_ATTRIBUTE_BYTES:
            raise RefusedError("the contact's attributes are larger than 32 KB", hint="shorten the intro")
        try:
            reply = self._once.call(
                "start_outbound_voice_contact",
                DestinationPhoneNumber=plan.number,
                SourcePhoneNumber=plan.caller_id,
                InstanceId=self._instance_id,
                ContactFlowId=self._flow_id,
                ClientToken=token,
                Attributes={name: value for name, value in attributes.items() if value},
                TrafficType="GENERAL",
                RingTimeoutInSeconds=self._ring_timeout_s,
            )
        except ClientError as exc:
            raise _not_placed(exc) from exc
        return Contact(str(reply["ContactId"]))

    def status(self, contact_id: str) -> Contact:
        """Return what is known of a call now."""
        parameters = {"InstanceId": self._instance_id, "ContactId": contact_id}
        try:
            return contact_of(self._service.call("describe_contact", **parameters)["Contact"])
        except ClientError as exc:
            raise _unknown_contact(exc) from exc

    def stop(self, contact_id: str) -> None:
        """End a call; one that is over stays so."""
        try:
            self._service.call("stop_contact", InstanceId=self._instance_id, ContactId=contact_id)
        except ClientError as exc:
            if error_code(exc) != "ContactNotFoundException":  # it is over: 410
                raise _unknown_contact(exc) from exc


class OwnNumbers:
    """The numbers that a Connect instance has claimed.

    Args:
        service: Connect.
        instance_id: The instance.
        clock: How long the list has been known.
    """

    def __init__(self, service: AwsService, instance_id: str, clock: Clock) -> None:
        self._service = service
        self._instance_id = instance_id.rpartition("/")[2]
        self._clock = clock
        self._known: tuple[float, frozenset[str]] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> frozenset[str]:
        """Return the numbers, in E.164 form.

        Raises:
            ConfigError: The instance cannot be asked.
            StorageError: Connect does not answer.
        """
        with self._lock:
            now_s = self._clock.now()
            if self._known is None or not 0 <= now_s - self._known[0] < OWN_NUMBERS_ARE_FRESH_S:
                self._known = (now_s, frozenset(self._fetch()))
            return self._known[1]

    def _fetch(self) -> list[str]:
        wanted = {"InstanceId": self._instance_id, "MaxResults": 1000}
        listed = entries(self._service.call, "list_phone_numbers_v2", "ListPhoneNumbersSummaryList", **wanted)
        try:
            return [str(one["PhoneNumber"]) for one in listed]
        except ClientError as exc:
            raise ConfigError(
                f"the numbers of the Connect instance cannot be listed ({error_code(exc)})",
                hint="check aws.connect_instance_id",
            ) from exc


def contact_of(described: Mapping[str, Any]) -> Contact:
    """Return a contact as DescribeContact tells it; it has no state field, so the timestamps say how far the call is."""
    connected, ended = described.get("ConnectedToSystemTimestamp"), described.get("DisconnectTimestamp")
    reason = str(described.get("DisconnectReason") or "")
    said = (described.get("Attributes") or {}).get("outcome", "")
    state: State = "ended" if ended else "connected" if connected or said or described.get("AgentInfo") else "created"
    return Contact(
        str(described["Id"]), state, outcome_of(said, reason, bool(connected), bool(ended)), _seconds(connected),
        _seconds(ended), reason,
    )  # fmt: skip


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _not_placed(exc: ClientError) -> VoicebotError:
    """Return why a call was not placed. Connect's own text is left out: it may name the number."""
    code = error_code(exc)
    if code == "DestinationNotAllowedException":
        return RefusedError("Connect does not call this destination", hint="ask for the country in Service Quotas")
    if code == "OutboundContactNotPermittedException":
        return ConfigError("the Connect instance may not place calls", hint="switch outbound calls on for the instance")
    if code in _GONE:
        return ConfigError(
            "the Connect instance or the contact flow does not exist",
            hint="check aws.connect_instance_id and call.contact_flow_id",
        )
    return ConfigError(f"Connect does not take the call ({code})", hint="check call.caller_id and the contact flow")


def _unknown_contact(exc: ClientError) -> VoicebotError:
    if error_code(exc) in _GONE:
        return NotFoundError("there is no such contact", hint="voicebot contacts list")
    return ConfigError(f"Connect does not say anything about this contact ({error_code(exc)})", hint="check the id")
