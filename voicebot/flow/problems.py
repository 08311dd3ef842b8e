"""What keeps a flow document from being read: its shape, its blocks, their parameters and where they lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.conditions import OPERATORS
from voicebot.flow.kinds import Parameters
from voicebot.flow.model import VERSION, Transitions
from voicebot.flow.names import nearest, suggest_action, suggest_parameter

_TRANSITIONS_HINT = (
    'write {"NextAction", "Errors": [{"ErrorType", "NextAction"}], "Conditions": [{"NextAction", "Condition"}]}'
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a flow document.

    Args:
        rule: A short id of the rule that was broken.
        message: What is wrong.
        hint: What to do about it.
        block: The identifier of the block it is wrong in; None for the flow as a whole.
    """

    rule: str
    message: str
    hint: str
    block: str | None = None


def find_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what keeps a flow document from being read, first things first."""
    shape = list(_shape_problems(document))
    yield from shape
    if shape:
        return
    actions: list[dict[str, Any]] = document["Actions"]
    identifiers = [action["Identifier"] for action in actions]
    yield from _identifier_problems(identifiers, document["StartAction"])
    for action in actions:
        yield from _parameter_problems(action)
        yield from _branch_problems(action, identifiers)


def _shape_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    if "modules" in document:
        hint = "open the flow in the Connect console and export it again"
        yield Problem("old-format", "this is an old console export, not the flow language", hint)
        return
    if document.get("Version") != VERSION:
        message = f'"Version" is {document.get("Version")!r}, and must be "{VERSION}"'
        yield Problem("version", message, f'write "Version": "{VERSION}"')
    if not isinstance(document.get("StartAction"), str):
        yield Problem("start", '"StartAction" must be the identifier of a block', "name the block that comes first")
    actions = document.get("Actions")
    if not isinstance(actions, list) or not actions:
        yield Problem("actions", '"Actions" must be a list of blocks', "add at least one block")
        return
    for number, action in enumerate(actions, 1):
        yield from _action_shape_problems(number, action)


def _action_shape_problems(number: int, action: Any) -> Iterator[Problem]:
    block = action.get("Identifier") if isinstance(action, dict) else None
    if not isinstance(block, str) or not block:
        yield Problem("identifier", f"block number {number} has no Identifier", "give every block a unique Identifier")
        return
    if not isinstance(action.get("Type"), str):
        yield Problem("type", "it has no Type", "name its action, such as MessageParticipant", block)
    if not isinstance(action.get("Parameters"), dict | None):
        yield Problem("parameters", "Parameters must be an object", 'write "Parameters": {}', block)
    transitions = action.get("Transitions")
    if not isinstance(transitions, dict | None) or not all(_transition_shapes(transitions or {})):
        yield Problem("transitions", "Transitions is not of the documented form", _TRANSITIONS_HINT, block)


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


def _identifier_problems(identifiers: list[str], start: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for identifier in identifiers:
        if identifier in seen:
            yield Problem("duplicate", "two blocks have this identifier", "rename one of them", identifier)
        seen.add(identifier)
    if start not in seen:
        yield Problem("start", f"StartAction names {start!r}, which is no block", _no_block_hint(start, identifiers))


def _parameter_problems(action: Mapping[str, Any]) -> Iterator[Problem]:
    block, type_ = action["Identifier"], action["Type"]
    model = ACTIONS.get(type_)
    if model is None:
        message = f"there is no action {type_!r} in the flow language"
        yield Problem("action", message, suggest_action(type_, ACTIONS), block)
        return
    try:
        model.model_validate(action.get("Parameters") or {})
    except ValidationError as exc:
        for error in exc.errors():
            message, hint = _explain(type_, model, error)
            yield Problem("parameters", message, hint, block)


def _explain(type_: str, model: type[Parameters], error: ErrorDetails) -> tuple[str, str]:
    """Return the message and the hint for one finding of pydantic."""
    where, kind = error["loc"], error["type"]
    path = ".".join(str(step) for step in where)
    known = [field.alias or name for name, field in model.model_fields.items()]
    if kind == "extra_forbidden":
        hint = suggest_parameter(type_, path, known) if len(where) == 1 else "see the parameters of the action"
        return f"{type_} has no parameter {path!r}", hint
    if kind == "missing":
        return f"{type_} needs the parameter {path!r}", f"add {path} to Parameters"
    said = error["msg"].removeprefix("Value error, ")
    return f"{type_}: {f'{path}: ' if path else ''}{said}", f"correct {path or 'the Parameters'}"


def _branch_problems(action: Mapping[str, Any], identifiers: list[str]) -> Iterator[Problem]:
    block, transitions = action["Identifier"], Transitions.parse(action.get("Transitions"))
    for label, target in transitions.branches():
        if target not in identifiers:
            message = f"{label} leads to {target!r}, which is no block"
            yield Problem("dangling", message, _no_block_hint(target, identifiers), block)
    for condition in transitions.conditions:
        if condition.operator not in OPERATORS:
            likely = nearest(condition.operator, OPERATORS)
            hint = f"did you mean {likely}?" if likely else f"use one of {', '.join(OPERATORS)}"
            yield Problem("operator", f"there is no operator {condition.operator!r}", hint, block)
        elif len(condition.operands) != 1:
            message = f"{condition.operator} has {len(condition.operands)} operands"
            yield Problem("operator", message, "give it exactly one", block)


def _no_block_hint(target: str, identifiers: list[str]) -> str:
    likely = nearest(target, identifiers)
    return f"did you mean {likely!r}?" if likely else f"add a block {target!r}, or point at one that exists"
