"""What setting up a table or a bucket has in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from voicebot.clock import Clock
from voicebot.errors import StorageError

SETUP_HINT = "run: voicebot cache setup"

Action = Literal["created", "updated", "exists", "unsupported"]


@dataclass(frozen=True)
class SetupStep:
    """One thing that setup saw to: a table, an index, a bucket, one of their properties."""

    resource: str
    action: Action


def wait_until(is_done: Callable[[], bool], clock: Clock, timeout_s: float, pause_s: float, what: str) -> None:
    """Ask `is_done` every `pause_s` until it says so.

    Raises:
        StorageError: It did not within `timeout_s`.
    """
    deadline_s = clock.now() + timeout_s
    while not is_done():
        if clock.now() > deadline_s:
            raise StorageError(f"{what} is not ready after {timeout_s:.0f} s", hint="run the same command again")
        clock.sleep(pause_s)
