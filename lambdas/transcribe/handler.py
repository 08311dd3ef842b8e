"""What is said in a call, as text while it goes on. A flow starts it; a call that is longer than one invocation is handed on."""

from typing import Any

from lambdas.events import ConnectEvent
from lambdas.replies import string_map
from lambdas.runtime import client
from voicebot.client import Voicebot
from voicebot.transcribe.start import start_once
from voicebot.transcribe.task import TranscribeTask

LONGEST_S = 900.0


def handle(
    event: dict[str, Any], voicebot: Voicebot, function: str = "transcribe", remaining_s: float = LONGEST_S
) -> dict[str, str]:
    """Start a contact's transcription and return at once, or work on one until it is over or time runs short."""
    relay = voicebot.transcribe_relay(function)
    if "Details" in event:
        audio = ConnectEvent.parse(event).audio
        if audio is not None:
            start_once(voicebot.transcripts, relay, audio)
        return string_map(is_started=audio is not None)
    task = TranscribeTask(**event)
    deadline_s = voicebot.clock.now() + remaining_s - voicebot.settings.transcribe.handover_s
    left = voicebot.transcriber.run(task, deadline_s)
    if left is not None:
        relay.start(left)
    return {"contact_id": task.contact_id, "is_handed_over": str(left is not None).lower()}


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Answer the contact flow, or take the asynchronous invocation."""
    return handle(event, client(), context.invoked_function_arn, context.get_remaining_time_in_millis() / 1000)
