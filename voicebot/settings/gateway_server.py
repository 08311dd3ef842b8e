"""Settings of `voicebot serve --gateway`."""

from pathlib import Path

from pydantic import Field

from voicebot.settings.base import Slice


class GatewayServerSettings(Slice):
    """The bridge for other programs. The limits are those of a token that has none of its own in the file."""

    port: int = Field(8080, ge=0, le=65535)
    tokens_file: Path | None = None
    requests_per_minute: int = Field(300, ge=1)
    concurrent: int = Field(32, ge=1)
    characters_per_day: int | None = Field(None, ge=0)
    calls_per_day: int | None = Field(None, ge=0)
