"""What can go wrong, as one tree.

::

    VoicebotError
     ├── InputError          what the user gave cannot be used: a text, a file, a line, an option
     │    └── FlowError      a contact flow that cannot be run or published
     ├── ConfigError         settings, credentials, a missing package, a data directory that cannot be used
     ├── NotFoundError       a clip, answer, session or flow that does not exist
     │    └── VoiceNotFoundError  an engine has no such voice
     ├── ConflictError       somebody else changed the same thing first
     ├── RefusedError        a guard forbade it
     ├── EngineError         a speech or chat provider failed; says which, and whether trying again can help
     ├── StorageError        a store or disk cannot take or give data now: full, locked, unreachable
     └── GateError           a measured value is below the threshold that was asked for

This module knows no exit codes and no HTTP statuses: `cli/exits.py`, `web/errors.py` and `lambdas/replies.py` hold one
table each. Messages never contain a caller's words, phone numbers or secrets.
"""


class VoicebotError(Exception):
    """Anything voicebot raises on purpose.

    Args:
        message: One line that says what failed, and where.
        hint: One line that says what to do next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(VoicebotError):
    """What the user gave cannot be used."""


class FlowError(InputError):
    """A contact flow cannot be read, run or published.

    Args:
        message: What is wrong.
        block: The identifier of the block it is wrong in.
        hint: What to do next.
    """

    def __init__(self, message: str, *, block: str | None = None, hint: str | None = None) -> None:
        super().__init__(f"block {block!r}: {message}" if block else message, hint=hint)
        self.block = block


class ConfigError(VoicebotError):
    """Settings, credentials or an installed package do not allow this."""


class NotFoundError(VoicebotError):
    """Something named does not exist."""


class VoiceNotFoundError(NotFoundError):
    """A speech engine has no voice of that name.

    Args:
        engine: The engine's name.
        voice: The name; None where only the engine knows it.
        details: What the engine said: codes, never words.
        hint: Where the voices are listed.
    """

    def __init__(self, engine: str, voice: str | None, details: str = "", hint: str | None = None) -> None:
        named = f"there is no voice {voice!r}" if voice else "there is no such voice"
        super().__init__(
            f"{engine}: {named}{details}", hint=hint or f"voicebot voices list --engine {engine} shows the voices"
        )


class ConflictError(VoicebotError):
    """A conditional write lost: the stored version is not the one that was read."""


class RefusedError(VoicebotError):
    """A guard forbade it."""


class EngineError(VoicebotError):
    """A speech or chat engine failed.

    Args:
        message: What failed, without the text that was sent.
        engine: The engine's name.
        retryable: True when the same request may succeed later.
        retry_after_s: The provider's own word on when, in seconds.
        hint: What to do next.
    """

    def __init__(
        self,
        message: str,
        *,
        engine: str,
        retryable: bool,
        retry_after_s: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(f"{engine}: {message}", hint=hint)
        self.engine = engine
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class StorageError(VoicebotError):
    """A store or a disk cannot take or give data now."""


class GateError(VoicebotError):
    """A measured value did not reach the threshold that was asked for."""
