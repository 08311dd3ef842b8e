"""How a call ended, from what the flow said and from Connect's reason."""

from collections.abc import Mapping

from voicebot.call.plan import Outcome

_SAID: Mapping[str, Outcome] = {
    "answered": "answered",
    "agent": "agent",
    "opted_out": "opted_out",
    "voicemail": "voicemail",
}
"""What the outbound flow writes into the contact's attribute `outcome`."""

_BY_REASON: Mapping[str, Outcome] = {
    "TELECOM_BUSY": "busy",
    "TELECOM_UNANSWERED": "no_answer",
    "TELECOM_TIMEOUT": "no_answer",
    "TELECOM_ORIGINATOR_CANCEL": "no_answer",
    "CUSTOMER_NEVER_ARRIVED": "no_answer",
    "TELECOM_NUMBER_INVALID": "invalid",
    "TELECOM_POTENTIAL_BLOCKING": "failed",
    "TELECOM_PROBLEM": "failed",
}


def outcome_of(said: str, reason: str, is_connected: bool, is_ended: bool) -> Outcome:
    """Return how a call ended, or an empty string while nobody knows.

    Args:
        said: The contact's attribute `outcome`: the flow ran, so that somebody or something answered.
        reason: Connect's reason for the end.
        is_connected: Whether Connect saw an answer.
        is_ended: Whether the call is over.
    """
    if said in _SAID:
        return _SAID[said]
    if not is_ended:
        return ""
    return _BY_REASON.get(reason, "answered" if is_connected else "no_answer")
