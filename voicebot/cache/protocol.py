"""The cache's things and the protocols of its three stores."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

InboxState = Literal["pending", "claimed", "approved", "rejected", "failed"]
INBOX_STATES: tuple[InboxState, ...] = ("pending", "claimed", "approved", "rejected", "failed")


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
        source: ``call``, ``chat``, ``seed`` or ``person``.
    """

    key: str
    utterance: str
    answer: str | None = None
    intent: str = ""
    answer_id: str = ""
    source: str = "call"


@dataclass(frozen=True)
class InboxItem:
    """A miss on its way to becoming an answer."""

    id: str
    utterance: str
    answer: str | None
    intent: str
    answer_id: str
    source: str
    state: InboxState
    count: int
    attempts: int
    owner: str
    last_error: str
    first_seen_s: float
    last_seen_s: float

    @property
    def id_hash(self) -> str:
        """A short name of the item for logs and reports, which must not carry what was said."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:12]


class Inbox(Protocol):
    """Misses that wait for a person. Claims are at least once; what they lead to happens exactly once."""

    def record(self, miss: Miss) -> bool:
        """Add a miss, or count a repeat; return True when it is new.

        A repeat brings an answer along only where none was known. A rejected item stays rejected, an approved one whose
        answer is gone becomes pending again.
        """
        ...

    def propose(self, item_id: str, answer: str, intent: str) -> bool:
        """Give a pending item its answer text; return whether there was such an item."""
        ...

    def claim(self, n: int, lease_s: float, owner: str) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds."""
        ...

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim. An item that failed can be claimed again after a back-off that grows with its attempts.

        Raises:
            ConflictError: The lease ran out and somebody else holds the item.
        """
        ...

    def release(self, owner: str) -> int:
        """Give back everything `owner` holds; return how many items."""
        ...

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        ...

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        ...

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an unclaimed item into `state`; return whether there was one."""
        ...

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first."""
        ...

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        ...


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
