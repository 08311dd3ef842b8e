"""Two things that all processes share: the kill switch, and the pace at which calls go out."""

from voicebot.call.guard.audit import AuditLog
from voicebot.call.records import Document, RecordStore
from voicebot.clock import Clock

KIND = "switch"
STOPPED = "stop-all"
PACE = "pace"
LONGEST_PAUSE_S = 5.0


class KillSwitch:
    """While it is on, no call goes out, from any process.

    Args:
        records: Where it is kept.
        audit: Is told.
        clock: When.
    """

    def __init__(self, records: RecordStore, audit: AuditLog, clock: Clock) -> None:
        self._records = records
        self._audit = audit
        self._clock = clock

    def is_on(self) -> bool:
        """Return whether calls are stopped."""
        record = self._records.get(KIND, STOPPED)
        return record is not None and bool(record.document["is_on"])

    def set(self, is_on: bool, reason: str = "") -> None:
        """Stop all calls, or lift that."""
        self._records.change(KIND, STOPPED, self._clock.now(), lambda old: {"is_on": is_on})
        self._audit.append("stop-all" if is_on else "stop-lifted", detail=reason)


class Pace:
    """Lets calls out one at a time, never closer to each other than the rate allows, whoever dials them.

    Args:
        records: Where the last call's moment is kept, so that a process that starts anew keeps the pace.
        clock: Time to wait by.
        per_second: The rate.
    """

    def __init__(self, records: RecordStore, clock: Clock, per_second: float) -> None:
        self._records = records
        self._clock = clock
        self._interval_s = 1.0 / per_second

    def take(self) -> None:
        """Return when a call may go out; the next one waits its turn from this moment on."""
        while (wait_s := self._claim()) > 0:
            self._clock.sleep(min(wait_s, LONGEST_PAUSE_S))

    def _claim(self) -> float:
        """Return 0 when this moment is ours, else how long to wait."""
        wait_s = 0.0

        def new(old: Document | None) -> Document | None:
            nonlocal wait_s
            now_s = self._clock.now()
            last_s = float(old["last_s"]) if old else 0.0
            is_put_back = last_s > now_s + self._interval_s  # the clock: that must not hold calls up for long
            wait_s = self._interval_s if is_put_back else max(0.0, last_s + self._interval_s - now_s)
            return {"last_s": now_s} if is_put_back or not wait_s else None

        self._records.change(KIND, PACE, self._clock.now(), new)
        return wait_s
