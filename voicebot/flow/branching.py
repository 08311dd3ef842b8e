"""Which way a block goes: the first true condition, else the matching error, else NextAction."""

from dataclasses import dataclass

from voicebot.errors import FlowError
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.conditions import OPERATORS
from voicebot.flow.model import Action


@dataclass(frozen=True)
class Way:
    """A way out of a block.

    Args:
        branch: "NextAction", an error type, or a condition such as "Equals 1".
        next_block: Where it leads.
    """

    branch: str
    next_block: str


def way_after(call: Call, action: Action, result: str | None) -> Way:
    """Return the way for a result; a result that fits no condition is NoMatchingCondition."""
    transitions = action.transitions
    if result is None:
        return _next(action, "it ended well")
    for condition in transitions.conditions:
        if OPERATORS[condition.operator](result, call.fill(condition.operands[0])):
            return Way(condition.label, condition.next_action)
    unmatched = transitions.error_branch("NoMatchingCondition")
    return Way(unmatched.error_type, unmatched.next_action) if unmatched else _next(action, "no condition was true")


def way_after_failure(action: Action, failure: BlockFailed) -> Way:
    """Return the way for a failure: its own branch, else NoMatchingError, else (as in old exports) NextAction."""
    branch = action.transitions.error_branch(failure.error_type)
    if branch is None and not failure.is_mild:
        branch = action.transitions.error_branch("NoMatchingError")
    return Way(branch.error_type, branch.next_action) if branch else _next(action, failure.detail)


def _next(action: Action, why: str) -> Way:
    if action.transitions.next_action is None:
        message = f"{action.type} has no way to go on: {why}"
        raise FlowError(message, block=action.identifier, hint="add NextAction and the error branches of the action")
    return Way("NextAction", action.transitions.next_action)
