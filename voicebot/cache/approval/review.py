"""A person looks at what waits: hears it, changes it, approves or rejects it, and may change their mind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from voicebot.cache.approval.leases import Leases
from voicebot.cache.approval.publish import AnswerPublisher, Published
from voicebot.cache.protocol import Answer, BlobStore, Inbox, InboxItem, InboxState
from voicebot.chat.facts import Facts
from voicebot.errors import ConflictError, InputError
from voicebot.korean.normalize import clean, has_speech

REVIEWED: tuple[InboxState, ...] = ("synthesised", "pending", "failed", "dead")
"""What a person may have to look at, in this order."""

Verdict = Literal["approved", "rejected", "skipped"]


@dataclass(frozen=True)
class Case:
    """One item in front of a person, who holds it.

    Attributes:
        item: The item as it is edited.
        before: The item as it was when it was opened.
        text: The answer as it is spoken; empty when there is none.
        problem: Why it cannot be approved as it is, or an empty string.
        current: What callers hear now.
    """

    item: InboxItem
    before: InboxItem
    text: str
    problem: str
    current: Answer | None


@dataclass(frozen=True)
class Decision:
    """What a person said about a case."""

    case: Case
    verdict: Verdict
    published: Published | None = None


@dataclass
class ReviewReport:
    """What a person decided; what was undone is not counted."""

    approved: int = 0
    edited: int = 0
    rejected: int = 0
    skipped: int = 0

    def text(self) -> str:
        """Return it in words."""
        edited = f" ({self.edited} edited)" if self.edited else ""
        return f"{self.approved} approved{edited}, {self.rejected} rejected, {self.skipped} skipped"


class Review:
    """Opens items one at a time; each is held by a lease as long as the person thinks.

    To be used as a context: at its end what is still open is put back as it was.

    Args:
        inbox: What waits.
        publisher: Speaks and publishes.
        blobs: Where clips are.
        facts: What answers may leave open.
        lease_s: How long an item is held without a sign of life.
    """

    def __init__(
        self, inbox: Inbox, publisher: AnswerPublisher, blobs: BlobStore, facts: Facts, lease_s: float
    ) -> None:
        self._inbox = inbox
        self._publisher = publisher
        self._blobs = blobs
        self._facts = facts
        self._leases = Leases(inbox, lease_s)
        self._open: Case | None = None
        self._decisions: list[Decision] = []

    def __enter__(self) -> "Review":
        self._leases.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if self._open:
                self._put_back(self._open)
        finally:
            self._leases.__exit__(None, None, None)

    def waiting(self, limit: int | None = None) -> list[str]:
        """Return the ids of what a person should look at: first what was held for them."""
        return list(islice(self._waiting(), limit))

    def _waiting(self) -> Iterator[str]:
        for state in REVIEWED:
            yield from (item.id for item in self._inbox.scan(state) if not item.owner and item.source != "renewal")

    def open(self, item_id: str) -> Case | None:
        """Return an item to decide on; None when it is gone, decided or held by somebody else meanwhile."""
        item = self._inbox.take(item_id, self._leases.lease_s, self._leases.owner)
        if item is None:
            return None
        self._leases.hold(item_id)
        self._open = self._case(item, item)
        if item.state not in (*REVIEWED, "claimed"):
            self._put_back(self._open)
            return None
        return self._open

    def edit(self, case: Case, answer: str) -> Case:
        """Return the case with another answer.

        Raises:
            InputError: There is nothing to say in it, or it names a fact that is not known.
        """
        template = clean(answer)
        if not has_speech(template):
            raise InputError("an answer in words is needed")
        missing = self._facts.missing(template)
        if missing:
            raise InputError(f"the fact {missing[0]!r} is not known", hint="add it to the facts file")
        self._open = self._case(replace(case.item, answer=template, source="person"), case.before)
        return self._open

    def speak(self, case: Case) -> tuple[Case, bytes]:
        """Return the case with its clip, and the clip as a WAV file; it is made when it is not there."""
        item = self._publisher.speak(self._approvable(case), case.current)
        self._open = replace(case, item=item)
        with self._blobs.open(item.clips[0]) as file:
            return self._open, file.read()

    def url(self, case: Case) -> str:
        """Return where the clip of a case is that has been spoken."""
        return self._blobs.url(case.item.clips[0])

    def approve(self, case: Case) -> None:
        """Publish the answer."""
        published = self._publisher.publish(self._approvable(case))
        self._settle(case, "approved")
        self._decisions.append(Decision(case, "approved", published))

    def reject(self, case: Case) -> None:
        """Have the question never be answered from the cache."""
        self._settle(case, "rejected")
        self._decisions.append(Decision(case, "rejected"))

    def skip(self, case: Case) -> None:
        """Leave the item as it was."""
        self._put_back(case)
        self._decisions.append(Decision(case, "skipped"))

    def undo(self) -> Case | None:
        """Take back the last decision and return its case, open again; None when there is none left.

        Raises:
            ConflictError: Somebody else has changed the answer or holds the item; it stays as it is.
        """
        if not self._decisions:
            return None
        if self._open:
            self._put_back(self._open)
        decision = self._decisions.pop()
        case = decision.case
        if self._inbox.take(case.item.id, self._leases.lease_s, self._leases.owner) is None:
            raise ConflictError("somebody else holds that item now; it stays as it is")
        self._leases.hold(case.item.id)
        if decision.published:
            try:
                self._publisher.withdraw(decision.published)
            except ConflictError:
                self._settle(case, "approved")
                raise
        self._open = self._case(case.item, case.before)
        return self._open

    def report(self) -> ReviewReport:
        """Return what was decided so far."""
        report = ReviewReport()
        for decision in self._decisions:
            setattr(report, decision.verdict, getattr(report, decision.verdict) + 1)
            report.edited += decision.verdict == "approved" and decision.case.item.answer != decision.case.before.answer
        return report

    def _case(self, item: InboxItem, before: InboxItem) -> Case:
        current = self._publisher.current(item)
        if not item.answer:
            return Case(item, before, "", "there is no answer yet", current)
        try:
            return Case(item, before, self._publisher.text_of(item), "", current)
        except InputError as exc:
            return Case(item, before, "", exc.message, current)

    def _approvable(self, case: Case) -> InboxItem:
        if case.problem:
            raise InputError(f"it cannot be approved: {case.problem}", hint="edit the answer")
        return case.item

    def _put_back(self, case: Case) -> None:
        before = case.before
        self._inbox.save(before, self._leases.lease_s)
        is_kept = before.state in ("synthesised", "dead", "approved", "rejected")
        self._settle(case, before.state if is_kept else "pending", before.last_error)

    def _settle(self, case: Case, state: InboxState, reason: str = "") -> None:
        self._leases.drop(case.item.id)
        self._open = None
        self._inbox.settle(case.item.id, self._leases.owner, state, reason)
