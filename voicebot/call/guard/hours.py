"""Korean time, and the hours in which nobody is called.

Source:
    Network Act, article 50, paragraph 3: no advertising from 21:00 to 08:00 without a consent of its own.
"""

import math
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voicebot.clock import Clock
from voicebot.errors import ConfigError

SEOUL = "Asia/Seoul"
CLOSES = time(21)
"""From this moment on nobody is called ..."""
OPENS = time(8)
"""... until this one."""

_EARLIEST_S = datetime.fromisoformat("2025-01-01T00:00:00+00:00").timestamp()
_LATEST_S = datetime.fromisoformat("2100-01-01T00:00:00+00:00").timestamp()


class SeoulTime:
    """What time it is where the phones ring.

    Args:
        clock: The time.
        zone: The zone's name.
    """

    def __init__(self, clock: Clock, zone: str = SEOUL) -> None:
        self._clock = clock
        self._zone = zone

    def now(self) -> datetime:
        """Return the time in Korea.

        Raises:
            ConfigError: The zone is not known here, or the clock shows a time that cannot be.
        """
        now_s = self._clock.now()
        if not math.isfinite(now_s) or not _EARLIEST_S <= now_s < _LATEST_S:
            raise ConfigError("this machine's clock shows a time that cannot be", hint="set the clock")
        return self.at(now_s)

    def at(self, at_s: float) -> datetime:
        """Return a moment, in seconds since the Unix epoch, as the time in Korea.

        Raises:
            ConfigError: The zone is not known here.
        """
        try:
            return datetime.fromtimestamp(at_s, ZoneInfo(self._zone))
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ConfigError(f"the time zone {self._zone} is not known here", hint="pip install tzdata") from exc


def is_quiet(now: datetime) -> bool:
    """Return whether nobody may be called: 21:00:00 is quiet, 08:00:00 is not."""
    return now.time() >= CLOSES or now.time() < OPENS


def next_change(now: datetime) -> datetime:
    """Return when the quiet hours begin, or end."""
    wanted = OPENS if is_quiet(now) else CLOSES
    day = now.date() + timedelta(days=1) if now.time() >= CLOSES else now.date()
    return datetime.combine(day, wanted, now.tzinfo)


def parse_moment(text: str, zone: str = SEOUL) -> float:
    """Return a Korean date and time such as ``2026-11-25 10:00`` in seconds since the Unix epoch.

    Raises:
        ValueError: It is not one.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
