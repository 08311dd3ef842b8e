"""One thing that is wrong with a contact flow, and how it can be put right."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""An error keeps the flow from being published or from working; a warning is likely a mistake; a note is advice."""

Repair = Callable[[], None]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a flow document.

    Args:
        rule: A short id of the rule that was broken.
        message: What is wrong.
        fix: What to do about it.
        block: The identifier of the block it is wrong in; None for the flow as a whole.
        severity: How bad it is.
        repair: Puts it right in the document that was checked, when that needs no thought.
    """

    rule: str
    message: str
    fix: str
    block: str | None = None
    severity: Severity = "error"
    repair: Repair | None = field(default=None, compare=False, repr=False)

    def row(self) -> dict[str, object]:
        """Return what a report shows of it."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "block": self.block,
            "message": self.message,
            "fix": self.fix,
            "fixable": self.repair is not None,
        }
