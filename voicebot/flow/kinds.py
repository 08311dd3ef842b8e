"""The kinds of value that a flow parameter can hold.

Every kind says in its metadata (`Reach`) whether the flow language lets the value refer to the contact:
"static" (never), "single" (the whole value is one JSONPath, or plain), "dynamic" (references inside text).
Console exports write numbers and booleans as strings; both spellings are read.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/flow-language.html
"""

from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal

from voicebot.flow.references import is_reference

TEXT_LIMIT = 6000
"""The most characters of one prompt, with its tags."""

BILLED_LIMIT = 3000
"""The most characters of one prompt that are spoken."""


class Reach(Enum):
    """How far a parameter's value may refer to the contact."""

    STATIC = "static"
    SINGLE = "single"
    DYNAMIC = "dynamic"


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | float):
        return str(value)
    return value


def _integer(value: object) -> object:
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def _integer_or_reference(value: object) -> object:
    return value if isinstance(value, str) and is_reference(value) else _integer(value)


def within(least: int, most: int) -> AfterValidator:
    """Return a check of a number that may be a reference, which is only known when the flow runs."""

    def check(value: int | str) -> int | str:
        if isinstance(value, int) and not least <= value <= most:
            raise ValueError(f"must be greater than or equal to {least} and less than or equal to {most}")
        return value

    return AfterValidator(check)


def _truth(value: object) -> object:
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    if not isinstance(value, bool):
        raise ValueError('must be "True" or "False"')
    return value


Static = Annotated[str, BeforeValidator(_text), Reach.STATIC]
Single = Annotated[str, BeforeValidator(_text), Reach.SINGLE]
Dynamic = Annotated[str, BeforeValidator(_text), Reach.DYNAMIC]
Number = Annotated[int, BeforeValidator(_integer), Reach.STATIC]
WholeOrReference = Annotated[int | str, BeforeValidator(_integer_or_reference), Reach.SINGLE]
WholeSeconds = Annotated[Number, Field(ge=1)]
Truth = Annotated[bool, BeforeValidator(_truth), Reach.STATIC]
DynamicMap = Annotated[dict[str, Dynamic], Reach.DYNAMIC]
AnyJson = Any
"""A value whose inside the runner never reads."""


class Parameters(BaseModel):
    """What every action's parameters have in common: frozen, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=False)


class NoParameters(Parameters):
    """An action without parameters."""


class UnmodelledParameters(Parameters):
    """The parameters of an action that is known by name only."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Media(Parameters):
    """An audio file in S3; `uri` is the https address of the object."""

    uri: Dynamic
    source_type: Static = "S3"
    media_type: Static = "Audio"


class Prompt(Parameters):
    """Something to play: at most one of a library prompt, text, SSML and an audio file."""

    prompt_id: Single | None = None
    text: Dynamic | None = None
    ssml: Dynamic | None = Field(default=None, alias="SSML")
    media: Media | None = None

    @model_validator(mode="after")
    def _at_most_one(self) -> "Prompt":
        if len(self.given()) > 1:
            raise ValueError(f"give only one of {', '.join(self.given())}")
        return self

    def given(self) -> list[str]:
        """Return the names of the prompt parameters that are set."""
        named = {"PromptId": self.prompt_id, "Text": self.text, "SSML": self.ssml, "Media": self.media}
        return [name for name, value in named.items() if value is not None]


class RequiredPrompt(Prompt):
    """A prompt that must be there."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "RequiredPrompt":
        if not self.given():
            raise ValueError("give one of PromptId, Text, SSML, Media")
        return self
