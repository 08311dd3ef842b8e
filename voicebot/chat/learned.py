"""Understanding by the learned model: an answer when one surely fits, the intent when that is sure, else nothing."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from voicebot.chat.lexical import LexicalIndex
from voicebot.chat.protocol import Turn, Understanding
from voicebot.chat.responses import Response
from voicebot.errors import ConfigError, StorageError
from voicebot.nlu.matcher import Candidate, Matcher
from voicebot.nlu.model import IntentResult, Model


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


def question_matcher(model: Model, responses: Sequence[Response], folder: Path) -> Matcher:
    """Return a matcher of the bank's questions, kept in `folder` so that the next process need not build it again."""
    lines = [(response.id, response.question) for response in responses]
    digest = hashlib.sha256(repr((model.fingerprint, lines)).encode()).hexdigest()
    path = folder / f"questions-{digest[:16]}.arrays"
    if path.is_file():
        try:
            return Matcher.load(model, path)
        except ConfigError:
            path.unlink(missing_ok=True)
    matcher = Matcher.build(model, lines)
    with suppress(ConfigError, StorageError):  # a folder that cannot be written to costs time, not answers
        matcher.save(path)
    return matcher


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
        self._letters = LexicalIndex((response.id, response.question) for response in responses)

    def understand(self, turn: Turn) -> Understanding:
        """Return what `turn` asks for; an intent without an answer when it is clear what about, but not what."""
        candidates = self._matcher.search(turn.text)
        if candidates and candidates[0].verdict.is_accepted:
            best = candidates[0]
            return Understanding(self._intents[best.answer_id], best.score, best.answer_id)
        found = self._model.intent(turn.text)
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
