"""The fillers that have been synthesised, and which of them to play next."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from zlib import crc32

from voicebot.cache.protocol import BlobStore
from voicebot.errors import NotFoundError
from voicebot.fillers.catalogue import CATEGORY_OF_INTENT, DEFAULT_CATEGORY, LENGTHS, LONG_WAIT, Length

MANIFEST_KEY = "fillers/manifest.json"


@dataclass(frozen=True)
class Filler:
    """A filler that can be played.

    Attributes:
        category: What it says that the caller waits for.
        length: How long it is, in words.
        variant: Its number among those of one category and length.
        text: What is said.
        key: The clip's blob key.
        duration_s: The clip's.
        engine: The speech engine that made it.
        voice: The engine's voice.
    """

    category: str
    length: Length
    variant: int
    text: str
    key: str
    duration_s: float
    engine: str = ""
    voice: str = ""


@dataclass(frozen=True)
class Wait:
    """A wait that has to be covered.

    Attributes:
        intent: What the caller seems to ask for; decides the category.
        expected_s: How much longer it will take; decides the length.
        contact_id: The call; callers start at different variants.
        heard: How many fillers the call has had.
        heard_in_turn: How many of them in this turn; from the second on fillers say that it takes long.
    """

    intent: str
    expected_s: float
    contact_id: str = ""
    heard: int = 0
    heard_in_turn: int = 0


class FillerShelf:
    """Synthesised fillers, listed in one blob.

    Args:
        blobs: Where clips and the list are.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    @cached_property
    def fillers(self) -> tuple[Filler, ...]:
        """Every filler there is; none when they have not been generated."""
        try:
            with self._blobs.open(MANIFEST_KEY) as file:
                rows = json.load(file)
        except NotFoundError:
            return ()
        return tuple(Filler(**row) for row in rows)

    def put(self, category: str, fillers: Iterable[Filler]) -> None:
        """Replace what there is of one category; readers see the old ones or the new ones."""
        kept = [filler for filler in self.fillers if filler.category != category]
        self.fillers = (*kept, *fillers)
        rows = json.dumps([asdict(filler) for filler in self.fillers], ensure_ascii=False, indent=1)
        self._blobs.put(MANIFEST_KEY, rows.encode(), "application/json")

    def pick(self, wait: Wait) -> Filler | None:
        """Return the filler to play, or None when there is none.

        Two fillers that follow each other in a call are never the same: either their categories or lengths differ, and
        no text stands in a catalogue twice, or their numbers do.
        """
        category = LONG_WAIT if wait.heard_in_turn else CATEGORY_OF_INTENT.get(wait.intent, DEFAULT_CATEGORY)
        known = {filler.category for filler in self.fillers}
        if category not in known:
            category = next((other for other in (DEFAULT_CATEGORY, LONG_WAIT) if other in known), category)
        length = self._length(category, wait.expected_s)
        return self.variant(category, length, crc32(wait.contact_id.encode()) + wait.heard) if length else None

    def variant(self, category: str, length: Length, number: int) -> Filler | None:
        """Return one of a category's fillers; numbers that follow each other give different ones."""
        shelf = [filler for filler in self.fillers if (filler.category, filler.length) == (category, length)]
        return shelf[number % len(shelf)] if shelf else None

    def _length(self, category: str, expected_s: float) -> Length | None:
        """Return the length whose fillers last about as long as the wait."""
        durations = {
            length: [f.duration_s for f in self.fillers if (f.category, f.length) == (category, length)]
            for length in LENGTHS
        }
        means = {length: sum(each) / len(each) for length, each in durations.items() if each}
        return min(means, key=lambda length: abs(means[length] - expected_s), default=None)
