"""What keeps a flow document from being read: its shape, its blocks, their parameters and where they lead."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.conditions import OPERATORS
from voicebot.flow.findings import Finding, Repair
from voicebot.flow.kinds import Parameters
from voicebot.flow.model import VERSION, Transitions
from voicebot.flow.names import (
    WRONG_OPERATORS,
    nearest,
    right_action,
    right_parameter,
    suggest_action,
    suggest_parameter,
)
from voicebot.flow.references import references_in
from voicebot.settings.invalid import said

_TRANSITIONS_FIX = (
    'write {"NextAction", "Errors": [{"ErrorType", "NextAction"}], "Conditions": [{"NextAction", "Condition"}]}'
)


def find_shape_problems(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield where a document is not of the flow language's form, so that nothing else can be said about it."""
    if "modules" in document:
        fix = "open the flow in the Connect console and export it again"
        yield Finding("old-format", "this is an old console export, not the flow language", fix)
        return
    if document.get("Version") != VERSION:
        told = f"is {document['Version']!r}, and" if "Version" in document else "is missing; it"
        message = f'"Version" {told} must be "{VERSION}"'
        repair = partial(document.__setitem__, "Version", VERSION) if isinstance(document, dict) else None
        yield Finding("version", message, f'write "Version": "{VERSION}"', repair=repair)
    if not isinstance(document.get("StartAction"), str):
        message = '"StartAction" must be the identifier of a block'
        yield Finding("start-action", message, "name the block that comes first")
    actions = document.get("Actions")
    if not isinstance(actions, list) or not actions:
        yield Finding("no-actions", '"Actions" must be a list of blocks', "add at least one block")
        return
    for number, action in enumerate(actions, 1):
        yield from _action_shape_problems(number, action)


def find_problems(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what keeps a flow document from being read, first things first."""
    shape = list(find_shape_problems(document))
    yield from shape
    if all(problem.rule == "version" for problem in shape):
        yield from find_block_problems(document)


def find_block_problems(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the blocks of a document of the right form."""
    actions: list[dict[str, Any]] = document["Actions"]
    identifiers = [action["Identifier"] for action in actions]
    yield from _identifier_problems(identifiers, document["StartAction"])
    for action in actions:
        yield from _parameter_problems(action)
        yield from _branch_problems(action, identifiers)


def _action_shape_problems(number: int, action: Any) -> Iterator[Finding]:
    block = action.get("Identifier") if isinstance(action, dict) else None
    if not isinstance(block, str) or not block:
        fix = "give every block a unique Identifier"
        yield Finding("missing-identifier", f"block number {number} has no Identifier", fix)
        return
    if not isinstance(action.get("Type"), str):
        yield Finding("missing-type", "it has no Type", "name its action, such as MessageParticipant", block)
    if not isinstance(action.get("Parameters"), dict | None):
        yield Finding("parameters-shape", "Parameters must be an object", 'write "Parameters": {}', block)
    transitions = action.get("Transitions")
    if not isinstance(transitions, dict | None) or not all(_transition_shapes(transitions or {})):
        message = "Transitions is not of the documented form"
        yield Finding("transitions-shape", message, _TRANSITIONS_FIX, block)


def _transition_shapes(transitions: Mapping[str, Any]) -> Iterator[bool]:
    yield isinstance(transitions.get("NextAction"), str | None)
    errors, conditions = transitions.get("Errors") or [], transitions.get("Conditions") or []
    yield isinstance(errors, list) and all(
        isinstance(each, dict) and isinstance(each.get("ErrorType"), str) and isinstance(each.get("NextAction"), str)
        for each in errors
    )
    yield isinstance(conditions, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("NextAction"), str)
        and isinstance(each.get("Condition"), dict)
        and isinstance(each["Condition"].get("Operands"), list)
        for each in conditions
    )


def _identifier_problems(identifiers: list[str], start: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for identifier in identifiers:
        if identifier in seen:
            yield Finding("duplicate-identifier", "two blocks have this identifier", "rename one of them", identifier)
        seen.add(identifier)
    if start not in seen:
        message = f"StartAction names {start!r}, which is no block"
        yield Finding("start-action", message, _no_block_fix(start, identifiers))


def _parameter_problems(action: dict[str, Any]) -> Iterator[Finding]:
    block, type_ = action["Identifier"], action["Type"]
    facts = ACTIONS.get(type_)
    if facts is None:
        right = right_action(type_, ACTIONS)
        repair = partial(action.__setitem__, "Type", right) if right else None
        message = f"there is no action {type_!r} in the flow language"
        yield Finding("unknown-action", message, suggest_action(type_, ACTIONS), block, repair=repair)
        return
    parameters = action.get("Parameters") or {}
    try:
        facts.parameters.model_validate(parameters)
    except ValidationError as exc:
        for error in exc.errors():
            yield _explain(type_, facts.parameters, parameters, error, block)


def _explain(
    type_: str, model: type[Parameters], parameters: dict[str, Any], error: ErrorDetails, block: str
) -> Finding:
    """Return the finding for one error of pydantic."""
    where, kind = error["loc"], error["type"]
    path = ".".join(str(step) for step in where)
    known = [field.alias or name for name, field in model.model_fields.items()]
    if kind == "extra_forbidden":
        fix = suggest_parameter(type_, path, known) if len(where) == 1 else "see the parameters of the action"
        message = f"{type_} has no parameter {path!r}"
        return Finding("unknown-parameter", message, fix, block, repair=_rename(type_, parameters, path, known))
    if kind == "missing":
        return Finding("missing-parameter", f"{type_} needs the parameter {path!r}", f"add {path} to Parameters", block)
    message, fix = f"{type_}: {f'{path}: ' if path else ''}{said(error)}", f"correct {path or 'the Parameters'}"
    if path == "InvocationTimeLimitSeconds" and kind in ("less_than_equal", "greater_than_equal"):
        fix = "Connect waits 8 s for a function, with its retries; make longer work asynchronous"
        repair = partial(parameters.__setitem__, path, "8")
        return Finding("lambda-time-limit", message, fix, block, repair=repair)
    if isinstance(error["input"], str) and references_in(error["input"]):
        message = f"{type_}: {path} cannot refer to the contact, and is {error['input']!r}"
        return Finding("static-parameter", message, "write the value itself", block)
    if kind == "value_error" and isinstance(error["input"], dict):
        return Finding("parameter-combination", message, fix, block)
    return Finding("parameter-value", message, fix, block)


def _rename(type_: str, parameters: dict[str, Any], name: str, known: list[str]) -> Repair | None:
    """Return what gives a misnamed parameter its right name, when that is not taken."""
    right = right_parameter(type_, name, known)
    if right not in known or right in parameters or name not in parameters:
        return None

    def rename() -> None:
        parameters[right] = parameters.pop(name)

    return rename


def _branch_problems(action: Mapping[str, Any], identifiers: list[str]) -> Iterator[Finding]:
    block, transitions = action["Identifier"], Transitions.parse(action.get("Transitions"))
    for label, target in transitions.branches():
        if target not in identifiers:
            message = f"{label} leads to {target!r}, which is no block"
            yield Finding("dangling-branch", message, _no_block_fix(target, identifiers), block)
    raw_conditions = (action.get("Transitions") or {}).get("Conditions") or []
    for condition, raw in zip(transitions.conditions, raw_conditions, strict=True):
        if condition.operator not in OPERATORS:
            likely = WRONG_OPERATORS.get(condition.operator) or nearest(condition.operator, OPERATORS)
            fix = f"did you mean {likely}?" if likely else f"use one of {', '.join(OPERATORS)}"
            repair = partial(raw["Condition"].__setitem__, "Operator", likely) if likely else None
            message = f"there is no operator {condition.operator!r}"
            yield Finding("unknown-operator", message, fix, block, repair=repair)
        elif len(condition.operands) != 1:
            message = f"{condition.operator} has {len(condition.operands)} operands"
            yield Finding("operand-count", message, "give it exactly one", block)


def _no_block_fix(target: str, identifiers: list[str]) -> str:
    likely = nearest(target, identifiers)
    return f"did you mean {likely!r}?" if likely else f"add a block {target!r}, or point at one that exists"
