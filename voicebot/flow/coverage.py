"""Which blocks and branches of a flow a set of calls went through."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.actions.facts import TIMED_OUT, UNMATCHED
from voicebot.flow.model import Action, Flow
from voicebot.flow.result import CallResult

_LEAVES = ("TransferContactToQueue", "TransferToFlow", "DequeueContactAndTransferToQueue")
"""Actions whose NextAction a voice contact never takes: it is elsewhere once they have succeeded."""


@dataclass(frozen=True)
class BlockCoverage:
    """How often one block ran, and how often each of its branches was taken."""

    identifier: str
    type: str
    visits: int
    branches: Mapping[str, int]

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the branches that were never taken."""
        return tuple(label for label, count in self.branches.items() if count == 0)


@dataclass
class Coverage:
    """What calls went through in one flow.

    Args:
        flow: The flow.
        calls: How many calls have been added.
    """

    flow: Flow
    calls: int = 0
    _visits: Counter[str] = field(init=False, default_factory=Counter)
    _branches: Counter[tuple[str, str]] = field(init=False, default_factory=Counter)

    def add(self, result: CallResult) -> None:
        """Count one call."""
        self.calls += 1
        for visit in result.blocks:
            if visit.flow == self.flow.name:
                self._visits[visit.identifier] += 1
                self._branches[visit.identifier, visit.branch or ""] += 1

    def blocks(self) -> list[BlockCoverage]:
        """Return every block in the flow's order."""
        return [
            BlockCoverage(
                action.identifier,
                action.type,
                self._visits[action.identifier],
                {label: self._branches[action.identifier, label] for label in branches_of(action)},
            )
            for action in self.flow.actions.values()
        ]

    def document(self) -> dict[str, object]:
        """Return the coverage as a JSON object."""
        blocks = self.blocks()
        branches = [count for block in blocks for count in block.branches.values()]
        return {
            "flow": self.flow.name,
            "calls": self.calls,
            "blocks": len(blocks),
            "blocks_covered": sum(block.visits > 0 for block in blocks),
            "branches": len(branches),
            "branches_covered": sum(count > 0 for count in branches),
            "missed_blocks": [block.identifier for block in blocks if not block.visits],
            "missed_branches": [
                {"block": block.identifier, "branch": label}
                for block in blocks
                if block.visits
                for label in block.missed
            ],
        }

    def rate(self) -> float:
        """Return the share of branches that were taken, 0 to 1; a flow without branches is covered by one call."""
        counts = [count for block in self.blocks() for count in block.branches.values()]
        return sum(count > 0 for count in counts) / len(counts) if counts else float(self.calls > 0)


def branches_of(action: Action) -> list[str]:
    """Return the branches of a block that a voice contact can take."""
    transitions = action.transitions
    labels = dict.fromkeys(label for label, _ in transitions.branches())
    results = ACTIONS[action.type].results
    operands = {operand for condition in transitions.conditions for operand in condition.operands}
    is_decided = results is not None and bool(transitions.conditions) and action.type != "InvokeFlowModule"
    is_whole = bool(results and results.operands and operands >= set(results.required or results.operands))
    if action.type in _LEAVES or (is_decided and (is_whole or transitions.error_branch(UNMATCHED))):
        labels.pop("NextAction", None)
    if action.type == "ConnectParticipantWithLexBot":
        labels.pop(TIMED_OUT, None)
    return list(labels)
