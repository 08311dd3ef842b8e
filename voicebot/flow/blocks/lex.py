"""The block that lets a Lex bot talk with the caller."""

from collections.abc import Mapping

from voicebot.errors import FlowError
from voicebot.flow.actions.participant import ConnectParticipantWithLexBot
from voicebot.flow.blocks.listening import listen
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.blocks.speech import interruptible, play_prompt
from voicebot.flow.call import BlockFailed, Call, outside
from voicebot.flow.ports import Mode, Pressed, Said

# Connect's page says 3,000 ms for the start time-out and Lex's 4,000; a flow that cares sets it.
_DEFAULTS_MS = {
    "audio:start-timeout-ms": 3000,
    "audio:end-timeout-ms": 600,
    "audio:max-length-ms": 12000,
    "dtmf:end-timeout-ms": 5000,
}
_LONGEST_UTTERANCE_MS = 15000


def connect_participant_with_lex_bot(call: Call, parameters: ConnectParticipantWithLexBot) -> Continues:
    """Play the prompt, then listen and speak until the bot is done; the result is the intent's name.

    Source:
        https://docs.aws.amazon.com/lexv2/latest/dg/session-attribs-speech.html for the time-outs.
    """
    if parameters.lex_v2_bot is None:
        raise FlowError("Lex V1 ended on 2025-09-15", hint="use LexV2Bot with the ARN of a bot alias")
    session: Mapping[str, str] = {key: call.fill(value) for key, value in parameters.lex_session_attributes.items()}
    if _milliseconds(session, "audio:max-length-ms") > _LONGEST_UTTERANCE_MS:
        raise BlockFailed(f"audio:max-length-ms is over {_LONGEST_UTTERANCE_MS}")
    alias_arn = call.fill(parameters.lex_v2_bot.alias_arn)
    with call.working(), outside():
        conversation = call.ports.lex.open(alias_arn, call.contact.id, session)
    with interruptible(call, "speech", _is_interruptible(session)):
        play_prompt(call, parameters)
    while True:
        utterance, mode = _hear(call, session)
        with call.working(), outside():
            step = conversation.hear(utterance, mode)
        call.understand(step)
        session = step.session_attributes
        with interruptible(call, "speech", not step.is_done and _is_interruptible(session)):
            for message in step.messages:
                call.say(message, ssml=message.lstrip().startswith("<speak"))
        if step.is_done:
            return Continues(step.intent_name or "")


def _is_interruptible(session: Mapping[str, str]) -> bool:
    """Return whether the caller may speak into a prompt, as Lex V2 lets them unless it is told not to."""
    return session.get("x-amz-lex:allow-interrupt:*:*", "true").casefold() != "false"


def _hear(call: Call, session: Mapping[str, str]) -> tuple[str | None, Mode]:
    """Return what the bot hears once the caller has come to an end, and how it came."""
    turn = listen(call, "speech", _seconds(session, "audio:start-timeout-ms"))
    if isinstance(turn, Said):
        call.wait(_seconds(session, "audio:end-timeout-ms"))
        return turn.text.strip() or None, "Speech"
    if isinstance(turn, Pressed):
        digits, end, _ = turn.digits.partition(session.get("x-amz-lex:dtmf:end-character:*:*", "#"))
        if not end:
            call.wait(_seconds(session, "dtmf:end-timeout-ms"))
        return digits or None, "DTMF"
    return None, "Speech"


def _seconds(session: Mapping[str, str], name: str) -> float:
    return _milliseconds(session, name) / 1000


def _milliseconds(session: Mapping[str, str], name: str) -> int:
    """Return a time-out that a session attribute sets for every intent and slot."""
    value = session.get(f"x-amz-lex:{name}:*:*", "")
    return int(value) if value.isdecimal() else _DEFAULTS_MS[name]
