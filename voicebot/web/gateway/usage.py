"""What each token has used today, kept over a restart."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from voicebot.disk import write_atomically
from voicebot.errors import VoicebotError

Kind = Literal["characters", "calls"]

DAY_S = 86_400
SEOUL_S = 9 * 3600
"""Seoul is so far ahead of UTC, all the year."""

_log = logging.getLogger(__name__)


class Usage:
    """Counts by token, anew each day of Seoul.

    Args:
        path: Where the counts are kept.
        now: Seconds since the Unix epoch.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._day, self._counts = self._load()
        self._is_saved = True

    def charge(self, name: str, kind: Kind, amount: int, limit: int | None) -> float | None:
        """Count what a token asks for.

        Args:
            name: The token's name.
            kind: What is counted.
            amount: How much.
            limit: The most in a day; None for no limit.

        Returns:
            None, or the seconds until it may be asked for if it would be more than the limit; then nothing is counted.
        """
        with self._lock:
            today = self._today()
            if today != self._day:
                self._day, self._counts = today, {}
            counts = self._counts.setdefault(name, {})
            used = counts.get(kind, 0) + amount
            if limit is not None and used > limit:
                return (today + 1) * DAY_S - SEOUL_S - self._now()
            counts[kind] = used
            self._is_saved = self._is_saved and not amount
            return None

    def save(self) -> None:
        """Write the counts down if they have changed. A disk that cannot take them stops nobody."""
        with self._saving:
            with self._lock:
                if self._is_saved:
                    return
                text = json.dumps({"day": self._day, "counts": self._counts})
                self._is_saved = True
            try:
                write_atomically(self._path, text.encode())
            except VoicebotError as exc:
                _log.error("what tokens have used today could not be written down: %s", exc.message)

    def _today(self) -> int:
        return int(self._now() + SEOUL_S) // DAY_S

    def _load(self) -> tuple[int, dict[str, dict[str, int]]]:
        try:
            tree = json.loads(self._path.read_bytes())
            counts = {
                str(name): {str(kind): int(count) for kind, count in one.items()}
                for name, one in tree["counts"].items()
            }
            return int(tree["day"]), counts
        except FileNotFoundError:
            return self._today(), {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            _log.warning("%s cannot be read; today's counts begin anew", self._path)
            return self._today(), {}
