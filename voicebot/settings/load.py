"""Settings: defaults < config file < environment < options, in one frozen object.

`load` is the only function in the project that reads a configuration file or the environment. Each part of voicebot
receives its own slice and never the whole tree.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, SecretStr, ValidationError

from voicebot.errors import ConfigError
from voicebot.settings.environment import ENVIRONMENT, PREFIX, TTS_MODES
from voicebot.settings.invalid import said
from voicebot.settings.tree import Settings


@dataclass(frozen=True)
class Source:
    """A value and where it came from: ``default``, a file, ``env NAME`` or ``option``."""

    value: object
    origin: str


@dataclass(frozen=True)
class Loaded:
    """Settings together with the origin of each dotted key that is not a default."""

    settings: Settings
    origins: Mapping[str, str]

    def rows(self) -> list[tuple[str, object, str]]:
        """Return (dotted key, value, origin) of every setting; secrets are masked."""
        return [(key, value, self.origins.get(key, "default")) for key, value in _flatten(self.settings)]


def load(
    path: Path | None = None, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings of this process. See `load_with_origins`."""
    return load_with_origins(path, env, overrides).settings


def load_with_origins(
    path: Path | None = None, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
) -> Loaded:
    """Return the settings and where each value came from.

    Args:
        path: The configuration file; without it VOICEBOT_CONFIG, then ./config.yaml, then ~/.config/voicebot/config.yaml.
        env: The environment; the process's own when left out.
        overrides: Dotted keys set on the command line.

    Raises:
        ConfigError: A file that cannot be read, an unknown key or a wrong type; names the file and the dotted key.
    """
    env = os.environ if env is None else env
    values: dict[str, Source] = {}
    file = _config_file(path, env)
    if file is not None:
        values.update({key: Source(value, str(file)) for key, value in _read_yaml(file)})
    values.update(_from_environment(env))
    values.update({key: Source(value, "option") for key, value in (overrides or {}).items() if value is not None})
    try:
        settings = Settings.model_validate(_nest(values))
    except ValidationError as exc:
        raise _explain(exc, values) from exc
    settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser()})
    return Loaded(settings, {key: source.origin for key, source in values.items()})


def _config_file(path: Path | None, env: Mapping[str, str]) -> Path | None:
    named = path or (Path(env["VOICEBOT_CONFIG"]) if env.get("VOICEBOT_CONFIG") else None)
    if named is not None:
        return named.expanduser()
    home = Path(env.get("HOME", "~")).expanduser()
    for candidate in (Path("config.yaml"), home / ".config" / "voicebot" / "config.yaml"):
        if candidate.is_file():
            return candidate
    return None


def _read_yaml(file: Path) -> list[tuple[str, object]]:
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(
            f"{file}: cannot be read: {exc.strerror}", hint="give another file with --config, or make this one readable"
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {exc.start})", hint="save it as UTF-8") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{file}:{where} is not valid YAML: {getattr(exc, 'problem', None) or 'cannot be parsed'}",
            hint="see config.example.yaml",
        ) from exc
    if tree is None:
        return []
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{file}: must hold keys and values, not a {type(tree).__name__}", hint="see config.example.yaml"
        )
    return list(_dotted(tree))


def _dotted(tree: Mapping[Any, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            if not value:
                continue
            yield from _dotted(value, f"{name}.")
        else:
            yield name, value


def _from_environment(env: Mapping[str, str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, key in ENVIRONMENT.items():
        if env.get(name):
            value = env[name]
            if name == "TTS_MODE":
                if value not in TTS_MODES:
                    raise ConfigError(f"environment TTS_MODE: must be one of {', '.join(TTS_MODES)}")
                value = TTS_MODES[value]
            found[key] = Source(value, f"env {name}")
    for name, value in env.items():
        if name.startswith(PREFIX) and name != "VOICEBOT_CONFIG" and value:
            found[name.removeprefix(PREFIX).lower().replace("__", ".")] = Source(value, f"env {name}")
    return found


def _nest(values: Mapping[str, Source]) -> dict[str, object]:
    tree: dict[str, Any] = {}
    for key, source in values.items():
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            child = node.setdefault(parent, {})
            if not isinstance(child, dict):
                node[parent] = child = {}
            node = child
        node[last] = source.value
    return tree


def _explain(exc: ValidationError, values: Mapping[str, Source]) -> ConfigError:
    """Return one error that names where each wrong value stands; the values themselves stay out of it."""
    parts = []
    for error in exc.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in error["loc"])
        origin = next((s.origin for k, s in values.items() if k == key or k.startswith(f"{key}.")), "settings")
        problem = "unknown key" if error["type"] == "extra_forbidden" else said(error)
        parts.append(f"{origin}: {key}: {problem}")
    return ConfigError("; ".join(parts), hint="config.example.yaml lists every key with its type and meaning")


def _flatten(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value) if isinstance(value, SecretStr | Path) else value
