"""Callers who say that an approved answer was not what they asked: a wrong hit is worse than a miss."""

import logging
from collections.abc import Sequence

from voicebot.korean.patterns import pattern
from voicebot.turns.protocol import Job

_log = logging.getLogger(__name__)

_NOT_WHAT_I_ASKED = (
    r"그게? ?(?:말고|아니[고라에예요]|아니야|아닌데)|그거 ?(?:말고|아니)|그 ?말이 ?아니|그런 ?뜻이 ?아니"
    r"|(?:딴|다른|엉뚱한) ?(?:거|걸|것|얘기|말|소리|답)[을를은는]? ?(?:물어|여쭤|하시|하네|해요)|잘못 ?(?:알아|이해|들으)|못 ?알아들"
)


def report_false_hit(said: str, past: Sequence[Job]) -> bool:
    """Log that the last answer was not what the caller asked, when it came from the cache; return whether it was so.

    The template's metric filter counts these lines (`FalseHitReports`). The line names the turn and holds no words.

    Args:
        said: What the caller says now.
        past: The call's turns so far, in order.
    """
    if not past or not past[-1].is_hit or not pattern(_NOT_WHAT_I_ASKED).search(said):
        return False
    _log.warning("false hit reported: turn %s, intent %s", past[-1].id, past[-1].intent or "none")
    return True
