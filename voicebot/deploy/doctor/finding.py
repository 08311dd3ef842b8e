"""What the doctor says: a line a thing, with what to do about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from voicebot.errors import ConfigError, EngineError, GateError, StorageError, VoicebotError

State = Literal["ok", "warning", "problem", "unreachable", "unknown"]

MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM", "unreachable": "UNREACHABLE", "unknown": "unknown"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        area: Where it belongs: machine, data, voice, model, account, stores, functions, connect, lex, keys.
        what: The thing.
        state: ``ok``; ``warning``: works, but; ``problem``: has to be set up; ``unreachable``: try again; ``unknown``:
            could not be looked at.
        detail: What was found.
        fix: What to do about it.
    """

    area: str
    what: str
    state: State
    detail: str = ""
    fix: str = ""

    @property
    def line(self) -> str:
        """The finding as one line."""
        detail = f": {self.detail}" if self.detail else ""
        fix = f" -> {self.fix}" if self.fix else ""
        return f"{MARKS[self.state]:<11} {self.area}  {self.what}{detail}{fix}"


Look = Callable[[], Iterable[Finding]]
"""Looks at one area."""


def examine(area: str, what: str, look: Look) -> Iterator[Finding]:
    """Yield what `look` finds; what stops it is a finding too, and stops nothing else."""
    try:
        yield from look()
    except StorageError as exc:
        yield Finding(area, what, "unreachable", exc.message, exc.hint or "check the network and try again")
    except EngineError as exc:
        yield Finding(area, what, "unreachable" if exc.retryable else "problem", exc.message, exc.hint or "")
    except VoicebotError as exc:
        yield Finding(area, what, "problem", exc.message, exc.hint or "")


def check_findings(findings: Sequence[Finding], is_strict: bool = False) -> None:
    """Raise for what keeps voicebot from working.

    Raises:
        ConfigError: Something has to be set up.
        StorageError: Something is out of reach now.
        GateError: There are warnings, and `is_strict` asks for none.
    """
    count = {state: sum(one.state == state for one in findings) for state in MARKS}
    if count["problem"]:
        raise ConfigError(f"{_things(count['problem'])} to set up", hint="each line says what to do")
    if count["unreachable"]:
        raise StorageError(f"{_things(count['unreachable'])} out of reach", hint="try again later")
    if is_strict and count["warning"]:
        warnings = "1 warning" if count["warning"] == 1 else f"{count['warning']} warnings"
        raise GateError(warnings, hint="each line says what to do")


def _things(count: int) -> str:
    return f"{count} thing" if count == 1 else f"{count} things"
