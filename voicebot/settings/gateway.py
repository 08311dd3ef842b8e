"""Settings of the bridge to another voicebot."""

from pydantic import SecretStr

from voicebot.settings.base import Slice


class GatewaySettings(Slice):
    """The bridge API of another voicebot (the earlier system's NIPA service)."""

    base_url: str | None = None
    auth: SecretStr | None = None
    eleven_url: str | None = None
    eleven_brain_url: str | None = None
    gpt_voice_url: str | None = None
