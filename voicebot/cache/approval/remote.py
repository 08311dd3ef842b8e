"""Approval in the cloud: many functions at a time synthesise what waits, and the inbox is settled from their results."""

import json
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from voicebot.cache.approval.publish import AnswerPublisher
from voicebot.cache.approval.state_machine import RUNNING, Progress, read_results
from voicebot.cache.protocol import BlobStore, Inbox, InboxItem, short_name
from voicebot.clock import Clock
from voicebot.errors import ConflictError, EngineError, InputError, RefusedError, StorageError

CLAIMED_AT_ONCE = 100
_FOLDER = "approvals"
_SILENT = "the function that worked on it gave no result"

_log = logging.getLogger(__name__)


class Machine(Protocol):
    """What runs the work; see `voicebot.cache.approval.state_machine.StateMachine`."""

    def start(self, name: str, given: Mapping[str, object]) -> str:
        """Start an execution and return its name."""
        ...

    def progress(self, execution: str) -> Progress:
        """Return how far an execution is."""
        ...


@dataclass(frozen=True)
class RemoteOptions:
    """How to approve in the cloud.

    Attributes:
        bucket: Where the items and the results are, as the state machine knows it.
        lease_s: How long the items are held.
        concurrency: How many functions work at a time.
        batch: How many items one call of a function takes.
        poll_s: How often the state machine is asked.
    """

    bucket: str
    lease_s: float
    concurrency: int
    batch: int
    poll_s: float = 2.0


@dataclass
class RemoteReport:
    """What a run in the cloud did.

    Attributes:
        execution: The state machine's execution; empty when there was nothing to do.
        sent: How many items were sent.
        approved: How many became answers.
        failed: How many did not, and will be tried again after a pause.
        left: How many need a person and were not sent.
        reasons: Why items failed, with how many of each.
        results_key: The blob that lists the results.
    """

    execution: str = ""
    sent: int = 0
    approved: int = 0
    failed: int = 0
    left: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    results_key: str = ""

    def text(self) -> str:
        """Return it in words; nothing when there was nothing to do."""
        lines = [f"{count} failed: {reason}" for reason, count in self.reasons.items()]
        if self.left:
            lines.append(f"{self.left} need a person (voicebot cache approve --interactive)")
        if self.sent:
            lines.append(f"{self.approved} approved, {self.failed} failed")
        return "\n".join(lines)


class RemoteApproval:
    """Sends what waits to a state machine, follows it, and settles the inbox.

    The items are held for `RemoteOptions.lease_s`. A run that is killed leaves them held: the functions do their work all
    the same, and when the lease is over the next run of any kind finds the answers there and settles the items. Items
    that need a person are not sent, and wait again when the run is over.

    Args:
        inbox: Where items come from.
        objection: Says why a person must look at an item, or returns an empty string.
        machine: The state machine.
        blobs: Takes the list of items; has the results.
        clock: Time to wait by.
        options: How.
    """

    def __init__(
        self,
        inbox: Inbox,
        objection: Callable[[InboxItem], str],
        machine: Machine,
        blobs: BlobStore,
        clock: Clock,
        options: RemoteOptions,
    ) -> None:
        self._inbox = inbox
        self._objection = objection
        self._machine = machine
        self._blobs = blobs
        self._clock = clock
        self._options = options

    def run(
        self, limit: int | None, engine: str, on_progress: Callable[[Progress], None] = lambda progress: None
    ) -> RemoteReport:
        """Approve up to `limit` items with an engine; `on_progress` hears how far it is."""
        run = uuid.uuid4().hex
        owner = f"remote:{run[:16]}"  # of no machine: the functions go on when this process dies
        report = RemoteReport()
        names: dict[str, str] = {}
        try:
            for item in self._claimed(limit, owner):
                if self._objection(item):
                    report.left += 1
                else:
                    names[item.id_hash] = item.id
            report.sent = len(names)
            report.execution = self._start(run, owner, engine, names.values()) if names else ""
        except BaseException:
            self._inbox.release(owner)
            raise
        if not report.execution:
            self._inbox.release(owner)
            return report
        ended = self._followed(report.execution, on_progress)  # where this breaks off, nothing is released: see above
        try:
            self._settle(owner, names, ended, report)
        finally:
            self._inbox.release(owner)
            self._blobs.delete(_items_key(run))
        return report

    def _claimed(self, limit: int | None, owner: str) -> Iterator[InboxItem]:
        left = limit
        while left is None or left > 0:
            count = CLAIMED_AT_ONCE if left is None else min(left, CLAIMED_AT_ONCE)
            items = self._inbox.claim(count, self._options.lease_s, owner)
            if not items:
                return
            left = None if left is None else left - len(items)
            yield from items

    def _start(self, run: str, owner: str, engine: str, item_ids: Iterable[str]) -> str:
        lines = "".join(json.dumps({"id": item_id}, ensure_ascii=False) + "\n" for item_id in item_ids)
        self._blobs.put(_items_key(run), lines.encode(), "application/jsonl")
        given = {
            "bucket": self._options.bucket,
            "items_key": _items_key(run),
            "results_prefix": f"{_FOLDER}/{run}/results",
            "owner": owner,
            "engine": engine,
            "batch": self._options.batch,
            "concurrency": self._options.concurrency,
        }
        return self._machine.start(f"approve-{run}", given)

    def _followed(self, execution: str, on_progress: Callable[[Progress], None]) -> Progress:
        while True:
            progress = self._machine.progress(execution)
            on_progress(progress)
            if progress.status != RUNNING:
                return progress
            self._clock.sleep(self._options.poll_s)

    def _settle(self, owner: str, names: Mapping[str, str], ended: Progress, report: RemoteReport) -> None:
        if not ended.manifest_key:
            raise StorageError(
                f"the execution ended as {ended.status} {ended.error}".rstrip(),
                hint=f"look at {report.execution} in Step Functions; the items wait again",
            )
        report.results_key = ended.manifest_key
        errors = {
            str(result["item"]): str(result["error"])
            for output in read_results(self._blobs, ended.manifest_key)
            for result in output.get("results", ())
        }
        reasons: Counter[str] = Counter()
        for name, item_id in names.items():
            error = errors.get(name, _SILENT)
            with suppress(ConflictError):  # whoever holds it now settles it
                self._inbox.settle(item_id, owner, "failed" if error else "approved", error)
            _log.info("item %s: %s", name, error or "approved")
            report.approved += not error
            report.failed += bool(error)
            if error:
                reasons[error] += 1
        report.reasons = dict(reasons.most_common())


def _items_key(run: str) -> str:
    return f"{_FOLDER}/{run}/items.jsonl"


class RemoteWorker:
    """One call of the function that a state machine calls: publishes a few items, each at most once.

    Args:
        inbox: Has the items.
        publisher_of: Returns what publishes with an engine's voice.
    """

    def __init__(self, inbox: Inbox, publisher_of: Callable[[str], AnswerPublisher]) -> None:
        self._inbox = inbox
        self._publisher_of = publisher_of

    def run(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Publish the items of an event and return what became of each.

        Args:
            event: ``Items``, each with an ``id``, and ``BatchInput`` with ``owner`` and ``engine``.

        Raises:
            StorageError: A store is out of reach: the call can be repeated as it is.
        """
        given = event["BatchInput"]
        publisher = self._publisher_of(str(given["engine"]))
        return {
            "results": [
                {"item": short_name(item["id"]), "error": self._publish(publisher, item["id"], str(given["owner"]))}
                for item in event["Items"]
            ]
        }

    def _publish(self, publisher: AnswerPublisher, item_id: str, owner: str) -> str:
        item = self._inbox.get(item_id)
        if item is None or item.owner != owner:
            return "somebody else works on it"
        try:
            publisher.publish(item)
        except (EngineError, InputError, RefusedError, ConflictError) as exc:
            return exc.message
        return ""
