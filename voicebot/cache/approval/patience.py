"""Steps that are worth another try when a store fails for a moment."""

import logging
from collections.abc import Callable
from typing import TypeVar

from voicebot.clock import Clock
from voicebot.errors import StorageError

PAUSES_S = (0.1, 0.5)
"""Before the second and the third try; a store that still fails then is taken to be down."""

_log = logging.getLogger(__name__)

_T = TypeVar("_T")


def patiently(clock: Clock, step: Callable[[], _T]) -> _T:
    """Return what a step returns that can be repeated, tried again after a pause when a store fails.

    Raises:
        StorageError: It failed to the end.
    """
    for pause_s in PAUSES_S:
        try:
            return step()
        except StorageError as exc:
            _log.info("%s; once more", exc.message)
            clock.sleep(pause_s)
    return step()
