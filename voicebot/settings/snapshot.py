"""Settings that were validated when a function was packaged, for a start that pays for no validation.

A package carries two files: ``settings.json``, a configuration file like any other but with every key, and
``settings.kinds.json``, the kind of each key. From them and the environment the same values are made as `load` makes,
without loading pydantic, which takes a cold start longer than all the rest of a small handler. What is not plain - a
number or a choice that the environment changes, a key that it misspells - is left to `load`, with its checks and its
errors. Secrets are never in a snapshot.
"""

import json
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from voicebot.settings.environment import ENVIRONMENT, PREFIX

if TYPE_CHECKING:
    from pydantic import BaseModel

    from voicebot.settings.tree import Settings

SETTINGS_FILE = "settings.json"
KINDS_FILE = "settings.kinds.json"

_OTHERS = frozenset({"VOICEBOT_CONFIG"})
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class Secret:
    """A secret as pydantic's `SecretStr` has it, without pydantic: it never shows by accident."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('**********')"


def snapshot(settings: "Settings") -> dict[str, str]:
    """Return the text of both files of a snapshot by name."""
    kinds = dict(_kinds(type(settings)))
    tree: dict[str, Any] = {}
    for key, kind in kinds.items():
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        value = None if kind == "secret" else _at(settings, key)
        node[last] = str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
    return {
        name: json.dumps(part, ensure_ascii=False, indent=1)
        for name, part in ((SETTINGS_FILE, tree), (KINDS_FILE, kinds))
    }


def load_snapshot(folder: Path, env: Mapping[str, str]) -> "Settings":
    """Return the settings of a packaged function: its snapshot's, changed by the environment.

    Raises:
        ConfigError: The environment has a key or a value that no setting takes.
    """
    file = folder / SETTINGS_FILE
    if not file.is_file():
        from voicebot.settings.load import load

        return load(env=env)
    tree = json.loads(file.read_text(encoding="utf-8"))
    kinds: dict[str, str] = json.loads((folder / KINDS_FILE).read_text(encoding="utf-8"))
    changes = dict(_changes(env, kinds, tree))
    if None in changes.values():
        from voicebot.settings.load import load

        return load(file, env)
    settings = _plain(tree)
    for key, kind in kinds.items():
        *parents, last = key.split(".")
        node = settings
        for parent in parents:
            node = getattr(node, parent)
        value = changes[key] if key in changes else getattr(node, last)
        setattr(node, last, _MAKE[kind](value) if value is not None else None)
    settings.data_dir = settings.data_dir.expanduser()
    return typing.cast("Settings", settings)


def _changes(
    env: Mapping[str, str], kinds: Mapping[str, str], tree: Mapping[str, Any]
) -> Iterator[tuple[str, str | None]]:
    """Yield the settings that the environment changes, with None for what only `load` can judge."""
    for name, value in env.items():
        if name in _OTHERS or not value or not (name in ENVIRONMENT or name.startswith(PREFIX)):
            continue
        key = ENVIRONMENT.get(name) or name.removeprefix(PREFIX).lower().replace("__", ".")
        kind = kinds.get(key, "unknown")
        is_plain = kind in ("text", "path", "secret") or (kind == "truth" and value.lower() in _BOOLEANS)
        if name == "TTS_MODE" or not is_plain:
            if kind in ("unknown", "list") or str(_in(tree, key)) != value:
                yield key, None
            continue
        yield key, value


def _kinds(model: "type[BaseModel]", prefix: str = "") -> Iterator[tuple[str, str]]:
    from pydantic import BaseModel, SecretStr

    kind_of = {SecretStr: "secret", Path: "path", str: "text", bool: "truth"}
    for name, field in model.model_fields.items():
        options = typing.get_args(field.annotation) if _is_union(field.annotation) else (field.annotation,)
        annotation = next(one for one in options if one is not types.NoneType)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _kinds(annotation, f"{prefix}{name}.")
        elif typing.get_origin(annotation) is tuple:
            yield f"{prefix}{name}", "list"
        else:
            is_limited = bool(field.metadata)
            yield f"{prefix}{name}", "value" if is_limited else kind_of.get(typing.cast("Any", annotation), "value")


def _is_union(annotation: object) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _at(settings: object, key: str) -> Any:
    for part in key.split("."):
        settings = getattr(settings, part)
    return settings


def _in(tree: Mapping[str, Any], key: str) -> Any:
    node: Any = tree
    for part in key.split("."):
        node = node.get(part)
    return node


class _Plain(SimpleNamespace):
    """A slice of the settings."""

    def model_dump(self, mode: str) -> dict[str, Any]:
        """Return the slice as JSON can hold it, as pydantic's models do; `mode` is always ``json``."""
        return {name: _dumped(value, mode) for name, value in vars(self).items()}


def _dumped(value: Any, mode: str) -> Any:
    if isinstance(value, _Plain):
        return value.model_dump(mode)
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path | Secret) else value


def _plain(tree: Mapping[str, Any]) -> _Plain:
    return _Plain(**{key: _plain(one) if isinstance(one, dict) else one for key, one in tree.items()})


_MAKE: Mapping[str, Callable[[Any], Any]] = {
    "secret": Secret,
    "path": Path,
    "text": str,
    "truth": lambda value: _BOOLEANS[value.lower()] if isinstance(value, str) else value,
    "list": tuple,
    "value": lambda value: value,
}
