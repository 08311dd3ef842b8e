"""The speech engines by name; an engine's module is imported when it is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any, cast

from voicebot.errors import ConfigError
from voicebot.tts.protocol import SpeechEngine

ENGINES = {
    "local": "voicebot.tts.engines.local:LocalTts",
    "fish": "voicebot.tts.engines.fish:FishTts",
    "eleven": "voicebot.tts.engines.eleven:ElevenTts",
    "minimax": "voicebot.tts.engines.minimax:MinimaxTts",
    "gpt": "voicebot.tts.engines.gpt.engine:GptTts",
    "openvoice": "voicebot.tts.engines.openvoice:OpenVoiceTts",
    "gateway": "voicebot.tts.engines.gateway:GatewayTts",
    "polly": "voicebot.tts.engines.polly:PollyTts",
    "supertonic": "voicebot.tts.engines.supertonic:SupertonicTts",
}

EXTRAS: dict[str, str] = {"polly": "aws", "supertonic": "supertonic"}
"""The extra to install for an engine that needs more than the core."""

NEEDS: Mapping[str, Mapping[str, str]] = {
    "fish": {"key": "keys.fish", "url": "tts.url"},
    "eleven": {"key": "keys.elevenlabs"},
    "minimax": {"key": "keys.minimax"},
    "gpt": {"key": "keys.openai"},
    "openvoice": {
        "url": "tts.url",
        "speed": "tts.openvoice_speed",
        "target_embedding": "tts.openvoice_target_embedding",
    },
    "gateway": {"gateway": "gateway"},
    "polly": {"region": "aws.region"},
}
"""What an engine takes beside its own slice of the settings: argument -> dotted key of the setting."""


def build_engine(name: str, settings: object, **needs: object) -> SpeechEngine:
    """Return an engine without wrappers.

    Args:
        name: A key of `ENGINES`.
        settings: The engine's own slice of the settings.
        needs: Values of the settings that `NEEDS` names.

    Raises:
        ConfigError: There is no such engine, or a package that it needs is not installed.
    """
    if name not in ENGINES:
        raise ConfigError(f"there is no speech engine {name!r}", hint=f"the engines are: {', '.join(sorted(ENGINES))}")
    return cast("SpeechEngine", load_object(ENGINES[name], EXTRAS.get(name), f"the engine {name}")(settings, **needs))


def load_object(target: str, extra: str | None = None, what: str = "") -> Any:
    """Return what "module:name" names.

    Args:
        target: The module and the name.
        extra: The extra of voicebot that brings along what the module needs.
        what: What needs it, in a person's words; the name where there are none.

    Raises:
        ConfigError: The module needs a package that is not installed, or has no such name.
    """
    module_name, _, name = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as exc:
        package = (exc.name or module_name).partition(".")[0]
        if package == "voicebot":
            raise
        wanted = f"'voicebot[{extra}]'" if extra else package
        raise ConfigError(f"{what or name} needs the package {package}", hint=f"pip install {wanted}") from exc
    if not hasattr(module, name):
        raise ConfigError(f"{target}: the module has no {name!r}", hint="it is written module:class")
    return getattr(module, name)
