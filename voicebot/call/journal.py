"""What a campaign has done so far, so that it can be taken up again after a kill at any moment."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from voicebot.call.records import RecordStore
from voicebot.clock import Clock

KIND = "journal"

EntryState = Literal["pending", "dialling", "placed", "done", "refused", "unknown"]


@dataclass(frozen=True)
class Entry:
    """One person of a campaign.

    Attributes:
        person: What stands for the number.
        state: ``pending`` (to be called from `next_at_s` on), ``dialling`` (a call may have gone out with `token`),
            ``placed`` (it did, as `contact_id`), ``done``, ``refused`` (by the guard or by Connect, for good), ``unknown``
            (a call may have gone out, and it is too late to find out; nobody is called).
        attempts: How many calls were placed.
        token: The last call's token, written down before it is dialled.
        dialled_at_s: When that was.
        contact_id: The last call.
        outcome: How it ended.
        next_at_s: Not before this moment, seconds since the Unix epoch.
        rules: What refused it.
    """

    person: str
    state: EntryState = "pending"
    attempts: int = 0
    token: str = ""
    dialled_at_s: float = 0.0
    contact_id: str = ""
    outcome: str = ""
    next_at_s: float = 0.0
    rules: tuple[str, ...] = ()


class Journal:
    """The entries of one campaign.

    Args:
        records: Where they are kept.
        clock: When a record is made.
        campaign: The campaign's name.
    """

    def __init__(self, records: RecordStore, clock: Clock, campaign: str) -> None:
        self._records = records
        self._clock = clock
        self._campaign = campaign

    def get(self, person: str) -> Entry:
        """Return the entry of a person; one that is not there yet is pending."""
        record = self._records.get(KIND, f"{self._campaign}.{person}")
        if record is None:
            return Entry(person)
        document = dict(record.document)
        return Entry(**(document | {"rules": tuple(document["rules"])}))

    def put(self, entry: Entry, **changes: Any) -> Entry:
        """Keep an entry with some changes, and return it."""
        changed = replace(entry, **changes)
        key = f"{self._campaign}.{entry.person}"
        self._records.change(KIND, key, self._clock.now(), lambda old: asdict(changed))
        return changed
