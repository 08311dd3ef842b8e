"""Understanding by the learned model: an answer when one surely fits, the intent when that is sure, else nothing."""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Protocol

from voicebot.chat.lexical import LexicalIndex
from voicebot.chat.protocol import Turn, Understanding
from voicebot.chat.responses import Response
from voicebot.errors import ConfigError, StorageError
from voicebot.korean.mask import mask
from voicebot.nlu.matcher import Candidate, Matcher
from voicebot.nlu.model import IntentResult, Model

_WHOSE = re.compile(
    r"(?:(?:제|내|저희|우리|남편|아내)\s*)?(?:(?:전화|휴대폰|핸드폰|차량)?\s*번호|연락처)?(?:은|는|이|가|요)?\s*"
    r"\[[^\]]+\](?:이에요|예요|이고요|이요|인데요?|입니다|이거든요|거든요|이니까|이야|야|요|로|으로)?"
)
"""Personal data as `mask` writes it, with the words that name it."""


class IntentModel(Protocol):
    """What `voicebot.nlu.model.Model` is here."""

    def intent(self, text: str) -> IntentResult:
        """Return what `text` is about."""
        ...


class QuestionMatcher(Protocol):
    """What `voicebot.nlu.matcher.Matcher` is here: it was built over the bank's ids and questions."""

    def search(self, text: str, k: int = 5) -> Sequence[Candidate]:
        """Return candidates, likeliest first."""
        ...


def question_matcher(model: Model, responses: Sequence[Response], made: Path, folder: Path) -> Matcher:
    """Return a matcher of the bank's questions.

    Args:
        model: What understands them.
        responses: The bank.
        made: Where a function's package has it ready.
        folder: Where it is kept otherwise, so that the next process need not build it again.
    """
    name = questions_name(model, responses)
    for path in (made / name, folder / name):
        if path.is_file():
            with suppress(ConfigError):  # a damaged one is built again
                return Matcher.load(model, path)
    matcher = build_questions(model, responses)
    with suppress(ConfigError, StorageError):  # a folder that cannot be written to costs time, not answers
        matcher.save(folder / name)
    return matcher


def questions_name(model: Model, responses: Sequence[Response]) -> str:
    """Return the name of the file that holds a matcher of the bank's questions; another bank or model has another."""
    lines = [(response.id, response.question) for response in responses]
    digest = hashlib.sha256(repr((model.fingerprint, lines)).encode()).hexdigest()
    return f"questions-{digest[:16]}.arrays"


def build_questions(model: Model, responses: Sequence[Response]) -> Matcher:
    """Return a matcher of the bank's questions, made anew."""
    return Matcher.build(model, [(response.id, response.question) for response in responses])


def _apart_from_numbers(text: str) -> str:
    """Return a line without what it says of who calls: 제 번호는 010… is no part of any wish."""
    rest = _WHOSE.sub(" ", mask(text)).strip()
    return rest or text


class LearnedUnderstander:
    """`Understander` over an intent classifier and a matcher of the bank's questions.

    Args:
        model: Knows intents.
        matcher: Knows the bank's questions.
        responses: The bank.
        min_confidence: Below this probability of the intent nothing was understood.
        min_score: From this probability an answer of that very intent is given although the matcher would not play it as
            an approved one: in a conversation the caller can still say that it was another question.
        min_agreed_score: The same where the question that shares most letters is that very one.
    """

    def __init__(
        self,
        model: IntentModel,
        matcher: QuestionMatcher,
        responses: Sequence[Response],
        min_confidence: float = 0.6,
        min_score: float = 0.5,
        min_agreed_score: float = 0.4,
    ) -> None:
        self._model = model
        self._matcher = matcher
        self._intents = {response.id: response.intent for response in responses}
        self._min_confidence = min_confidence
        self._min_score = min_score
        self._min_agreed_score = min_agreed_score
        self._responses = responses

    @cached_property
    def _letters(self) -> LexicalIndex:
        """Only a question that the matcher is in two minds about is compared by its letters."""
        return LexicalIndex((response.id, response.question) for response in self._responses)

    def understand(self, turn: Turn) -> Understanding:
        """Return what `turn` asks for; an intent without an answer when it is clear what about, but not what."""
        text = _apart_from_numbers(turn.text)
        candidates = self._matcher.search(text)
        if candidates and candidates[0].verdict.is_accepted:
            best = candidates[0]
            return Understanding(self._intents[best.answer_id], best.score, best.answer_id)
        found = self._model.intent(text)
        if found.is_rejected or found.confidence < self._min_confidence:
            return Understanding("", 0.0 if found.is_rejected else found.confidence)
        near = (one for one in candidates if self._intents[one.answer_id] == found.intent)
        answer = next(near, None)
        if answer is None or not self._is_answer(turn, answer):
            return Understanding(found.intent, found.confidence)
        return Understanding(found.intent, min(found.confidence, answer.score), answer.answer_id)

    def _is_answer(self, turn: Turn, candidate: Candidate) -> bool:
        if candidate.score >= self._min_score:
            return True
        nearest = self._letters.search(turn.text, k=1)
        return candidate.score >= self._min_agreed_score and nearest[:1] != [] and nearest[0][0] == candidate.answer_id
