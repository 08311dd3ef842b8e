"""From the learned model's verdicts to what a dialog acts on."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from voicebot.chat.learned import LearnedUnderstander, build_questions, question_matcher, questions_name
from voicebot.chat.protocol import Turn, Understanding
from voicebot.chat.responses import Response
from voicebot.nlu.matcher import Candidate
from voicebot.nlu.model import IntentResult, load_model
from voicebot.nlu.verifier import Verdict
from voicebot.resources import DATA_DIR

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


def test_a_package_brings_the_matcher_ready_and_elsewhere_it_is_built_once(tmp_path: Path) -> None:
    model = load_model(DATA_DIR / "model")
    made, kept = tmp_path / "made", tmp_path / "kept"
    path = kept / questions_name(model, BANK)
    assert question_matcher(model, BANK, made, kept).find("타이어").is_hit
    first = path.read_bytes()
    path.write_bytes(first[:100])
    assert question_matcher(model, BANK, made, kept).find("타이어").is_hit
    assert path.read_bytes() == first, "a damaged one is built again"
    path.unlink()
    build_questions(model, BANK).save(made / path.name)
    assert question_matcher(model, BANK, made, kept).find("타이어").is_hit
    assert not path.exists()
    assert questions_name(model, BANK[:2]) != path.name


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("엔진오일 예약하려고요 제 번호는 010-1234-5678이에요", "엔진오일 예약하려고요"),
        ("전화번호는 010-1234-5678이고요 타이어 바꾸려고요", "타이어 바꾸려고요"),
        ("010-1234-5678 이 번호 빼 주세요", "이 번호 빼 주세요"),
        ("제 번호 지워 주세요", "제 번호 지워 주세요"),
        ("010-1234-5678", "010-1234-5678"),
    ],
)
def test_who_calls_is_no_part_of_what_is_asked(said: str, asked: str) -> None:
    class Listening(Scripted):
        def intent(self, text: str) -> IntentResult:
            heard.append(text)
            return super().intent(text)

    heard: list[str] = []
    model = Listening(TIRE, [])
    LearnedUnderstander(model, model, BANK).understand(Turn(said))
    assert heard == [asked]
