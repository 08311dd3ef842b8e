"""The written answers that come nearest to a question: the only facts that a language model may state."""

from collections.abc import Sequence

from voicebot.chat.facts import Facts
from voicebot.chat.lexical import LexicalIndex
from voicebot.chat.responses import Response


class WrittenReferences:
    """Searches a bank of responses.

    Args:
        responses: The bank.
        facts: Fill the placeholders.
    """

    def __init__(self, responses: Sequence[Response], facts: Facts) -> None:
        self._responses = {response.id: response for response in responses}
        self._facts = facts
        self._index = LexicalIndex((response.id, f"{response.question} {response.answer}") for response in responses)

    def find(self, question: str, count: int) -> list[str]:
        """Return the `count` nearest answers, facts filled in, each after the question that it answers."""
        found = [self._responses[response_id] for response_id, _ in self._index.search(question, count)]
        return [f"- {response.question}: {self._facts.fill(response.answer)}" for response in found]
