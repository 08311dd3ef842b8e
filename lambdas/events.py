"""What Lex V2 and Amazon Connect send, as much of it as the handlers read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.transcribe.task import TranscribeTask


@dataclass(frozen=True)
class LexEvent:
    """A Lex V2 code hook event.

    Source: https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
    """

    session_id: str
    is_fulfillment: bool
    is_keyed: bool
    transcript: str
    intent: Mapping[str, Any]
    session_attributes: Mapping[str, str]

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "LexEvent":
        """Return the event; fields that a later version adds are ignored."""
        state = event["sessionState"]
        return cls(
            session_id=event["sessionId"],
            is_fulfillment=event["invocationSource"] == "FulfillmentCodeHook",
            is_keyed=event.get("inputMode") == "DTMF",
            transcript=event.get("inputTranscript") or "",
            intent=state.get("intent") or {},
            session_attributes=state.get("sessionAttributes") or {},
        )


@dataclass(frozen=True)
class ConnectEvent:
    """A contact flow's Lambda event.

    Source: https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    """

    contact_id: str
    customer_address: str
    attributes: Mapping[str, str]
    parameters: Mapping[str, str]
    audio: TranscribeTask | None = None

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "ConnectEvent":
        """Return the event; every field but the contact's id may be missing."""
        contact = event["Details"]["ContactData"]
        return cls(
            contact_id=contact["ContactId"],
            customer_address=(contact.get("CustomerEndpoint") or {}).get("Address") or "",
            attributes=contact.get("Attributes") or {},
            parameters=event["Details"].get("Parameters") or {},
            audio=_audio(contact),
        )


def _audio(contact: Mapping[str, Any]) -> TranscribeTask | None:
    """Return where the contact's audio is streamed, when its flow has started that."""
    customer = (contact.get("MediaStreams") or {}).get("Customer") or {}
    audio = customer.get("Audio") or {}
    if not audio.get("StreamARN"):
        return None
    return TranscribeTask(
        contact_id=contact["ContactId"],
        stream_arn=audio["StreamARN"],
        start_fragment=audio.get("StartFragmentNumber") or "",
        start_ms=int(audio.get("StartTimestamp") or 0),
    )
