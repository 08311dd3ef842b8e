"""From the inbox to an approved answer: fill in facts, synthesise, store the clip, publish."""

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from voicebot.cache.clips import PromptVoice, store_clip
from voicebot.cache.protocol import Answer, AnswerStore, BlobStore, Inbox, InboxItem
from voicebot.chat.facts import Facts
from voicebot.clock import Clock
from voicebot.errors import ConfigError, ConflictError, EngineError, InputError, StorageError
from voicebot.korean.normalize import NORMALIZER_VERSION


@dataclass
class ApprovalReport:
    """What an approval run did.

    Attributes:
        approved: How many items became answers.
        failed: One line per item that failed, by item number, without what was said.
        waiting: How many items have no answer text yet and need a person.
    """

    approved: int = 0
    failed: list[str] = field(default_factory=list)
    waiting: int = 0


class Approval:
    """Turns inbox items into approved answers.

    Every step can be repeated: clips are content-addressed and written whole, an answer is one conditional write, and
    an item is settled last. A run that was killed leaves its items claimed; the next run on the same machine takes
    them back at once, another machine's when the lease has run out.
    """

    def __init__(
        self,
        inbox: Inbox,
        answers: AnswerStore,
        blobs: BlobStore,
        voice: PromptVoice,
        facts: Facts,
        clock: Clock,
        lease_s: float,
    ) -> None:
        self._inbox = inbox
        self._answers = answers
        self._blobs = blobs
        self._voice = voice
        self._facts = facts
        self._clock = clock
        self._lease_s = lease_s

    def preview(self, limit: int | None = None) -> list[InboxItem]:
        """Return the items that a run would approve."""
        items = [item for item in self._inbox.scan() if item.state in ("pending", "failed") and item.answer]
        return items if limit is None else items[:limit]

    def run(
        self, limit: int | None = None, workers: int = 1, on_item: Callable[[InboxItem], None] = lambda item: None
    ) -> ApprovalReport:
        """Approve up to `limit` items with `workers` threads; `on_item` hears of each one that is done."""
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        for stale in filter(_is_dead_here, self._inbox.owners()):
            self._inbox.release(stale)
        report = ApprovalReport()
        try:
            with ThreadPoolExecutor(workers) as pool:
                for batch in self._batches(owner, limit, workers):
                    for item, problem in pool.map(lambda item: self._settle(item, owner), batch):
                        on_item(item)
                        if problem:
                            report.failed.append(f"item {item.id_hash}: {problem}")
                        else:
                            report.approved += 1
        finally:
            with suppress(StorageError):
                self._inbox.release(owner)
        report.waiting = sum(1 for item in self._inbox.scan("pending") if not item.answer)
        return report

    def _batches(self, owner: str, limit: int | None, workers: int) -> Iterator[list[InboxItem]]:
        left = limit
        while left is None or left > 0:
            batch = self._inbox.claim(min(4 * workers, left or 4 * workers), self._lease_s, owner)
            if not batch:
                return
            left = None if left is None else left - len(batch)
            yield batch

    def _settle(self, item: InboxItem, owner: str) -> tuple[InboxItem, str]:
        try:
            self.publish(item)
        except (EngineError, InputError, ConfigError) as exc:
            self._inbox.settle(item.id, owner, "failed", exc.message)
            return item, exc.message
        with suppress(ConflictError):  # somebody else settled the same answer meanwhile
            self._inbox.settle(item.id, owner, "approved")
        return item, ""

    def publish(self, item: InboxItem) -> Answer:
        """Synthesise and store the answer of one item; the inbox is left as it is."""
        template = item.answer or ""
        text = self._facts.fill(template)
        key = store_clip(self._blobs, self._voice.prompt(text))
        answer = Answer(
            key=item.id,
            utterance=item.utterance,
            answer_id=item.answer_id or item.id_hash,
            template=template,
            text=text,
            intent=item.intent,
            clips=(key,),
            engine=self._voice.engine,
            voice=self._voice.voice,
            normalizer_version=NORMALIZER_VERSION,
            approved_at_s=self._clock.now(),
        )
        return self._answers.put(answer)


def _is_dead_here(owner: str) -> bool:
    """Return whether `owner` is a process of this machine that has ended."""
    host, pid, *_ = [*owner.split(":"), "", ""]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
