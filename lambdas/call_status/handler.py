"""Connect's contact events: what becomes of the calls that we placed."""

from typing import Any

from lambdas.replies import string_map
from lambdas.runtime import client
from voicebot.client import Voicebot


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, str]:
    """Keep what the event says and have the webhook told; an error makes EventBridge send the event again."""
    call = voicebot.contact_events.take(event)
    return string_map(is_known=call is not None, state=call.state if call else "", outcome=call.outcome if call else "")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Take the asynchronous invocation."""
    return handle(event, client())
