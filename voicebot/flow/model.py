"""A contact flow in the flow language, Version 2019-10-30."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicebot.flow.actions.facts import FlowType, said_type
from voicebot.flow.kinds import Parameters

VERSION = "2019-10-30"


@dataclass(frozen=True)
class ConditionBranch:
    """Where to go when the block's result fits."""

    operator: str
    operands: tuple[str, ...]
    next_action: str

    @property
    def label(self) -> str:
        """Return the branch's name in traces."""
        return f"{self.operator} {' '.join(self.operands)}"


@dataclass(frozen=True)
class ErrorBranch:
    """Where to go when the block fails in one way."""

    error_type: str
    next_action: str


@dataclass(frozen=True)
class Transitions:
    """The ways out of a block: the first true condition, else the matching error, else `next_action`."""

    next_action: str | None = None
    errors: tuple[ErrorBranch, ...] = ()
    conditions: tuple[ConditionBranch, ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any] | None) -> "Transitions":
        """Return transitions of the documented form; what is left out or empty, as in exports, is not there."""
        raw = raw or {}
        return cls(
            next_action=raw.get("NextAction") or None,
            errors=tuple(ErrorBranch(each["ErrorType"], each["NextAction"]) for each in raw.get("Errors") or ()),
            conditions=tuple(
                ConditionBranch(
                    operator=str(each["Condition"].get("Operator")),
                    operands=tuple(str(operand) for operand in each["Condition"]["Operands"]),
                    next_action=each["NextAction"],
                )
                for each in raw.get("Conditions") or ()
            ),
        )

    def branches(self) -> Iterator[tuple[str, str]]:
        """Yield every way out as its label and the block it leads to."""
        if self.next_action is not None:
            yield "NextAction", self.next_action
        yield from ((branch.label, branch.next_action) for branch in self.conditions)
        yield from ((branch.error_type, branch.next_action) for branch in self.errors)

    def error_branch(self, error_type: str) -> ErrorBranch | None:
        """Return the branch of just this error."""
        return next((branch for branch in self.errors if branch.error_type == error_type), None)


@dataclass(frozen=True)
class Action:
    """One block."""

    identifier: str
    type: str
    parameters: Parameters
    transitions: Transitions


@dataclass(frozen=True)
class Flow:
    """A whole flow; `settings` and `metadata` are kept as they came and never needed to run."""

    name: str
    start_action: str
    actions: Mapping[str, Action]
    settings: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def type(self) -> FlowType:
        """Return its type, as its metadata says; an inbound flow when that says nothing."""
        return said_type(self.metadata, [action.type for action in self.actions.values()]) or "CONTACT_FLOW"
