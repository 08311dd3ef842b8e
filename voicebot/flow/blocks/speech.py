"""Blocks that play something."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from voicebot.errors import FlowError
from voicebot.flow.actions.participant import MessageParticipant, MessageParticipantIteratively
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.kinds import Prompt
from voicebot.flow.ports import Interrupting
from voicebot.flow.world import last_part


def message_participant(call: Call, parameters: MessageParticipant) -> Continues:
    """Play one prompt."""
    play_prompt(call, parameters)
    return Continues()


class _Interrupted(Exception):
    """It is time for the flow to go on between two rounds of messages."""


def message_participant_iteratively(call: Call, parameters: MessageParticipantIteratively) -> Continues:
    """Play messages in a circle: until it is time to interrupt them, or until the flow is over."""
    every_s = parameters.interrupt_frequency_seconds
    interrupted = _Interrupted()
    try:
        with call.until(None if every_s is None else call.line.elapsed_s + every_s, interrupted):
            while True:
                call.check_length()
                before_s = call.line.elapsed_s
                for message in parameters.messages:
                    play_prompt(call, message)
                if call.line.elapsed_s == before_s:
                    call.wait(1.0)
    except _Interrupted as stop:
        if stop is not interrupted:
            raise
        return Continues("MessagesInterrupted")


class _BargedIn(Exception):
    """The caller begins before the prompt is over."""


@contextmanager
def interruptible(call: Call, prompted_for: Literal["speech", "digits"], is_allowed: bool = True) -> Iterator[None]:
    """Cut what is played in the block where the caller begins to speak or to press keys."""
    caller = call.ports.caller
    after_s = caller.interrupts_s(prompted_for) if is_allowed and isinstance(caller, Interrupting) else None
    barged_in = _BargedIn()
    try:
        with call.until(None if after_s is None else call.line.elapsed_s + after_s, barged_in):
            yield
    except _BargedIn as stop:
        if stop is not barged_in:
            raise
        call.is_interrupted = True


def play_prompt(call: Call, prompt: Prompt) -> None:
    """Play whatever a prompt is made of."""
    if prompt.text is not None:
        call.say(call.fill(prompt.text), ssml=False)
    if prompt.ssml is not None:
        call.say(call.fill(prompt.ssml), ssml=True)
    if prompt.prompt_id is not None:
        call.play(_library_uri(call, call.value(prompt.prompt_id)))
    if prompt.media is not None:
        uri = call.fill(prompt.media.uri)
        if not uri:
            raise BlockFailed("Media.Uri is empty")
        call.play(uri)


def _library_uri(call: Call, prompt_id: str) -> str:
    if not prompt_id:
        raise BlockFailed("PromptId is empty")
    for name in (prompt_id, last_part(prompt_id)):
        if name in call.prompts:
            return call.prompts[name]
    message = f"the library prompt {last_part(prompt_id)!r} is not on this machine"
    raise FlowError(message, hint="name a WAV file or its words for it among the scenario's prompts")
