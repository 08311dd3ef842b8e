"""What the handlers answer, in the shapes that Lex V2 and Amazon Connect take, and what an error becomes."""

from collections.abc import Mapping
from typing import Any, Literal

from voicebot.errors import (
    ConfigError,
    ConflictError,
    EngineError,
    FlowError,
    GateError,
    InputError,
    NotFoundError,
    RefusedError,
    StorageError,
    VoicebotError,
    VoiceNotFoundError,
)

Recovery = Literal["raise", "reprompt", "retry", "agent"]

RECOVERY: Mapping[type[VoicebotError], Recovery] = {
    VoicebotError: "raise",
    InputError: "reprompt",
    FlowError: "raise",
    ConfigError: "raise",
    NotFoundError: "reprompt",
    VoiceNotFoundError: "agent",
    ConflictError: "retry",
    RefusedError: "agent",
    EngineError: "agent",
    StorageError: "agent",
    GateError: "raise",
}
"""What a caller hears when a turn fails: asked again, handed to a person, or the flow's own error branch."""


def recovery_for(error: VoicebotError) -> Recovery:
    """Return what to do about `error`: its own entry, or its nearest ancestor's."""
    return next(RECOVERY[kind] for kind in type(error).__mro__ if kind in RECOVERY)


def lex_close(intent: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return a reply that ends the Lex dialog without a word: the flow plays the audio, never Lex as well."""
    return {
        "sessionState": {
            "sessionAttributes": dict(attributes),
            "dialogAction": {"type": "Close"},
            "intent": {**intent, "state": "Fulfilled"},
        },
        "messages": [],
    }


def lex_delegate(intent: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return a reply that lets Lex go on to fulfilment."""
    return {
        "sessionState": {
            "sessionAttributes": dict(attributes),
            "dialogAction": {"type": "Delegate"},
            "intent": {**intent, "state": "ReadyForFulfillment"},
        }
    }


def string_map(**values: object) -> dict[str, str]:
    """Return the flat map of strings that a contact flow's STRING_MAP validation takes; booleans as true and false."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in ((_camel(name), value) for name, value in values.items())
    }


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
