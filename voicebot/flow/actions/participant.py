"""Parameters of the participant actions: what the caller hears and answers."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from voicebot.flow.kinds import (
    AnyJson,
    Dynamic,
    DynamicMap,
    Number,
    Parameters,
    Prompt,
    RequiredPrompt,
    Single,
    Static,
    Truth,
    WholeSeconds,
)


class MessageParticipant(RequiredPrompt):
    """Play one prompt."""

    skip_when_dtmf_buffer_enabled: Truth | None = Field(default=None, alias="SkipWhenDTMFBufferEnabled")


class MessageParticipantIteratively(Parameters):
    """Play prompts in a circle, in queue and hold flows."""

    messages: tuple[RequiredPrompt, ...] = Field(min_length=1)
    interrupt_frequency_seconds: WholeSeconds | None = None
    continue_messaging_during_interrupt: Truth | None = None


class LexV2Bot(Parameters):
    """A Lex V2 bot by its alias."""

    alias_arn: Dynamic


class LexV1Bot(Parameters):
    """A Lex V1 bot; Lex V1 ended on 2025-09-15."""

    name: Dynamic
    region: Dynamic
    alias: Dynamic


class LexTimeoutSeconds(Parameters):
    """The chat timer; speech has its time-outs in session attributes."""

    text: Static | None = None


class ConnectParticipantWithLexBot(RequiredPrompt):
    """Play a prompt, then let a Lex bot talk with the caller."""

    lex_v2_bot: LexV2Bot | None = Field(default=None, alias="LexV2Bot")
    lex_bot: LexV1Bot | None = None
    lex_session_attributes: DynamicMap = Field(default_factory=dict)
    lex_initialization_data: AnyJson = None
    lex_timeout_seconds: LexTimeoutSeconds | None = None

    @model_validator(mode="after")
    def _one_bot(self) -> "ConnectParticipantWithLexBot":
        if (self.lex_v2_bot is None) == (self.lex_bot is None):
            raise ValueError("give exactly one of LexV2Bot, LexBot")
        return self


class PhoneNumberValidation(Parameters):
    """The keyed digits must be a phone number."""

    number_format: Literal["Local", "E164"]
    country_code: Static | None = None

    @model_validator(mode="after")
    def _country(self) -> "PhoneNumberValidation":
        if self.number_format == "Local" and not self.country_code:
            raise ValueError("NumberFormat Local needs CountryCode")
        return self


class CustomValidation(Parameters):
    """The keyed digits have a longest length."""

    maximum_length: WholeSeconds


class InputValidation(Parameters):
    """How stored input is checked: exactly one of the two."""

    phone_number_validation: PhoneNumberValidation | None = None
    custom_validation: CustomValidation | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> "InputValidation":
        if (self.phone_number_validation is None) == (self.custom_validation is None):
            raise ValueError("give exactly one of PhoneNumberValidation, CustomValidation")
        return self


class InputEncryption(Parameters):
    """The key that stored input is encrypted with."""

    encryption_key_id: Single
    key: Single


class DtmfConfiguration(Parameters):
    """How keys are collected."""

    input_termination_sequence: Annotated[Static, Field(max_length=5)] | None = None
    disable_cancel_key: Truth = False
    interdigit_time_limit_seconds: Annotated[Number, Field(ge=1, le=20)] | None = None


class GetParticipantInput(Prompt):
    """Play a prompt and collect keys: one to branch on, or several to store.

    The same action with `EnableDTMFBuffer` is the console's "Set touchtone buffer behavior" and collects nothing.
    """

    input_time_limit_seconds: WholeSeconds | None = None
    store_input: Truth = False
    input_validation: InputValidation | None = None
    input_encryption: InputEncryption | None = None
    dtmf_configuration: DtmfConfiguration | None = Field(default=None, alias="DTMFConfiguration")
    enable_dtmf_buffer: Truth | None = Field(default=None, alias="EnableDTMFBuffer")

    @model_validator(mode="after")
    def _collects(self) -> "GetParticipantInput":
        if self.enable_dtmf_buffer is not None:
            return self
        if not self.given():
            raise ValueError("give one of PromptId, Text, SSML, Media")
        if self.input_time_limit_seconds is None:
            raise ValueError("InputTimeLimitSeconds is missing")
        if self.store_input != (self.input_validation is not None):
            raise ValueError("InputValidation is given if and only if StoreInput is True")
        if self.input_encryption and not (self.input_validation and self.input_validation.custom_validation):
            raise ValueError("InputEncryption needs InputValidation.CustomValidation")
        return self
