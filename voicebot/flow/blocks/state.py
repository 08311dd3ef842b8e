"""Blocks that change what is kept about the contact."""

import re
from typing import Any

from voicebot.flow.actions.contact import (
    FlowValue,
    QueueTarget,
    UpdateContactAttributes,
    UpdateContactData,
    UpdateContactEventHooks,
    UpdateContactMediaStreamingBehavior,
    UpdateContactTextToSpeechVoice,
    UpdateFlowAttributes,
)
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.contact import ATTRIBUTES_LIMIT_BYTES, TargetQueue, size_bytes
from voicebot.flow.kinds import Parameters
from voicebot.flow.world import last_part

_LANGUAGE = re.compile(r"[a-z]{2,3}-[A-Z]{2,3}(-[A-Za-z0-9]+)?")


def update_contact_attributes(call: Call, parameters: UpdateContactAttributes) -> Continues:
    """Set attributes; all of them, or none when they would be too big together."""
    _only_current(parameters.target_contact)
    attributes = call.contact.attributes | {key: call.fill(value) for key, value in parameters.attributes.items()}
    if size_bytes(attributes) > ATTRIBUTES_LIMIT_BYTES:
        raise BlockFailed(f"the attributes would have more than {ATTRIBUTES_LIMIT_BYTES} bytes")
    call.contact.attributes = attributes
    return Continues()


def update_flow_attributes(call: Call, parameters: UpdateFlowAttributes) -> Continues:
    """Set attributes that end with this flow."""
    for key, value in parameters.flow_attributes.items():
        call.contact.flow_attributes[key] = call.fill(value.value if isinstance(value, FlowValue) else value)
    return Continues()


def update_contact_data(call: Call, parameters: UpdateContactData) -> Continues:
    """Set the language and the fields that references and functions see."""
    _only_current(parameters.target_contact)
    if parameters.language_code is not None:
        language = call.value(parameters.language_code)
        if not _LANGUAGE.fullmatch(language):
            raise BlockFailed(f"{language!r} is not a language such as ko-KR")
        call.contact.language = language
    fields = {
        "Name": parameters.name,
        "Description": parameters.description,
        "CustomerId": parameters.customer_id,
    }
    call.contact.fields.update({key: call.fill(value) for key, value in fields.items() if value is not None})
    call.contact.references.update(_deep_fill(call, parameters.references or {}))
    return Continues()


def update_contact_text_to_speech_voice(call: Call, parameters: UpdateContactTextToSpeechVoice) -> Continues:
    """Choose the voice."""
    voice = call.value(parameters.text_to_speech_voice)
    if not voice:
        raise BlockFailed("TextToSpeechVoice is empty")
    call.contact.voice_id = voice
    return Continues()


def accept_setting(call: Call, parameters: Parameters) -> Continues:
    """Take a setting of the service, such as logging and recording, that changes nothing in the call itself."""
    return Continues()


def update_contact_media_streaming_behavior(call: Call, parameters: UpdateContactMediaStreamingBehavior) -> Continues:
    """Start or stop the stream of the caller's audio, whose address functions are then told."""
    if parameters.media_streaming_state == "Disabled":
        call.contact.customer_audio = None
        return Continues()
    call.contact.customer_audio = {
        "StreamARN": f"arn:aws:kinesisvideo:ap-northeast-2:000000000000:stream/{call.contact.id}/0",
        "StartTimestamp": f"{call.clock.now() * 1000:.0f}",
        "StopTimestamp": "",
        "StartFragmentNumber": "0",
    }
    return Continues()


def update_contact_event_hooks(call: Call, parameters: UpdateContactEventHooks) -> Continues:
    """Choose the flow of an event: those of a queue, of hold and of the customer's whisper are run here."""
    for hook, flow in parameters.event_hooks.items():
        flow_id = call.value(flow)
        if not flow_id:
            raise BlockFailed(f"the flow of {hook} is empty")
        call.contact.hooks[hook] = flow_id
    return Continues()


def update_contact_target_queue(call: Call, parameters: QueueTarget) -> Continues:
    """Choose the queue, or an agent's own queue."""
    call.contact.queue = target_queue(call, parameters.queue_id, parameters.agent_id)
    return Continues()


def target_queue(call: Call, queue_id: str | None, agent_id: str | None) -> TargetQueue:
    """Return the queue, or the agent's own queue, that a block names; the contact's when it names none.

    Raises:
        BlockFailed: There is no such queue.
    """
    if queue_id is None and agent_id is None:
        if call.contact.queue is None:
            raise BlockFailed("no target queue is set")
        return call.contact.queue
    target = call.value(queue_id or agent_id or "")
    queue = call.world.queue(target) if target and queue_id else None
    if not target or (queue_id and queue is None):
        raise BlockFailed(f"there is no queue {target!r}")
    return TargetQueue(id=last_part(target), arn=target, name=queue.name if queue else "")


def _only_current(target_contact: str) -> None:
    if target_contact == "Related":
        raise BlockFailed("this contact has no related contact")


def _deep_fill(call: Call, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep_fill(call, inner) for key, inner in value.items()}
    return call.fill(value) if isinstance(value, str) else value
