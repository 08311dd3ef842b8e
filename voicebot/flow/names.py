"""Wrong names that people and language models write, and the right ones."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

WRONG_ACTIONS: Mapping[str, str] = {
    "CheckAttribute": "Compare",
    "CheckCondition": "Compare",
    "CheckContactAttributes": "Compare",
    "CheckStaffing": "CheckMetricData",
    "Disconnect": "DisconnectParticipant",
    "GetCustomerInput": "ConnectParticipantWithLexBot",
    "GetQueueMetrics": "GetMetricData",
    "InvokeAgentAction": "ConnectParticipantWithLexBot",
    "InvokeExternalResource": "InvokeLambdaFunction",
    "InvokeModule": "InvokeFlowModule",
    "LoopPrompts": "MessageParticipantIteratively",
    "PlayPrompt": "MessageParticipant",
    "SetAttributes": "UpdateContactAttributes",
    "SetCallbackNumber": "UpdateContactCallbackNumber",
    "SetLoggingBehavior": "UpdateFlowLoggingBehavior",
    "SetQueue": "UpdateContactTargetQueue",
    "SetRecordingBehavior": "UpdateContactRecordingBehavior",
    "SetVoice": "UpdateContactTextToSpeechVoice",
    "SetWorkingQueue": "UpdateContactTargetQueue",
    "StartMediaStreaming": "UpdateContactMediaStreamingBehavior",
    "StoreUserInput": "GetParticipantInput",
    "TransferToQueue": "TransferContactToQueue",
    "UpdateContactTTSVoice": "UpdateContactTextToSpeechVoice",
}
"""Names from public flows and the old console that the flow language does not have."""

NOT_AN_ACTION = ("EntryPoint", "Start", "Trigger")
"""Names for the beginning of a flow, which has no action: `StartAction` points at the first block."""

WRONG_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "GetParticipantInput": {"LexV2Bot": "the action ConnectParticipantWithLexBot"},
    "InvokeFlowModule": {"ContactFlowModuleId": "FlowModuleId"},
    "InvokeLambdaFunction": {
        "FunctionArn": "LambdaFunctionARN",
        "LambdaFunctionArn": "LambdaFunctionARN",
        "TimeLimitSeconds": "InvocationTimeLimitSeconds",
        "TimeoutSeconds": "InvocationTimeLimitSeconds",
    },
    "UpdateContactData": {"TextToSpeechVoice": "the action UpdateContactTextToSpeechVoice"},
    "UpdateContactRecordingBehavior": {"RecordingBehaviorOption": "RecordingBehavior"},
    "Wait": {"WaitTime": "TimeLimitSeconds"},
    "UpdateContactTextToSpeechVoice": {
        "VoiceId": "TextToSpeechVoice",
        "Engine": "TextToSpeechEngine",
        "LanguageCode": "the action UpdateContactData with LanguageCode",
    },
    "UpdateFlowLoggingBehavior": {"LoggingBehavior": "FlowLoggingBehavior"},
}


WRONG_ERRORS: Mapping[str, str] = {
    "InvalidNumber": "InvalidCallbackNumber",
    "NotDialable": "CallbackNumberNotDialable",
    "Timeout": "InputTimeLimitExceeded",
}
"""Names of error branches from the console and from public flows, and those of the flow language."""

WRONG_OPERATORS: Mapping[str, str] = {
    "NumberEquals": "Equals",
    "Contains": "TextContains",
    "StartsWith": "TextStartsWith",
}


def right_action(name: str, known: Iterable[str]) -> str | None:
    """Return the action that is likely meant by a type that does not exist."""
    return None if name in NOT_AN_ACTION else WRONG_ACTIONS.get(name) or nearest(name, known)


def suggest_action(name: str, known: Iterable[str]) -> str:
    """Return a hint for an action type that does not exist."""
    if name in NOT_AN_ACTION:
        return "a flow begins at StartAction and has no block for it: delete this block"
    return _did_you_mean(right_action(name, known))


def right_parameter(action: str, name: str, known: Iterable[str]) -> str | None:
    """Return the parameter that is likely meant by one that an action does not have."""
    return WRONG_PARAMETERS.get(action, {}).get(name) or nearest(name, known)


def suggest_parameter(action: str, name: str, known: Iterable[str]) -> str:
    """Return a hint for a parameter that an action does not have."""
    known = list(known)
    likely = right_parameter(action, name, known)
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
