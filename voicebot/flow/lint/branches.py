"""Rules about the ways out of a block."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.actions.facts import FAILED, TIMED_OUT, UNMATCHED, Results
from voicebot.flow.findings import Finding, Repair
from voicebot.flow.lint.sheet import Block, Sheet
from voicebot.flow.names import WRONG_ERRORS, nearest
from voicebot.flow.references import references_in

BAD_NUMBER = "InvalidPhoneNumber"

KNOWN_ERRORS = frozenset(
    {TIMED_OUT, BAD_NUMBER, "MultipleFoundError", "NoneFoundError", "TimeLimitExceeded"}.union(
        *({*facts.required_errors, *facts.usual_errors, *facts.other_errors} for facts in ACTIONS.values())
    )
)


def branch_findings(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is wrong with the branches of each block."""
    for block in sheet.blocks.values():
        if block.facts is None:
            continue
        if block.facts.ends:
            yield from _after_the_end(block)
            continue
        yield from _next(block)
        yield from _errors(block)
        yield from _conditions(block)


def _after_the_end(block: Block) -> Iterator[Finding]:
    if any(True for _ in block.transitions.branches()):
        repair = partial(block.raw.__setitem__, "Transitions", {})
        message = f"{block.type} ends the flow, and has branches"
        yield block.finding("after-the-end", message, 'write "Transitions": {}', severity="warning", repair=repair)


def _next(block: Block) -> Iterator[Finding]:
    facts, transitions = block.facts, block.transitions
    assert facts
    decides = facts.results is not None and (transitions.conditions or transitions.error_branch(UNMATCHED))
    if transitions.next_action is None and not facts.may_end and not decides:
        yield block.finding("missing-next", f"{block.type} has no NextAction", "name the block that comes after it")


def _errors(block: Block) -> Iterator[Finding]:
    facts = block.facts
    assert facts
    required, usual = _documented_errors(block)
    present = [branch.error_type for branch in block.transitions.errors]
    for error in required:
        if error not in present:
            message, fix = f"{block.type} has no branch for {error}", f"add an error branch {error}"
            yield block.finding("missing-error-branch", message, fix, repair=_add_error(block, error))
    for error in usual:
        if error not in present:
            message, fix = f"{block.type} has no branch for {error}", f"add an error branch {error}"
            repair = _add_error(block, error)
            yield block.finding("usual-error-branch", message, fix, severity="note", repair=repair)
    for error, count in Counter(present).items():
        if count > 1:
            message, fix = f"{count} branches for {error}: only the first is taken", "keep one of them"
            yield block.finding("duplicate-error-branch", message, fix, repair=_keep_first_errors(block))
        if facts.is_modelled and error not in (*required, *usual, *facts.other_errors):
            yield from _other_error(block, error)


def _other_error(block: Block, error: str) -> Iterator[Finding]:
    facts = block.facts
    assert facts
    if error in facts.refused_errors:
        message = f"{block.type} has no error {error}"
        yield block.finding("refused-error-branch", message, "delete the branch", repair=_drop_error(block, error))
    elif error not in KNOWN_ERRORS:
        likely = WRONG_ERRORS.get(error) or nearest(error, KNOWN_ERRORS)
        fix = f"did you mean {likely}?" if likely else "delete the branch"
        repair = _rename_error(block, error, likely) if likely else None
        severity = "error" if likely else "warning"
        message = f"there is no error type {error!r} that is known"
        yield block.finding("unknown-error-branch", message, fix, severity=severity, repair=repair)
    elif error != FAILED:
        message = f"{error} is not documented for {block.type}, and is never taken"
        yield block.finding("unexpected-error-branch", message, "delete the branch", severity="warning")


def _documented_errors(block: Block) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the error branches that publishing asks for, and those that are usual."""
    facts = block.facts
    assert facts
    if block.type != "GetParticipantInput":
        return facts.required_errors, facts.usual_errors
    if "EnableDTMFBuffer" in block.parameters:
        return (), (FAILED,)
    if not block.stores_input():
        return (UNMATCHED, TIMED_OUT, FAILED), ()
    validation = block.parameters.get("InputValidation")
    is_phone = isinstance(validation, dict) and "PhoneNumberValidation" in validation
    return ((BAD_NUMBER, FAILED) if is_phone else (FAILED,)), (TIMED_OUT,)


def _conditions(block: Block) -> Iterator[Finding]:
    facts = block.facts
    assert facts
    conditions = block.transitions.conditions
    results = None if block.stores_input() else facts.results
    if results is None:
        if conditions:
            message = f"{block.type} has no result to compare"
            repair = partial(_transitions(block).pop, "Conditions", None)
            yield block.finding("condition-not-allowed", message, "delete the conditions", repair=repair)
        return
    for number, condition in enumerate(conditions):
        if condition.label in [earlier.label for earlier in conditions[:number]]:
            message, fix = f"the condition {condition.label!r} stands there twice", "delete the second"
            repair = partial(_drop_condition, block, number)
            yield block.finding("duplicate-condition", message, fix, severity="warning", repair=repair)
        yield from _condition(block, number, results)
    operands = [operand for condition in conditions for operand in condition.operands]
    for operand in results.required:
        if operand not in operands:
            message = f"{block.type} has no condition Equals {operand}"
            yield block.finding("missing-condition", message, f"add a condition Equals {operand}")
    if block.type == "DistributeByPercentage":
        yield from _percentages(block, operands)


def _condition(block: Block, number: int, results: Results) -> Iterator[Finding]:
    condition = block.transitions.conditions[number]
    if results.operators and condition.operator not in results.operators:
        message = f"{block.type} cannot be compared with {condition.operator}"
        yield block.finding("condition-operator", message, f"use {' or '.join(results.operators)}")
        return
    operand = condition.operands[0] if condition.operands else ""
    if results.operands and operand not in results.operands and not references_in(operand):
        likely = nearest(operand, results.operands) if len(operand) > 1 else None
        fix = f"did you mean {likely}?" if likely else f"it can be {', '.join(results.operands)}"
        repair = partial(_set_operand, block, number, likely) if likely else None
        message = f"{block.type} never gives {operand!r}"
        yield block.finding("condition-operand", message, fix, repair=repair)
    metric = block.parameters.get("MetricType")
    counts_agents = block.type == "CheckMetricData" and str(metric).startswith("NumberOfAgents")
    if counts_agents and condition.label != "NumberGreaterThan 0":
        message = f"{metric} is compared as {condition.label}"
        yield block.finding("metric-condition", message, "the only condition it takes is NumberGreaterThan 0")


def _percentages(block: Block, operands: list[str]) -> Iterator[Finding]:
    steps = [float(operand) if operand.replace(".", "", 1).isdecimal() else -1.0 for operand in operands]
    if any(not 0 < step <= 100 for step in steps) or any(after <= before for before, after in pairwise(steps)):
        message = f"the percentages are {', '.join(operands)}"
        fix = "compare with NumberLessThan and a sum that rises from branch to branch, up to 100"
        yield block.finding("percentage-chain", message, fix)


def _transitions(block: Block) -> dict[str, Any]:
    transitions: dict[str, Any] = block.raw["Transitions"]
    return transitions


def _add_error(block: Block, error: str) -> Repair | None:
    target = block.transitions.next_action
    if target is None:
        return None

    def add() -> None:
        _transitions(block).setdefault("Errors", []).append({"ErrorType": error, "NextAction": target})

    return add


def _drop_error(block: Block, error: str) -> Repair:
    def drop() -> None:
        transitions = _transitions(block)
        transitions["Errors"] = [branch for branch in transitions["Errors"] if branch["ErrorType"] != error]

    return drop


def _rename_error(block: Block, error: str, right: str) -> Repair:
    def rename() -> None:
        for branch in _transitions(block)["Errors"]:
            if branch["ErrorType"] == error:
                branch["ErrorType"] = right

    return rename


def _keep_first_errors(block: Block) -> Repair:
    def keep() -> None:
        transitions = _transitions(block)
        first = {branch["ErrorType"]: branch for branch in reversed(transitions["Errors"])}
        transitions["Errors"] = [branch for branch in transitions["Errors"] if first[branch["ErrorType"]] is branch]

    return keep


def _drop_condition(block: Block, number: int) -> None:
    conditions = _transitions(block)["Conditions"]
    if number < len(conditions):
        del conditions[number]


def _set_operand(block: Block, number: int, operand: str) -> None:
    _transitions(block)["Conditions"][number]["Condition"]["Operands"] = [operand]
