"""From the learned model's verdicts to what a dialog acts on."""

from collections.abc import Sequence

import pytest

from voicebot.chat.learned import LearnedUnderstander
from voicebot.chat.protocol import Turn, Understanding
from voicebot.chat.responses import Response
from voicebot.nlu.matcher import Candidate
from voicebot.nlu.model import IntentResult
from voicebot.nlu.verifier import Verdict

pytestmark = pytest.mark.unit

BANK = [
    Response("oil-1", "oil", "", "오일"),
    Response("tire-1", "tire", "", "타이어"),
    Response("tire-2", "tire", "", "펑크"),
]


class Scripted:
    """A model and a matcher that say what they were told to."""

    def __init__(self, intent: IntentResult, candidates: Sequence[Candidate]) -> None:
        self._intent = intent
        self._candidates = candidates

    def intent(self, text: str) -> IntentResult:
        return self._intent

    def search(self, text: str, k: int = 5) -> Sequence[Candidate]:
        return self._candidates[:k]


def candidate(answer_id: str, score: float, is_accepted: bool) -> Candidate:
    return Candidate(answer_id, "", "", score, Verdict(is_accepted, score))


TIRE = IntentResult("tire", 0.9, (("tire", 0.9),), False)
UNSURE = IntentResult("tire", 0.4, (("tire", 0.4),), False)
OUTSIDE = IntentResult("out_of_scope", 0.8, (("out_of_scope", 0.8),), True)


@pytest.mark.parametrize(
    ("intent", "candidates", "expected"),
    [
        (OUTSIDE, [candidate("oil-1", 0.97, True)], Understanding("oil", 0.97, "oil-1")),
        (OUTSIDE, [candidate("oil-1", 0.9, False)], Understanding("", 0.0)),
        (UNSURE, [candidate("tire-1", 0.9, False)], Understanding("", 0.4)),
        (TIRE, [candidate("oil-1", 0.9, False), candidate("tire-2", 0.8, False)], Understanding("tire", 0.8, "tire-2")),
        (TIRE, [candidate("oil-1", 0.9, False), candidate("tire-2", 0.3, False)], Understanding("tire", 0.9)),
        (TIRE, [], Understanding("tire", 0.9)),
    ],
)
def test_a_sure_answer_then_a_sure_intent_then_nothing(
    intent: IntentResult, candidates: list[Candidate], expected: Understanding
) -> None:
    script = Scripted(intent, candidates)
    assert LearnedUnderstander(script, script, BANK).understand(Turn("아무 말")) == expected
