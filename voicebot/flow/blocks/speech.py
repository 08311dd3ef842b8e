"""Blocks that play something."""

from voicebot.errors import FlowError
from voicebot.flow.actions.participant import MessageParticipant
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.kinds import Prompt


def message_participant(call: Call, parameters: MessageParticipant) -> Continues:
    """Play one prompt."""
    play_prompt(call, parameters)
    return Continues()


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
    if prompt_id not in call.prompts:
        message = f"the library prompt {prompt_id!r} is not on this machine"
        raise FlowError(message, hint="name an audio file for it among the prompts")
    return call.prompts[prompt_id]
