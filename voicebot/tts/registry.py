"""The speech engines by name; an engine's module is imported when it is asked for."""

import importlib
from typing import Any, cast

from voicebot.errors import ConfigError
from voicebot.tts.protocol import SpeechEngine

ENGINES = {
    "local": "voicebot.tts.engines.local:LocalTts",
}

EXTRAS: dict[str, str] = {}
"""The extra to install for an engine that needs more than the core."""


def build_engine(name: str, settings: object) -> SpeechEngine:
    """Return an engine without wrappers.

    Args:
        name: A key of `ENGINES`.
        settings: The engine's own slice of the settings.

    Raises:
        ConfigError: There is no such engine, or a package that it needs is not installed.
    """
    if name not in ENGINES:
        raise ConfigError(f"there is no speech engine {name!r}", hint=f"the engines are: {', '.join(sorted(ENGINES))}")
    return cast("SpeechEngine", load_object(ENGINES[name], extra=EXTRAS.get(name))(settings))


def load_object(target: str, *, extra: str | None = None) -> Any:
    """Return what "module:name" names.

    Raises:
        ConfigError: The module needs a package that is not installed.
    """
    module_name, _, name = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as exc:
        package = (exc.name or module_name).partition(".")[0]
        if package == "voicebot":
            raise
        wanted = f"'voicebot[{extra}]'" if extra else package
        raise ConfigError(f"{name} needs the package {package}", hint=f"pip install {wanted}") from exc
    return getattr(module, name)
