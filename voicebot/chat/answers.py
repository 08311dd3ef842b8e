"""Written answers as moves, and what the talk is about after them."""

from collections.abc import Sequence
from dataclasses import replace

from voicebot.chat.followups import Followups, aspects_in
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.requests import wants_both
from voicebot.chat.responses import Response
from voicebot.chat.services import GENERAL_CHECK, read_service, service_of

SURE = 0.6
"""From this confidence an answer is taken to be the one to that very question; below it the more general words are said."""
_REMEMBERED = 3


class Answers:
    """Says what is written.

    Args:
        responses: The bank.
        followups: Finds answers by service.
    """

    def __init__(self, responses: Sequence[Response], followups: Followups) -> None:
        self._responses = {response.id: response for response in responses}
        self._questions = {response.question: response for response in responses}
        self._first = {response.intent: response for response in reversed(responses)}
        self._followups = followups

    def get(self, response_id: str) -> Response | None:
        """Return the response of this id."""
        return self._responses.get(response_id)

    def first(self, intent: str) -> Response | None:
        """Return the first response of an intent in the bank."""
        return self._first.get(intent)

    def last(self, state: State) -> Response | None:
        """Return the written answer that was given last."""
        return self._responses.get(state.get("answer", ""))

    def answer_to(self, question: str, state: State) -> Move | None:
        """Return the answer that is written for this very question; None when there is none."""
        response = self._questions.get(question)
        return self.tell(response, state) if response else None

    def tell(self, response: Response, state: State) -> Move:
        """Return an answer that was found by what was said before or by its question, not by what a turn was taken for."""
        return self.say(response, Understanding(response.intent, 1.0, response.id, True), state)

    def say(self, response: Response, understanding: Understanding, state: State, text: str = "") -> Move:
        """Return an answer; after it the talk is about its topic, and about the service that `text` or its question names."""
        kept = without(state, "missed", "repeats", "asked")
        service = service_of(response.intent, response.question)
        service = service if response.intent == "ev_care" else read_service(text) or service
        kept |= {"topic": response.intent, "answer": response.id}
        if service:
            kept["about"] = about(service, state)
        if response.intent == "complaint":
            kept["complained"] = "1"
        return Move(response.answer, understanding, without(kept))

    def of_each(self, services: str, text: str, state: State) -> Move | None:
        """Return the same about two services at once, or two things about one: "배터리랑 타이어 얼마예요", "가격이랑 시간이요"."""
        names = [name for name in aspects_in(text) if name in ("price", "duration")][::-1]
        pairs = [(name, service) for service in services.split(", ")[:2] for name in names if service]
        if len(pairs) < 2:
            return None
        found = [self._followups.of_service(name, service) for name, service in pairs]
        answers = list(dict.fromkeys(response.answer for response in found if response))
        last = found[-1]
        if None in found or last is None or len(answers) > 2:
            return None
        said = self.say(last, Understanding(last.intent, 1.0, "", True), state, text)
        return replace(said, template=" ".join(answers), state={**said.state, "about": about(services, state)})


def about(services: str, state: State) -> str:
    """Return what was talked about, the latest first."""
    before = state.get("about", "").split(", ")
    names = list(filter(None, dict.fromkeys([*reversed(services.split(", ")), *before])))
    special = [name for name in names if name != GENERAL_CHECK]
    return ", ".join((special or names)[:_REMEMBERED])


def talked_about(text: str, state: State) -> str:
    """Return the service that was talked about last; the last two where both are meant."""
    names = state.get("about", "").split(", ")
    return ", ".join(reversed(names[:2]) if wants_both(text) else names[:1])


def is_sure(understanding: Understanding) -> bool:
    """Say whether a written answer was found that is surely meant."""
    return bool(understanding.response_id) and understanding.confidence >= SURE


def in_context(understanding: Understanding) -> Understanding:
    """Return `understanding`, marked as what a turn means only after what was said before."""
    return replace(understanding, is_contextual=True)
