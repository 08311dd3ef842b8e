"""voicebot: Korean phone bots on Amazon Connect, Lex V2 and Lambda - or on one machine, with no account and no key."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicebot.client import Voicebot
    from voicebot.errors import VoicebotError
    from voicebot.settings.load import load
    from voicebot.settings.tree import Settings

__all__ = ["Settings", "Voicebot", "VoicebotError", "__version__", "load"]

__version__ = "0.1.0"

_HOMES = {
    "Settings": "voicebot.settings.tree",
    "Voicebot": "voicebot.client",
    "VoicebotError": "voicebot.errors",
    "load": "voicebot.settings.load",
}


def __getattr__(name: str) -> Any:
    """Return a public name, imported when it is first asked for: the command line starts without any of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'voicebot' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
