"""A Lex V2 conversation on this machine: the events that Lex sends its hooks, and what it does with their replies.

Source of the shapes: https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html and lambda-response-format.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from voicebot.errors import InputError
from voicebot.lex.definition import BotDefinition
from voicebot.lex.recogniser import Interpretation, LocalRecogniser

CodeHook = Callable[[dict[str, Any]], Mapping[str, Any]]
Mode = Literal["Speech", "DTMF", "Text"]

_ACTIONS = ("Close", "ConfirmIntent", "Delegate", "ElicitIntent", "ElicitSlot")
_STATES = ("Failed", "Fulfilled", "FulfillmentInProgress", "InProgress", "ReadyForFulfillment", "Waiting")


@dataclass(frozen=True)
class LexOutcome:
    """Where a conversation stands after the caller was heard.

    Attributes:
        messages: What Lex would say now.
        is_done: True when the intent is closed and the flow goes on.
        intent_name: The recognised intent, as the hooks left it.
        slots: Slot values by name.
        session_attributes: As the hooks left them.
        confidence: Of the recognised intent; None for the fallback intent.
        dialog_state: The intent's state.
    """

    messages: tuple[str, ...]
    is_done: bool
    intent_name: str
    slots: Mapping[str, str]
    session_attributes: Mapping[str, str]
    confidence: float | None
    dialog_state: str


@dataclass
class LocalConversation:
    """One conversation with the bot.

    Args:
        bot: The bot.
        locale: Such as ``ko_KR``.
        recogniser: Of that locale.
        hook: The Lambda function of the alias.
        session_id: Amazon Connect uses the contact's id.
        attributes: Session attributes to begin with.
    """

    bot: BotDefinition
    locale: str
    recogniser: LocalRecogniser
    hook: CodeHook
    session_id: str
    attributes: dict[str, str] = field(default_factory=dict)

    def hear(self, utterance: str | None, mode: Mode = "Speech") -> LexOutcome:
        """Take what the caller said (None: nothing) and return what Lex does next."""
        transcript = (utterance or "").strip()
        interpretations = self.recogniser.interpret(transcript)
        best = interpretations[0]
        state: dict[str, Any] = {
            "name": best.intent.name,
            "slots": {},
            "state": "InProgress",
            "confirmationState": "None",
        }
        if best.intent.dialog_hook:
            reply = self._call("DialogCodeHook", transcript, mode, interpretations, state)
            state = {**state, **reply.intent}
            if reply.action != "Delegate":
                return self._outcome(reply.messages, reply.action == "Close", state, best)
        state["state"] = "ReadyForFulfillment"
        if not best.intent.fulfillment_hook:
            return self._outcome((), True, state, best)
        reply = self._call("FulfillmentCodeHook", transcript, mode, interpretations, state)
        state = {**state, **reply.intent}
        return self._outcome(reply.messages, reply.action in ("Close", "Delegate"), state, best)

    def _call(
        self, source: str, transcript: str, mode: Mode, found: Sequence[Interpretation], state: dict[str, Any]
    ) -> "_HookReply":
        reply = _HookReply.parse(self.hook(self._event(source, transcript, mode, found, state)))
        if reply.session_attributes is not None:
            self.attributes = reply.session_attributes
        return reply

    def _event(
        self, source: str, transcript: str, mode: Mode, found: Sequence[Interpretation], state: dict[str, Any]
    ) -> dict[str, Any]:
        event: dict[str, Any] = {
            "messageVersion": "1.0",
            "invocationSource": source,
            "inputMode": mode,
            "responseContentType": "audio/mpeg" if mode == "Speech" else "text/plain; charset=utf-8",
            "sessionId": self.session_id,
            "inputTranscript": transcript,
            "bot": {
                "id": "LOCALBOT00",
                "name": self.bot.name,
                "localeId": self.locale,
                "version": "1",
                "aliasId": "LOCALALIAS",
                "aliasName": "local",
            },
            "interpretations": [_interpretation(one, state if n == 0 else None) for n, one in enumerate(found)],
            "requestAttributes": {
                "x-amz-lex:accept-content-types": "PlainText,SSML",
                "x-amz-lex:channels:platform": "Connect",
            },
            "sessionState": {
                "sessionAttributes": dict(self.attributes),
                "activeContexts": [],
                "intent": dict(state),
                "originatingRequestId": str(uuid4()),
            },
            "transcriptions": [
                {
                    "transcription": transcript,
                    "transcriptionConfidence": 1.0,
                    "resolvedContext": {"intent": state["name"]},
                    "resolvedSlots": {},
                }
            ]
            if transcript
            else [],
        }
        if source == "DialogCodeHook":
            event["proposedNextState"] = {
                "dialogAction": {"type": "Close"},
                "intent": {**state, "state": "ReadyForFulfillment"},
            }
        return event

    def _outcome(
        self, messages: tuple[str, ...], is_done: bool, state: Mapping[str, Any], best: Interpretation
    ) -> LexOutcome:
        return LexOutcome(
            messages, is_done, state["name"], _slots(state), dict(self.attributes), best.confidence, state["state"]
        )


@dataclass(frozen=True)
class _HookReply:
    action: str
    intent: Mapping[str, Any]
    session_attributes: dict[str, str] | None
    messages: tuple[str, ...]

    @classmethod
    def parse(cls, reply: Mapping[str, Any]) -> "_HookReply":
        """Return the reply, checked as Lex checks it."""
        session = reply.get("sessionState") or {}
        action = (session.get("dialogAction") or {}).get("type")
        if action not in _ACTIONS:
            raise InputError(f"the hook's reply has the dialog action {action!r}", hint=f"one of {', '.join(_ACTIONS)}")
        intent = session.get("intent") or {}
        if intent.get("state", "InProgress") not in _STATES:
            raise InputError(f"the hook's reply has the intent state {intent.get('state')!r}")
        if action == "Close" and intent.get("state") not in ("Fulfilled", "Failed"):
            raise InputError("a hook that closes the dialog must set the intent to Fulfilled or Failed")
        attributes = session.get("sessionAttributes")
        if attributes is not None and not all(isinstance(value, str) for value in attributes.values()):
            raise InputError("session attributes must be strings")
        messages = reply.get("messages") or []
        if action == "ElicitIntent" and not messages:
            raise InputError("a hook that elicits an intent must send messages")
        return cls(action, intent, attributes, tuple(message["content"] for message in messages))


def _interpretation(found: Interpretation, state: Mapping[str, Any] | None) -> dict[str, Any]:
    intent = state or {"name": found.intent.name, "slots": {}, "state": "InProgress", "confirmationState": "None"}
    shown: dict[str, Any] = {"intent": dict(intent), "interpretationSource": "Lex"}
    if found.confidence is not None:
        shown["nluConfidence"] = found.confidence
    return shown


def _slots(state: Mapping[str, Any]) -> dict[str, str]:
    slots = state.get("slots") or {}
    return {
        name: value["value"]["interpretedValue"]
        for name, value in slots.items()
        if value and value.get("value", {}).get("interpretedValue")
    }
