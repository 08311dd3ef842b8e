"""A caller who wants no more calls: on the list at once."""

from typing import Any

from lambdas.events import ConnectEvent
from lambdas.replies import string_map
from lambdas.runtime import client
from voicebot.client import Voicebot


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, str]:
    """Put the contact's number on the opt-out list and say whether there was one to put."""
    contact = ConnectEvent.parse(event)
    is_listed = bool(contact.customer_address)
    if is_listed:
        voicebot.opt_outs.add(contact.customer_address, source="call", contact_id=contact.contact_id)
    return string_map(is_listed=is_listed)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Answer the contact flow."""
    return handle(event, client())
