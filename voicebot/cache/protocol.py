"""The cache's things and the protocols of its three stores."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

InboxState = Literal["pending", "claimed", "synthesised", "approved", "rejected", "failed", "dead"]
INBOX_STATES: tuple[InboxState, ...] = (
    "pending",
    "claimed",
    "synthesised",
    "approved",
    "rejected",
    "failed",
    "dead",
)

MissSource = Literal["call", "chat", "seed", "person", "renewal"]
WRITTEN_BY_PEOPLE: frozenset[str] = frozenset({"seed", "person", "renewal"})
"""Sources whose answers a person wrote or has approved before; no live reply takes their place."""

LOST = "the run that worked on it ended without a word"
"""The last error of an item that was claimed, or given up, after its lease ran out."""

RETRY_BASE_S = 30.0
"""A failed item is tried again after this times two to the number of its attempts."""

RETRIED_SHARE = 4
"""At most one in so many claimed items has been tried before, while there are fresh ones; the least tried come first.

Runs that are killed one after the other then lose different items, and a bad item stands in nobody's way.
"""


@dataclass(frozen=True)
class Answer:
    """An approved answer to one utterance.

    Attributes:
        key: The utterance's cache key (`voicebot.korean.normalize.cache_key`).
        utterance: The utterance as a person wrote or approved it, personal data masked.
        answer_id: Names the answer; several utterances may share it.
        template: The answer's text with its fact placeholders.
        text: The answer's text as it was spoken.
        intent: What the utterance asks for, or an empty string.
        clips: Blob keys of the answer's audio, in the order they are played.
        engine: The speech engine that made the clips.
        voice: The engine's voice.
        normalizer_version: Of the rule that made `key`.
        approved_at_s: Seconds since the Unix epoch.
        version: Counts the writes of this key; 0 before the first.
        speech: Stands for everything that decides how `text` sounds (`AnswerVoice.speech`); empty when it is not known.
    """

    key: str
    utterance: str
    answer_id: str
    template: str
    text: str
    intent: str
    clips: tuple[str, ...]
    engine: str
    voice: str
    normalizer_version: int
    approved_at_s: float
    version: int = 0
    speech: str = ""


class AnswerStore(Protocol):
    """Approved answers by cache key."""

    def get(self, key: str) -> Answer | None:
        """Return the answer stored under `key`, in one read."""
        ...

    def put(self, answer: Answer, expected_version: int | None = None) -> Answer:
        """Store `answer` and return it with its new version.

        Args:
            answer: What to store; its `version` is not read.
            expected_version: The version that must be stored now (0: none). None stores whatever is there.

        Raises:
            ConflictError: Another version is stored.
        """
        ...

    def delete(self, key: str) -> bool:
        """Remove the answer under `key`; return whether there was one."""
        ...

    def scan(self, page_size: int = 500) -> Iterator[Answer]:
        """Yield every answer, in the order of the keys, reading a page at a time."""
        ...

    def count(self) -> int:
        """Return how many answers are stored."""
        ...


@dataclass(frozen=True)
class Miss:
    """An utterance that has no approved answer yet.

    Attributes:
        key: The utterance's cache key, which is also the inbox item's id.
        utterance: Personal data masked.
        answer: The text proposed as its answer, with placeholders, or None while there is none.
        intent: What the utterance seems to ask for, or an empty string.
        answer_id: The answer it shares with others, or an empty string.
        source: Where it comes from.
        confidence: How sure whoever proposed the answer was, from 0 to 1.
    """

    key: str
    utterance: str
    answer: str | None = None
    intent: str = ""
    answer_id: str = ""
    source: MissSource = "call"
    confidence: float = 0.0


@dataclass(frozen=True)
class InboxItem:
    """A miss on its way to becoming an answer.

    ::

        pending -> claimed -> synthesised -> approved
                      |            |-> (waits for a person) -> approved, rejected
                      |-> failed -> claimed ... -> dead

    Attributes:
        id: The utterance's cache key.
        utterance: Personal data masked.
        answer: The text proposed as its answer, with placeholders, or None while there is none.
        intent: What the utterance seems to ask for, or an empty string.
        answer_id: The answer it shares with others, or an empty string.
        source: Where it comes from.
        state: ``synthesised`` has an owner while a run publishes it, and none while it waits for a person; ``dead`` has
            failed as often as it may.
        count: How often it was asked.
        attempts: How often it was claimed since it last was pending on its own.
        owner: Who holds it, or an empty string.
        last_error: Why it failed, or why it waits for a person.
        first_seen_s: Seconds since the Unix epoch.
        last_seen_s: The same.
        confidence: How sure whoever proposed the answer was, from 0 to 1.
        clips: Blob keys of the answer's audio as far as it has been made.
        speech: What `clips` say and how they sound; see `Answer.speech`.
    """

    id: str
    utterance: str
    answer: str | None
    intent: str
    answer_id: str
    source: MissSource
    state: InboxState
    count: int
    attempts: int
    owner: str
    last_error: str
    first_seen_s: float
    last_seen_s: float
    confidence: float = 0.0
    clips: tuple[str, ...] = ()
    speech: str = ""

    @property
    def id_hash(self) -> str:
        """A short name of the item for logs and reports, which must not carry what was said."""
        return short_name(self.id)


def short_name(key: str) -> str:
    """Return a cache key's name for logs and reports."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Waiting:
    """How many items need a person.

    Attributes:
        unanswered: Pending ones without an answer.
        review: Synthesised ones that a person must look at.
    """

    unanswered: int
    review: int


class Inbox(Protocol):
    """Misses that wait for a person. Claims are at least once; what they lead to happens exactly once."""

    def record(self, miss: Miss) -> bool:
        """Add a miss, or count a repeat; return True when it is new.

        A repeat brings an answer along only where none was known. A rejected or dead item stays what it is, an approved
        one whose answer is gone becomes pending again, with all its attempts.
        """
        ...

    def propose(
        self, item_id: str, answer: str, intent: str, confidence: float = 0.0, source: MissSource = "call"
    ) -> bool:
        """Give a pending or failed item its answer text; return whether it was taken.

        What a person wrote is replaced by what a person writes only.
        """
        ...

    def renew(self, miss: Miss, clips: tuple[str, ...] = (), speech: str = "") -> bool:
        """Have the answer of `miss` made again, as an item that is pending; return False when it waits or is worked on.

        A rejected item stays rejected.

        Args:
            miss: Its source is ``renewal``.
            clips: Audio that need not be made again.
            speech: What it says and how it sounds.
        """
        ...

    def claim(self, n: int, lease_s: float, owner: str, *, renewals_only: bool = False) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds; see also `RETRIED_SHARE`.

        An item that was lost in its last attempt becomes dead.
        """
        ...

    def take(self, item_id: str, lease_s: float, owner: str) -> InboxItem | None:
        """Take one item that nobody holds, whatever its state; None when somebody does or it is not there.

        It costs the item no attempt.
        """
        ...

    def extend(self, item_ids: Iterable[str], lease_s: float, owner: str) -> None:
        """Have the leases on items end in `lease_s` seconds; those that are lost meanwhile stay lost."""
        ...

    def save(self, item: InboxItem, lease_s: float) -> None:
        """Keep what the owner of a claim has made of an item (answer, intent, answer id, source, clips), as synthesised.

        Raises:
            ConflictError: The lease ran out and somebody else holds the item.
        """
        ...

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim. An item that failed can be claimed again after a back-off that grows with its attempts.

        Args:
            item_id: The item.
            owner: Who claimed it.
            outcome: Its state from now on: ``synthesised`` waits for a person, ``failed`` becomes ``dead`` when no
                attempt is left.
            error: Why.

        Raises:
            ConflictError: The lease ran out and somebody else holds the item.
        """
        ...

    def release(self, owner: str, *, is_refund: bool = True) -> int:
        """Give back everything `owner` holds; return how many items.

        Args:
            owner: Who holds it.
            is_refund: The attempts do not count. Without it the leases just end, as if their time were over.
        """
        ...

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        ...

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        ...

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an item that nobody holds into `state`, with all its attempts; return whether there was one."""
        ...

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first."""
        ...

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        ...

    def waiting(self) -> Waiting:
        """Return how many items need a person."""
        ...


@dataclass(frozen=True)
class BlobEntry:
    """A blob as it stands in a list.

    Attributes:
        key: Its key.
        modified_s: When it was last stored, seconds since the Unix epoch by the store's own clock.
    """

    key: str
    modified_s: float


class BlobStore(Protocol):
    """Immutable bytes by key."""

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store `data` under `key`, whole or not at all, and return its URL."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading.

        Raises:
            NotFoundError: There is none under `key`.
        """
        ...

    def exists(self, key: str) -> bool:
        """Return whether there is a blob under `key`."""
        ...

    def url(self, key: str) -> str:
        """Return the URL that a contact flow plays, without looking whether the blob is there."""
        ...

    def key_of(self, url: str) -> str | None:
        """Return the key behind a URL of this store, or None for another's."""
        ...

    def delete(self, key: str) -> bool:
        """Remove a blob; return whether there was one."""
        ...

    def scan(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with `prefix`."""
        ...

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield the blobs whose keys start with `prefix`, in order."""
        ...
