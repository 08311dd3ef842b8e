"""What every part of the settings is made of."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Slice(BaseModel):
    """A part of the settings: frozen, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _split(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list; as an environment variable its parts stand between commas."""
