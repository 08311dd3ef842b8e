"""From the inbox to approved answers: a run of `cache approve`, made for cron."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.cache.approval.leases import Leases, is_dead_here
from voicebot.cache.approval.patience import patiently
from voicebot.cache.approval.publish import AnswerPublisher
from voicebot.cache.approval.report import ApprovalReport, ItemResult, Limits, Outcome, Planned
from voicebot.cache.approval.rules import Rule
from voicebot.cache.approval.run import ApprovalRun, SpendingLimitError
from voicebot.cache.orphans import Orphans
from voicebot.cache.protocol import LOST, Inbox, InboxItem
from voicebot.clock import Clock
from voicebot.errors import ConfigError, ConflictError, EngineError, InputError, RefusedError, StorageError

_LIVE = ("call", "chat")

_log = logging.getLogger(__name__)


class Approval:
    """Turns inbox items into approved answers.

    Items are claimed by leases in the store, so that any number of runs on any number of machines share the work. What
    a killed run held is taken back by the next one on the same machine at once, on another when the lease has run out.

    Args:
        inbox: Where items come from.
        publisher: Makes an item an answer.
        voice: What speech costs.
        orphans: Removes what killed runs left.
        clock: The time.
        lease_s: How long an item is held without a sign of life.
    """

    def __init__(
        self,
        inbox: Inbox,
        publisher: AnswerPublisher,
        voice: AnswerVoice,
        orphans: Orphans,
        clock: Clock,
        lease_s: float,
    ) -> None:
        self._inbox = inbox
        self._publisher = publisher
        self._voice = voice
        self._orphans = orphans
        self._clock = clock
        self._lease_s = lease_s

    def preview(self, limit: int | None = None, rule: Rule | None = None) -> list[Planned]:
        """Return what a run would do."""
        items = [item for item in self._inbox.scan() if item.state in ("pending", "failed") and item.answer]
        return [self._planned(item, rule) for item in items[:limit]]

    def _planned(self, item: InboxItem, rule: Rule | None) -> Planned:
        try:
            text = self._publisher.text_of(item)
        except InputError as exc:
            return Planned(item.id_hash, item.utterance, "", exc.message, None)
        objection = self._objection(item, text, rule)
        return Planned(item.id_hash, item.utterance, text, objection, self._voice.price_usd(text))

    def run(
        self,
        limit: int | None = None,
        workers: int = 1,
        on_item: Callable[[ItemResult], None] = lambda result: None,
        *,
        limits: Limits | None = None,
        rule: Rule | None = None,
        renewals_only: bool = False,
    ) -> ApprovalReport:
        """Approve what waits, with `workers` threads.

        Args:
            limit: At most so many items; short for `limits`.
            workers: How many threads.
            on_item: Hears of each item that is done, one at a time.
            limits: When to end early.
            rule: What needs a person; without one everything that has an answer is approved.
            renewals_only: Only answers that are made again.

        Raises:
            ConfigError: The engine cannot be used, or its price is unknown while there is a limit on the cost.
            StorageError: A store takes nothing; everything that was not finished is given back.
        """
        limits = limits or Limits(items=limit)
        if limits.usd is not None and self._voice.price_usd("가") is None:
            raise ConfigError(
                f"the price of the engine {self._voice.engine} is not known, so its cost cannot be limited",
                hint=f"set tts.{self._voice.engine}.price_per_1k_chars_usd",
            )
        self._take_back()
        with Leases(self._inbox, self._lease_s) as leases:
            run = ApprovalRun(self._clock, limits, on_item, self._voice.price_usd, workers)
            try:
                self._work_together(run, leases, rule, renewals_only, workers)
                for item, reason in run.doubtful(is_last=True):
                    self._fail(run, leases, item, reason)
            except StorageError:
                with suppress(StorageError):
                    self._suspect()
                raise
            finally:
                with suppress(StorageError):
                    patiently(self._clock, lambda: self._inbox.release(leases.owner))
        report = run.report
        report.removed_clips = len(patiently(self._clock, self._orphans.sweep))
        waiting = patiently(self._clock, self._inbox.waiting)
        report.waiting, report.review = waiting.unanswered, waiting.review
        report.cost_usd = None if self._voice.price_usd("가") is None else round(run.spent_usd, 6)
        report.seconds = round(run.elapsed_s(), 3)
        return report

    def _take_back(self) -> None:
        """Free what processes of this machine held that have ended."""
        for dead in filter(is_dead_here, patiently(self._clock, self._inbox.owners)):
            patiently(self._clock, lambda owner=dead: self._inbox.release(owner, is_refund=False))  # type: ignore[misc]

    def _work_together(
        self, run: ApprovalRun, leases: Leases, rule: Rule | None, renewals_only: bool, workers: int
    ) -> None:
        with ThreadPoolExecutor(workers) as pool:
            threads = [pool.submit(self._work, run, leases, rule, renewals_only) for _ in range(workers)]
            try:
                for thread in threads:
                    thread.result()
            except BaseException:  # Ctrl-C too: what is begun is finished, the rest is given back
                run.stop()
                raise

    def _work(self, run: ApprovalRun, leases: Leases, rule: Rule | None, renewals_only: bool) -> None:
        """Do items until there are none, on one thread."""
        try:
            while item := run.next(lambda n: self._claim(leases, n, renewals_only)):
                started_s = time.perf_counter()
                self._do(run, leases, item, rule, started_s)
        except BaseException:
            run.stop()
            raise

    def _claim(self, leases: Leases, n: int, renewals_only: bool) -> list[InboxItem]:
        items = patiently(
            self._clock,
            lambda: self._inbox.claim(n, self._lease_s, leases.owner, renewals_only=renewals_only),
        )
        leases.hold(*(item.id for item in items))
        if any(item.last_error == LOST for item in items):
            self._suspect()
        return items

    def _suspect(self) -> None:
        """Have somebody look for clips that were left behind until now."""
        patiently(self._clock, self._orphans.suspect)

    def _do(self, run: ApprovalRun, leases: Leases, item: InboxItem, rule: Rule | None, started_s: float) -> None:
        try:
            reason, is_renewal = self._settle(item, leases.owner, rule, run.buy)
        except SpendingLimitError:
            run.stop("cost")  # the item is given back with whatever else is held
            return
        except ConflictError as exc:
            leases.drop(item.id)  # whoever holds it now settles it
            self._suspect()
            _log.info("item %s: %s", item.id_hash, exc.message)
            return
        except EngineError as exc:
            if exc.retryable:
                run.doubt(item, exc.message)
            else:
                self._fail(run, leases, item, exc.message, started_s)
            return
        except (InputError, RefusedError) as exc:
            self._fail(run, leases, item, exc.message, started_s)
            return
        leases.drop(item.id)
        outcome: Outcome = "held" if reason else "approved"
        result = ItemResult(item.id_hash, outcome, reason, time.perf_counter() - started_s)
        run.finished(result, is_renewal=is_renewal)
        for doubtful, why in run.doubtful():  # the engine answers, so it was their own fault
            self._fail(run, leases, doubtful, why)

    def _settle(self, item: InboxItem, owner: str, rule: Rule | None, buy: Callable[[str], None]) -> tuple[str, bool]:
        """Publish or hold an item; return why it is held, and whether an older answer was replaced."""
        text = self._publisher.text_of(item)
        reason = self._objection(item, text, rule)
        if reason:
            self._publisher.speak(item, self._publisher.current(item), buy)
            patiently(self._clock, lambda: self._inbox.settle(item.id, owner, "synthesised", reason))
            return reason, False
        published = self._publisher.publish(item, buy)
        patiently(self._clock, lambda: self._inbox.settle(item.id, owner, "approved"))
        return "", published.change == "replaced"

    def objection(self, item: InboxItem, rule: Rule | None) -> str:
        """Return why a person must look at an item before it is approved, or an empty string."""
        try:
            return self._objection(item, self._publisher.text_of(item), rule)
        except InputError as exc:
            return exc.message

    def _objection(self, item: InboxItem, text: str, rule: Rule | None) -> str:
        """Return why a person must look at an item, or an empty string."""
        is_same = False
        if item.source in (*_LIVE, "renewal"):
            current = self._publisher.current(item)
            is_same = current is not None and current.template == item.answer
            if current and not is_same and item.source in _LIVE:
                return "another answer is approved"
        if rule is None or (is_same and item.source == "renewal"):
            return ""
        return rule.objection(item, text)

    def _fail(
        self, run: ApprovalRun, leases: Leases, item: InboxItem, reason: str, started_s: float | None = None
    ) -> None:
        with suppress(ConflictError):
            patiently(self._clock, lambda: self._inbox.settle(item.id, leases.owner, "failed", reason))
        leases.drop(item.id)
        stored = patiently(self._clock, lambda: self._inbox.get(item.id))
        seconds = 0.0 if started_s is None else time.perf_counter() - started_s
        is_dead = stored is not None and stored.state == "dead"
        run.finished(ItemResult(item.id_hash, "failed", reason, seconds), is_dead=is_dead)
