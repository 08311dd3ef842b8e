"""The playback loop's question: what to play next."""

from typing import Any

from lambdas.events import ConnectEvent
from lambdas.replies import string_map
from lambdas.runtime import client
from voicebot.client import Voicebot


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, str]:
    """Return AudioUrl, NextIndex, HasMore and what kind of clip it is, for JobId and NextIndex."""
    parameters = ConnectEvent.parse(event).parameters
    batch = voicebot.playback.next_batch(parameters.get("JobId", ""), int(parameters.get("NextIndex") or 0))
    return string_map(
        audio_url=batch.audio_url,
        has_audio=bool(batch.audio_url),
        next_index=batch.next_index,
        has_more=batch.has_more,
        is_failed=batch.is_failed,
        clip_kind=batch.kind,
        stage_wait_ms=batch.waited_ms,
    )


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Answer the contact flow."""
    return handle(event, client())
