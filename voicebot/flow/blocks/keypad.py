"""The block that collects keys."""

from voicebot.errors import FlowError
from voicebot.flow.actions.participant import DtmfConfiguration, GetParticipantInput
from voicebot.flow.blocks.listening import listen
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.blocks.speech import interruptible, play_prompt
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.ports import Pressed

_INTERDIGIT_S = 5
_PHONE_DIGITS = range(7, 16)


def get_participant_input(call: Call, parameters: GetParticipantInput) -> Continues:
    """Play the prompt and take keys: the result is the first one, unless several are to be stored.

    Stored input that never came is "Timeout", and the flow goes on unless the block has a branch for it.

    Source:
        https://docs.aws.amazon.com/connect/latest/adminguide/store-customer-input.html
    """
    if parameters.enable_dtmf_buffer is not None:
        return Continues()
    if parameters.input_encryption:
        raise FlowError("encrypted input cannot be taken on this machine", hint="run it without InputEncryption")
    with interruptible(call, "digits"):
        play_prompt(call, parameters)
    limit_s = parameters.input_time_limit_seconds or 0
    keys = listen(call, "digits", limit_s)
    if not isinstance(keys, Pressed):
        if parameters.store_input:
            call.contact.stored_input = "Timeout"
        detail = f"no key within {limit_s} s"
        raise BlockFailed(detail, "InputTimeLimitExceeded", is_mild=parameters.store_input)
    if not parameters.store_input:
        return Continues(keys.digits[0])
    call.contact.stored_input = _collected(call, keys.digits, parameters)
    return Continues()


def _collected(call: Call, keys: str, parameters: GetParticipantInput) -> str:
    """Return what of the keys is input, once its end is known."""
    config = parameters.dtmf_configuration or DtmfConfiguration()
    custom = parameters.input_validation and parameters.input_validation.custom_validation
    phone = parameters.input_validation and parameters.input_validation.phone_number_validation
    longest = custom.maximum_length if custom else None
    digits, end, _ = keys.partition(config.input_termination_sequence or "#")
    if not config.disable_cancel_key:
        digits = digits.rpartition("*")[2]
    if not end and (longest is None or len(digits) < longest):
        call.wait(config.interdigit_time_limit_seconds or _INTERDIGIT_S)
    if phone and not (digits.isdecimal() and len(digits) in _PHONE_DIGITS):
        raise BlockFailed("the keys are not a phone number", "InvalidPhoneNumber")
    return digits[:longest]
