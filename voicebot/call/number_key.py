"""The secret with which numbers are hashed."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from voicebot.disk import explained
from voicebot.errors import ConfigError

SHORTEST = 32
"""Characters."""


def given_key(secret: str | None) -> bytes:
    """Return the secret of the settings.

    Raises:
        ConfigError: There is none, or it is too short to be one.
    """
    if not secret or len(secret) < SHORTEST:
        raise ConfigError(
            f"keys.numbers must be set: a secret of at least {SHORTEST} characters that phone numbers are hashed with",
            hint="make one with: openssl rand -hex 32, keep it in Secrets Manager, set VOICEBOT_KEYS__NUMBERS",
        )
    return secret.encode()


def kept_key(path: Path, on_made: Callable[[bytes], object] = lambda key: None) -> bytes:
    """Return the secret in a file that only this user can read; it is made on first use.

    Args:
        path: The file.
        on_made: Is told of a key that was made just now.

    Raises:
        ConfigError: The file cannot be read or made, or is not such a secret.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
            try:
                os.link(beside, path)
            finally:
                os.unlink(beside)
            on_made(path.read_bytes().strip())
        key = path.read_bytes().strip()
    if len(key) < SHORTEST:
        raise ConfigError(f"{path}: is not a secret of {SHORTEST} characters", hint="move the file away")
    return key
