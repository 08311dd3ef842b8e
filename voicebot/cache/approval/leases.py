"""Leases that last as long as whoever holds them works."""

import logging
import os
import socket
import threading
import uuid
from types import TracebackType

from voicebot.cache.protocol import Inbox
from voicebot.errors import VoicebotError

_log = logging.getLogger(__name__)


class Leases:
    """Extends the leases on inbox items while the block runs.

    A lease can then be short, so that what a dead process held is soon free again, and yet outlast a slow engine or a
    person who thinks.

    Args:
        inbox: Whose items.
        lease_s: How long a lease lasts; it is extended three times as often.
        owner: Who holds the items; a name of this process by default.
    """

    def __init__(self, inbox: Inbox, lease_s: float, owner: str = "") -> None:
        self.owner = owner or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.lease_s = lease_s
        self._inbox = inbox
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._extend, name="leases", daemon=True)

    def __enter__(self) -> "Leases":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def hold(self, *item_ids: str) -> None:
        """Extend the leases on these from now on."""
        with self._lock:
            self._held.update(item_ids)

    def drop(self, item_id: str) -> None:
        """Leave this one alone from now on."""
        with self._lock:
            self._held.discard(item_id)

    def _extend(self) -> None:
        while not self._is_over.wait(self.lease_s / 3):
            with self._lock:
                held = sorted(self._held)
            if not held:
                continue
            try:
                self._inbox.extend(held, self.lease_s, self.owner)
            except VoicebotError as exc:  # the leases run out, and whatever is lost is done by others
                _log.warning("leases were not extended: %s", exc.message)


def is_dead_here(owner: str) -> bool:
    """Return whether `owner` is a process of this machine that has ended."""
    host, pid, *_ = [*owner.split(":"), "", ""]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
