"""Whether the records of this machine still belong to its key: who lost one of the two knows of no refusal and no consent."""

from pathlib import Path

from voicebot.call.number_key import kept_key
from voicebot.call.numbers import Persons
from voicebot.call.records import AUDIT, RecordStore
from voicebot.clock import Clock

KIND = "key"
_MADE = "made"


class KeptRecords:
    """The key in a file and the records in a store, which only count together.

    Args:
        records: The store.
        key_file: The key's.
        clock: When the key is made.
    """

    def __init__(self, records: RecordStore, key_file: Path, clock: Clock) -> None:
        self._records = records
        self._key_file = key_file
        self._clock = clock

    def persons(self) -> Persons:
        """Return what stands for numbers; a key that is made now is noted among the records."""
        return Persons(kept_key(self._key_file, self._note))

    def problem(self) -> tuple[str, str] | None:
        """Return what is wrong and what to do; None when key and records belong together."""
        persons = self.persons()
        noted = self._records.get(KIND, _MADE)
        if noted is not None:
            if noted.document["stands_for_nobody"] == persons.of(""):
                return None
            return "numbers were hashed with another key before", f"put the old {self._key_file} back"
        if any(line.document["event"] == "dial" for line in self._records.scan(AUDIT)):
            return None  # records of calls that are older than the note
        hint = f"put the database back; if nobody was ever called from here, remove {self._key_file}"
        return "the records of refusals and calls are gone, and their key is still there", hint

    def _note(self, key: bytes) -> None:
        made = {"stands_for_nobody": Persons(key).of("")}
        self._records.change(KIND, _MADE, self._clock.now(), lambda old: old or made)
