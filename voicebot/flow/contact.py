"""A contact while its flow runs: what Connect keeps about it, and how functions and references see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from voicebot.flow.ports import LexStep
from voicebot.flow.result import Callback

DEFAULT_VOICE = "Joanna"
"""What Connect speaks with until the flow chooses a voice."""

ATTRIBUTES_LIMIT_BYTES = 32768
INSTANCE_ARN = "arn:aws:connect:ap-northeast-2:000000000000:instance/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class ContactStart:
    """A contact at its beginning.

    Args:
        contact_id: Unique, as Connect's ids are.
        customer_number: The caller's number, or the number called, in E.164.
        system_number: Our own number, in E.164.
        attributes: Set by whoever started an outbound contact.
        channel: How the customer is connected.
        initiation: INBOUND for a call to us, API for a call we placed.
        language: The language until the flow sets one.
        instance_arn: The Connect instance.
    """

    contact_id: str
    customer_number: str
    system_number: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    channel: Literal["VOICE", "CHAT"] = "VOICE"
    initiation: Literal["INBOUND", "API"] = "INBOUND"
    language: str = "en-US"
    instance_arn: str = INSTANCE_ARN


@dataclass(frozen=True)
class TargetQueue:
    """The queue that the contact would be transferred to; an agent's own queue has no name."""

    id: str
    arn: str
    name: str


class Contact:
    """What Connect keeps about a contact; blocks change it.

    Args:
        start: How it began.
    """

    def __init__(self, start: ContactStart) -> None:
        self.start = start
        self.attributes: dict[str, str] = dict(start.attributes)
        self.flow_attributes: dict[str, str] = {}
        self.external: object = {}
        self.stored_input = ""
        self.lex: LexStep | None = None
        self.queue: TargetQueue | None = None
        self.voice_id = DEFAULT_VOICE
        self.language = start.language
        self.fields: dict[str, str] = {}
        self.references: dict[str, Any] = {}
        self.customer_audio: dict[str, str] | None = None
        self.hooks: dict[str, str] = {}
        self.metrics: dict[str, object] = {}
        self.callback_number = start.customer_number
        self.callbacks: list[Callback] = []
        self.services: dict[str, object] = {}

    @property
    def id(self) -> str:
        """Return the contact id."""
        return self.start.contact_id

    def document(self) -> dict[str, object]:
        """Return the contact as references see it."""
        return {
            **self.services,
            **self._shared(),
            "Metrics": self.metrics,
            "TextToSpeechVoiceId": self.voice_id,
            "FlowAttributes": self.flow_attributes,
            "External": self.external,
            "StoredCustomerInput": self.stored_input,
            "Lex": self._lex(),
        }

    def event(self, parameters: Mapping[str, str]) -> dict[str, object]:
        """Return the event that Connect sends to a function.

        Source:
            https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
        """
        return {"Name": "ContactFlowEvent", "Details": {"ContactData": self._shared(), "Parameters": dict(parameters)}}

    def _shared(self) -> dict[str, object]:
        """Return what references and functions both see."""
        start, queue = self.start, self.queue
        return {
            "Attributes": dict(self.attributes),
            "Channel": start.channel,
            "ContactId": start.contact_id,
            "CustomerEndpoint": {"Address": start.customer_number, "Type": "TELEPHONE_NUMBER"},
            "CustomerId": self.fields.get("CustomerId"),
            "Description": self.fields.get("Description"),
            "InitialContactId": start.contact_id,
            "InitiationMethod": start.initiation,
            "InstanceARN": start.instance_arn,
            "LanguageCode": self.language,
            "MediaStreams": {"Customer": {"Audio": self.customer_audio}},
            "Name": self.fields.get("Name"),
            "PreviousContactId": start.contact_id,
            "Queue": queue and {"ARN": queue.arn, "Name": queue.name, "OutboundCallerId": None},
            "References": self.references,
            "SystemEndpoint": {"Address": start.system_number, "Type": "TELEPHONE_NUMBER"},
        }

    def _lex(self) -> dict[str, object]:
        if self.lex is None:
            return {}
        return {
            "IntentName": self.lex.intent_name,
            "Slots": dict(self.lex.slots),
            "SessionAttributes": dict(self.lex.session_attributes),
            "DialogState": self.lex.dialog_state,
            "IntentConfidence": {"Score": None if self.lex.confidence is None else f"{self.lex.confidence:g}"},
        }


def size_bytes(attributes: Mapping[str, str]) -> int:
    """Return what attributes count against Connect's limit: names and values in UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for pair in attributes.items() for text in pair)
