"""The facts that written answers leave open: prices, hours, addresses."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voicebot.disk import explained
from voicebot.errors import ConfigError

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+(?:\.[a-z0-9_]+)*)\}")


class Facts:
    """Fact values by dotted key.

    Args:
        values: Such as ``{"hours.weekday": "오전 9시부터 오후 6시까지"}``.
        origin: Where they come from, for error messages.
    """

    def __init__(self, values: Mapping[str, str], origin: str = "facts") -> None:
        self._values = values
        self._origin = origin

    @classmethod
    def load(cls, path: Path) -> "Facts":
        """Return the facts of a YAML file of nested mappings.

        Raises:
            ConfigError: The file is not such a file.
        """
        with explained(path):
            text = path.read_text(encoding="utf-8")
        tree = _parsed(text, path)
        if not isinstance(tree, dict):
            raise ConfigError(f"{path}: must hold keys and values")
        return cls(_flatten(tree), str(path))

    def fill(self, template: str) -> str:
        """Return `template` with each ``{section.key}`` replaced by its value.

        Raises:
            ConfigError: A fact is not known.
        """
        return _PLACEHOLDER.sub(self._value, template)

    def get(self, name: str) -> str:
        """Return one fact's value, or an empty string when it is not known."""
        return self._values.get(name, "")

    def branches(self) -> dict[str, str]:
        """Return the branches' names by the fact that holds each: those of which the way there is known."""
        return {
            name: value
            for name, value in self._values.items()
            if name.startswith("branch.") and f"{name}_way" in self._values
        }

    def missing(self, template: str) -> list[str]:
        """Return the placeholders of `template` that no fact fills."""
        return [name for name in _PLACEHOLDER.findall(template) if name not in self._values]

    def _value(self, match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in self._values:
            raise ConfigError(f"{self._origin}: the fact {name!r} is missing", hint=f"add {name} to the facts file")
        return self._values[name]


def _flatten(tree: Mapping[object, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = str(value)
    return flat


def _parsed(text: str, path: Path) -> Any:
    """Return what a YAML file holds. JSON is YAML too, and needs no YAML library: a function's package brings its facts so."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    import yaml

    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as exc:
        raise ConfigError(f"{path}: is not valid YAML") from exc
