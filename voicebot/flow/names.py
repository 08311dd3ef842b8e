"""Wrong names that people and language models write, and the right ones."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

WRONG_ACTIONS: Mapping[str, str] = {
    "CheckAttribute": "Compare",
    "CheckContactAttributes": "Compare",
    "GetCustomerInput": "ConnectParticipantWithLexBot",
    "InvokeAgentAction": "ConnectParticipantWithLexBot",
    "InvokeExternalResource": "InvokeLambdaFunction",
    "PlayPrompt": "MessageParticipant",
    "SetAttributes": "UpdateContactAttributes",
    "SetLoggingBehavior": "UpdateFlowLoggingBehavior",
    "SetQueue": "UpdateContactTargetQueue",
    "SetRecordingBehavior": "UpdateContactRecordingBehavior",
    "SetVoice": "UpdateContactTextToSpeechVoice",
    "StoreUserInput": "GetParticipantInput",
    "TransferToQueue": "TransferContactToQueue",
}
"""Names from public flows and the old console that the flow language does not have."""

NOT_AN_ACTION = ("Start", "Trigger")
"""Names for the beginning of a flow, which has no action: `StartAction` points at the first block."""

WRONG_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "UpdateContactTextToSpeechVoice": {
        "VoiceId": "TextToSpeechVoice",
        "Engine": "TextToSpeechEngine",
        "LanguageCode": "the action UpdateContactData with LanguageCode",
    },
    "UpdateFlowLoggingBehavior": {"LoggingBehavior": "FlowLoggingBehavior"},
}


def suggest_action(name: str, known: Iterable[str]) -> str:
    """Return a hint for an action type that does not exist."""
    if name in NOT_AN_ACTION:
        return "a flow begins at StartAction and has no block for it: delete this block"
    return _did_you_mean(WRONG_ACTIONS.get(name) or nearest(name, known))


def suggest_parameter(action: str, name: str, known: Iterable[str]) -> str:
    """Return a hint for a parameter that an action does not have."""
    known = list(known)
    likely = WRONG_PARAMETERS.get(action, {}).get(name) or nearest(name, known)
    if likely:
        return _did_you_mean(likely)
    return f"it takes {', '.join(known)}" if known else "it takes no parameters"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is spelled most like `name`, if any is close."""
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _did_you_mean(name: str | None) -> str:
    if name is None:
        return "see the flow language reference for the names that exist"
    return f"did you mean {name}?"
