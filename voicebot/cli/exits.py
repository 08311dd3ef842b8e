"""The exit codes, and which error ends with which."""

from collections.abc import Mapping
from enum import IntEnum

from voicebot.errors import (
    ConfigError,
    ConflictError,
    EngineError,
    FlowError,
    GateError,
    InputError,
    NotFoundError,
    RefusedError,
    StorageError,
    VoicebotError,
    VoiceNotFoundError,
)


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    UNFORESEEN = 1
    USAGE = 2
    CONFIGURATION = 3
    NOT_FOUND = 4
    REFUSED = 5
    UNAVAILABLE = 6
    GATE = 7
    INTERRUPTED = 130


EXITS: Mapping[type[VoicebotError], Exit] = {
    VoicebotError: Exit.UNFORESEEN,
    InputError: Exit.USAGE,
    FlowError: Exit.USAGE,
    ConfigError: Exit.CONFIGURATION,
    NotFoundError: Exit.NOT_FOUND,
    VoiceNotFoundError: Exit.NOT_FOUND,
    ConflictError: Exit.UNAVAILABLE,
    RefusedError: Exit.REFUSED,
    EngineError: Exit.REFUSED,
    StorageError: Exit.UNAVAILABLE,
    GateError: Exit.GATE,
}


def exit_for(error: VoicebotError) -> Exit:
    """Return the exit code of `error`: its own entry, or its nearest ancestor's."""
    if isinstance(error, EngineError):
        return Exit.UNAVAILABLE if error.retryable else Exit.REFUSED
    return next(EXITS[kind] for kind in type(error).__mro__ if kind in EXITS)
