"""The fillers that have been synthesised, and which of them to play next."""

import json
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from voicebot.cache.protocol import BlobStore
from voicebot.errors import NotFoundError
from voicebot.fillers.catalogue import CATEGORY_OF_INTENT, DEFAULT_CATEGORY, Length

MANIFEST_KEY = "fillers/manifest.json"


@dataclass(frozen=True)
class Filler:
    """A filler that can be played."""

    category: str
    length: Length
    variant: int
    text: str
    key: str
    duration_s: float


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

    def pick(self, intent: str, length: Length, contact_id: str, turn: int, played: int) -> Filler | None:
        """Return the filler to play, or None when there is none.

        Args:
            intent: What the caller seems to ask for; decides the category.
            length: How long the wait is expected to be.
            contact_id: Callers start at different variants.
            turn: The turn's number in the call.
            played: How many fillers the turn has had; from the second on they say that it takes long.
        """
        category = CATEGORY_OF_INTENT.get(intent, DEFAULT_CATEGORY) if played == 0 else "long_wait"
        return self.variant(category, length, crc32(contact_id.encode()) + turn + played)

    def variant(self, category: str, length: Length, number: int) -> Filler | None:
        """Return one of a category's fillers; numbers that follow each other give different ones."""
        shelf = [filler for filler in self.fillers if (filler.category, filler.length) == (category, length)]
        return shelf[number % len(shelf)] if shelf else None
