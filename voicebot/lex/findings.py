"""One thing that is wrong with a bot."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""An error keeps Lex from taking, building or answering with the bot; a warning is likely a mistake; a note is advice."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a bot.

    Attributes:
        rule: A short id of the rule that was broken.
        severity: How bad it is.
        block: Where: the bot's name, or ``locale``, ``locale/intent``, ``locale/intent/slot``.
        message: What is wrong.
        fix: What to do about it.
    """

    rule: str
    severity: Severity
    block: str
    message: str
    fix: str
