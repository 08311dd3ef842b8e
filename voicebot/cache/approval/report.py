"""What an approval run is told, and what it says afterwards."""

from dataclasses import dataclass, field
from typing import Literal

from voicebot.cache.approval.review import ReviewReport
from voicebot.cache.approval.stale import StaleReport

Outcome = Literal["approved", "held", "failed"]
Stop = Literal["", "limit", "time", "cost", "engine"]

_WHY = {"time": "the time is up", "cost": "the money is spent", "engine": "the engine does not answer"}


@dataclass(frozen=True)
class ItemResult:
    """What became of one item.

    Attributes:
        item: Its short name.
        outcome: ``held`` waits for a person.
        reason: Why it failed or is held.
        seconds: How long it took.
    """

    item: str
    outcome: Outcome
    reason: str
    seconds: float

    def line(self) -> str:
        """Return it as a line for a log, without what was said."""
        reason = f": {self.reason}" if self.reason else ""
        return f"item {self.item} {self.outcome} in {self.seconds:.2f} s{reason}"


@dataclass(frozen=True)
class Limits:
    """When a run ends before the inbox is empty.

    Attributes:
        items: After so many items.
        seconds: No item is begun after so many seconds.
        usd: No item is begun that would bring what speech costs above this.
    """

    items: int | None = None
    seconds: float | None = None
    usd: float | None = None


@dataclass
class ApprovalReport:
    """What an approval run did.

    Attributes:
        approved: How many items became answers.
        renewed: How many of them took the place of an older answer.
        held: One line for each item that waits for a person now, by its short name, without what was said.
        failed: The same for each that failed and is tried again later, or is given up.
        dead: How many of the failed ones are given up.
        waiting: How many items have no answer text yet and need a person.
        review: How many items have an answer that a person must look at.
        cost_usd: What speech cost by the engine's price; None when that is unknown.
        seconds: How long it took.
        stopped: Why it ended before everything was done, or an empty string.
        removed_clips: How many clips that nobody named were removed.
        stale: What was found stale, if somebody looked.
        reviewed: What a person decided afterwards, if somebody was there.
    """

    approved: int = 0
    renewed: int = 0
    held: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    dead: int = 0
    waiting: int = 0
    review: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0
    stopped: Stop = ""
    removed_clips: int = 0
    stale: StaleReport | None = None
    reviewed: ReviewReport | None = None

    @property
    def is_idle(self) -> bool:
        """True when there was nothing to do."""
        has_stale = self.stale is not None and self.stale.stale > 0
        return not (self.approved or self.held or self.failed or self.stopped or self.removed_clips or has_stale)

    def text(self) -> str:
        """Return the report in words; nothing when there was nothing to do."""
        if self.is_idle:
            return self.reviewed.text() if self.reviewed else ""
        parts = [f"{self.approved} approved", f"{len(self.failed)} failed"]
        if self.renewed:
            parts.insert(1, f"{self.renewed} of them renewed")
        if self.dead:
            parts.append(f"{self.dead} given up")
        if self.held:
            parts.append(f"{len(self.held)} wait for a person")
        if self.removed_clips:
            parts.append(f"{self.removed_clips} clips removed")
        if self.stale and self.stale.stale:
            reasons = ", ".join(f"{n} {reason}" for reason, n in self.stale.reasons.items())
            parts.append(f"{self.stale.stale} of {self.stale.checked} answers were stale ({reasons})")
        if self.stopped in _WHY:
            parts.append(_WHY[self.stopped])
        if self.reviewed:
            parts.append(f"reviewed: {self.reviewed.text()}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Planned:
    """What a run would do with one item.

    Attributes:
        item: Its short name.
        utterance: Personal data masked.
        answer: As it would be spoken; empty when a fact is missing.
        reason: Why it would be held or fail, or an empty string.
        price_usd: What its speech would cost at most; None when that is unknown.
    """

    item: str
    utterance: str
    answer: str
    reason: str
    price_usd: float | None
