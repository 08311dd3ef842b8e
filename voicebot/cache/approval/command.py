"""`cache approve` as a whole: what is stale is queued, items are approved, the index follows."""

from collections.abc import Callable
from dataclasses import dataclass, field

from voicebot.cache.approval.approver import Approval
from voicebot.cache.approval.report import ApprovalReport, ItemResult, Limits, Planned
from voicebot.cache.approval.review import ReviewReport
from voicebot.cache.approval.rules import Rule
from voicebot.cache.approval.stale import Staleness, StaleReport
from voicebot.cache.index import AnswerIndex


@dataclass(frozen=True)
class ApproveOptions:
    """How to approve.

    Attributes:
        workers: So many items at a time.
        limits: When to end early.
        rule: What needs a person; without one everything that has an answer is approved.
        is_stale: Make stale answers again, and do nothing else.
        is_reviewed: A person looks at the items afterwards.
    """

    workers: int = 1
    limits: Limits = field(default_factory=Limits)
    rule: Rule | None = None
    is_stale: bool = False
    is_reviewed: bool = False

    @property
    def has_run(self) -> bool:
        """True when something is done without a person: before a review only what a rule allows, or renewals."""
        return not self.is_reviewed or self.rule is not None or self.is_stale


class Approve:
    """Runs an approval with everything around it.

    Args:
        approval: Approves items.
        staleness: Finds stale answers.
        index: Finds paraphrases of what was approved.
    """

    def __init__(self, approval: Approval, staleness: Staleness, index: AnswerIndex) -> None:
        self._approval = approval
        self._staleness = staleness
        self._index = index

    def preview(self, options: ApproveOptions) -> list[Planned] | StaleReport:
        """Return what `run` would do."""
        if options.is_stale:
            return self._staleness.queue(is_dry_run=True, workers=options.workers)
        return self._approval.preview(options.limits.items, options.rule)

    def run(
        self, options: ApproveOptions, on_item: Callable[[ItemResult], None] = lambda result: None
    ) -> ApprovalReport:
        """Approve what waits; `on_item` hears of each item that is done."""
        if not options.has_run:
            return ApprovalReport()
        stale = self._staleness.queue(workers=options.workers) if options.is_stale else None
        report = self._approval.run(
            workers=options.workers,
            on_item=on_item,
            limits=options.limits,
            rule=options.rule,
            renewals_only=options.is_stale,
        )
        if stale:
            self._staleness.finish(stale)
            report.stale = stale
        if report.approved:
            self._index.build()
        return report

    def review(self, report: ApprovalReport, reviewed: ReviewReport) -> None:
        """Add to a report what a person decided after the run."""
        report.reviewed = reviewed
        if reviewed.approved:
            self._index.build()


def planned_text(plan: list[Planned] | StaleReport) -> str:
    """Return in words what a run would do."""
    if isinstance(plan, StaleReport):
        return "\n".join([*plan.answers, f"{plan.stale} of {plan.checked} answers would be made again"])
    held = [f"item {one.item} would not: {one.reason}" for one in plan if one.reason]
    return "\n".join([*held, f"{len(plan) - len(held)} items would be approved"])
