"""Chajipsa: answers from written responses, and says so when it did not understand."""

from collections.abc import Iterator, Sequence

from voicebot.chat.facts import Facts
from voicebot.chat.lexical import LexicalIndex
from voicebot.chat.protocol import ReplyDelta, Session, Turn, Understanding
from voicebot.chat.responses import Response

NOT_UNDERSTOOD = "죄송합니다. 제가 말씀을 정확히 알아듣지 못했어요. 정비 예약이나 비용처럼 궁금하신 점을 다시 한번 말씀해 주시겠어요?"


class Chajipsa:
    """`ChatEngine` over a bank of responses.

    Args:
        responses: What it can say.
        facts: Fill the placeholders.
        min_similarity: Below this cosine it says that it did not understand.
    """

    name = "chajipsa"

    def __init__(self, responses: Sequence[Response], facts: Facts, min_similarity: float) -> None:
        self._responses = {response.id: response for response in responses}
        self._facts = facts
        self._min_similarity = min_similarity
        self._index = LexicalIndex((response.id, response.question) for response in responses)

    def understand(self, turn: Turn) -> Understanding:
        """Return what `turn` asks for; no intent when nothing is near enough."""
        found = self._index.search(turn.text, k=1)
        if not found:
            return Understanding("", 0.0)
        response_id, similarity = found[0]
        if similarity < self._min_similarity:
            return Understanding("", similarity)
        return Understanding(self._responses[response_id].intent, similarity, response_id)

    def reply(self, turn: Turn, session: Session) -> Iterator[ReplyDelta]:
        """Yield the written answer, or the admission that nothing was understood."""
        understanding = self.understand(turn)
        if understanding.is_understood:
            template = self._responses[understanding.response_id].answer
            yield ReplyDelta(self._facts.fill(template), template, understanding)
        else:
            yield ReplyDelta(NOT_UNDERSTOOD, understanding=understanding)
