"""A change set: what CloudFormation would do to the stack, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["create", "update", "none"]

_VERBS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": ">", "Dynamic": "?"}


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    Attributes:
        action: CloudFormation's word: Add, Modify, Remove.
        resource: Its name in the template.
        kind: Its type.
        replaced: ``True``, ``False`` or ``Conditional``: whether another one takes its place.
        because: Which of its properties change.
    """

    action: str
    resource: str
    kind: str
    replaced: str
    because: tuple[str, ...]

    @property
    def line(self) -> str:
        """The change as one line."""
        note = {"True": "  REPLACED", "Conditional": "  perhaps replaced"}.get(self.replaced, "")
        because = f"  ({', '.join(self.because)})" if self.because else ""
        return f"{_VERBS.get(self.action, '?')} {self.resource}  {self.kind}{note}{because}"


@dataclass(frozen=True)
class Plan:
    """What a change set would do.

    Attributes:
        stack: The stack's name.
        kind: Whether it is made, changed, or left as it is.
        changes: By resource.
        parameters: What the template is given.
    """

    stack: str
    kind: Kind
    changes: tuple[Change, ...]
    parameters: Mapping[str, str]


def change_of(entry: Mapping[str, Any]) -> Change:
    """Return one entry of DescribeChangeSet's `Changes`."""
    one = entry["ResourceChange"]
    names = dict.fromkeys(_names(one.get("Details", ())))
    return Change(
        one["Action"],
        one["LogicalResourceId"],
        one["ResourceType"],
        one.get("Replacement", "False") if one["Action"] == "Modify" else "False",
        tuple(names),
    )


def plan_text(plan: Plan) -> str:
    """Return a plan as a person reads it: what is removed or replaced first."""
    if plan.kind == "none":
        return f"stack {plan.stack}: nothing to change"
    order = {"Remove": 0, "Modify": 1, "Add": 2}
    changes = sorted(plan.changes, key=lambda one: (order.get(one.action, 3), one.replaced == "False", one.resource))
    counts = [sum(one.action == action for one in changes) for action in ("Add", "Modify", "Remove")]
    replaced = sum(one.replaced != "False" for one in changes)
    head = f"stack {plan.stack}: {plan.kind}: {counts[0]} to add, {counts[1]} to change, {counts[2]} to remove"
    return "\n".join([head + (f", {replaced} of them replaced" if replaced else ""), *(one.line for one in changes)])


def _names(details: Any) -> Iterator[str]:
    for detail in details:
        target = detail.get("Target", {})
        name = target.get("Name") or target.get("Attribute")
        if name:
            yield str(name)
