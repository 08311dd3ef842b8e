"""What every part of the settings is made of."""

from pydantic import BaseModel, ConfigDict


class Slice(BaseModel):
    """A part of the settings: frozen, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
