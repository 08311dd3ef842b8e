"""How often a person was called on a day."""

from voicebot.call.records import Document, RecordStore
from voicebot.clock import Clock

KIND = "day"


class Days:
    """Counts calls by person and Korean day; a repeat of the same call counts once.

    Args:
        records: Where they are kept.
        clock: When a record is made.
    """

    def __init__(self, records: RecordStore, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def tokens(self, person: str, day: str) -> tuple[str, ...]:
        """Return the calls to a person on a day."""
        record = self._records.get(KIND, f"{day}.{person}")
        return tuple(record.document["tokens"]) if record else ()

    def take(self, person: str, day: str, token: str, limit: int) -> bool:
        """Count one call, as one step; return False when `limit` others were counted before."""
        is_allowed = True

        def new(old: Document | None) -> Document | None:
            nonlocal is_allowed
            tokens = list(old["tokens"]) if old else []
            is_allowed = token in tokens or len(tokens) < limit
            return {"tokens": [*tokens, token]} if is_allowed and token not in tokens else None

        self._records.change(KIND, f"{day}.{person}", self._clock.now(), new)
        return is_allowed
