"""The audit log: one line for each refusal and each dial, never changed, with hashed numbers."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from voicebot.call.records import AUDIT, RecordStore
from voicebot.clock import Clock

_COUNT = itertools.count()
"""Keeps the lines of one process in order where the clock has not moved."""

Event = Literal["dial", "refused", "failed", "stopped", "stop-all", "stop-lifted"]


@dataclass(frozen=True)
class AuditLine:
    """One line.

    Attributes:
        at_s: When, seconds since the Unix epoch.
        event: What happened.
        person: What stands for the number.
        purpose: ``service`` or ``ad``.
        campaign: Whose call it was, or an empty string.
        token: The call.
        rules: What refused it.
        detail: The reason in words: of a refusal, of a failure, or for calling in the quiet hours.
    """

    at_s: float
    event: Event
    person: str = ""
    purpose: str = ""
    campaign: str = ""
    token: str = ""
    rules: tuple[str, ...] = ()
    detail: str = ""


class AuditLog:
    """Appends lines and reads them back.

    Args:
        records: Where they are kept; that store refuses to change or remove them.
        clock: When they are written.
    """

    def __init__(self, records: RecordStore, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def append(
        self,
        event: Event,
        *,
        person: str = "",
        purpose: str = "",
        campaign: str = "",
        token: str = "",
        rules: tuple[str, ...] = (),
        detail: str = "",
    ) -> None:
        """Write one line.

        Raises:
            StorageError: It cannot be written; nothing may be dialled then.
        """
        now_s = self._clock.now()
        line = AuditLine(now_s, event, person, purpose, campaign, token, rules, detail)
        self._records.insert(AUDIT, f"{now_s:.3f}-{next(_COUNT):09d}-{uuid.uuid4().hex}", now_s, asdict(line))

    def scan(self) -> Iterator[AuditLine]:
        """Yield the lines, oldest first."""
        for record in self._records.scan(AUDIT):
            document = dict(record.document)
            yield AuditLine(**(document | {"rules": tuple(document["rules"])}))
