"""Provider keys."""

from pydantic import SecretStr

from voicebot.settings.base import Slice


class KeysSettings(Slice):
    """Provider keys, by their providers' own environment names, and secrets of our own."""

    secret: str | None = None
    elevenlabs: SecretStr | None = None
    openai: SecretStr | None = None
    minimax: SecretStr | None = None
    fish: SecretStr | None = None
    numbers: SecretStr | None = None
    webhook: SecretStr | None = None
