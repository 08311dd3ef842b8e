"""Secrets that stand in AWS Secrets Manager: one JSON document of names and values, put where no value is set.

A name is the one that the environment has for it (``OPENAI_API_KEY``) or the setting's own (``keys.openai``).
"""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from voicebot.errors import ConfigError
from voicebot.settings.environment import ENVIRONMENT
from voicebot.settings.snapshot import Secret

if TYPE_CHECKING:
    from voicebot.settings.tree import Settings

SECRET_KEYS = (
    "keys.elevenlabs",
    "keys.openai",
    "keys.minimax",
    "keys.fish",
    "keys.numbers",
    "keys.webhook",
    "gateway.auth",
    "web.token",
    "web.webhook_secret",
)
"""The settings that are secrets."""


def parse_secrets(text: str, name: str) -> dict[str, str]:
    """Return the values of a secret's document by the settings they belong to; other names are not ours to read.

    Args:
        text: The document.
        name: The secret's name, for the error.

    Raises:
        ConfigError: It is not a JSON object, or a value of ours is not a text.
    """
    hint = 'put {"OPENAI_API_KEY": "..."} into it'
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise ConfigError(f"secret {name}: is not JSON", hint=hint) from exc
    if not isinstance(document, dict):
        raise ConfigError(f"secret {name}: is not a JSON object", hint=hint)
    found = {}
    for given, value in document.items():
        key = ENVIRONMENT.get(given, given)
        if key not in SECRET_KEYS:
            continue
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"secret {name}: {given} is not a text", hint=hint)
        found[key] = value
    return found


def with_secrets(settings: "Settings", secrets: Mapping[str, str]) -> "Settings":
    """Return the settings with `secrets` where they have none of their own: what is set here goes before."""
    filled = copy.copy(settings)
    for section, values in _by_section(secrets):
        part = copy.copy(getattr(settings, section))
        for name, value in values.items():
            if getattr(part, name) is None:
                _put(part, name, Secret(value))
        _put(filled, section, part)
    return filled


def _by_section(secrets: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    sections: dict[str, dict[str, str]] = {}
    for key, value in secrets.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    yield from sections.items()


def _put(model: object, name: str, value: object) -> None:
    """Set an attribute of a copy; pydantic's frozen models keep theirs in the instance's dictionary."""
    vars(model)[name] = value
