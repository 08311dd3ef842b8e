"""What did not come across: the last reply once more, or the admission that a turn was not understood."""

from voicebot.chat.answers import Answers, about
from voicebot.chat.commands import wants_it_slow
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.chat.services import read_service, spoken_thing, things_in
from voicebot.korean.sentences import split_sentences

_NOT_UNDERSTOOD = "죄송합니다. 제가 말씀을 정확히 알아듣지 못했어요. 정비 예약이나 비용처럼 궁금하신 점을 다시 한번 말씀해 주시겠어요?"
_GIVING_UP = "계속 알아듣지 못해서 죄송합니다. 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
_IS_IT_ABOUT = "죄송합니다, 제가 정확히 알아듣지 못했어요. 혹시 <service> 말씀이신가요? 가격이나 예약처럼 필요하신 점을 말씀해 주세요."
_SORRY = "답답하셨죠, 죄송합니다."
_SHALL_I_CONNECT = "상담원에게 연결해 드릴까요?"
_AGAIN = "네, 다시 말씀드릴게요."
_SLOWER = 0.85
GO_AHEAD = "네, 말씀해 주세요."


class Repairs:
    """Says it again, or asks for it again.

    Args:
        answers: What is written.
        max_misunderstandings: After so many in a row a person takes over.
    """

    def __init__(self, answers: Answers, max_misunderstandings: int) -> None:
        self._answers = answers
        self._max_misunderstandings = max_misunderstandings

    def again(self, text: str, understood: Understanding, state: State, last_reply: str) -> Move:
        """Return the last reply once more, slower; when that was not enough, only its first sentence."""
        repeats = int(state.get("repeats", "0")) + 1
        if not last_reply:
            response = self._answers.get(understood.response_id) or self._answers.first("repeat")
            understanding = Understanding("repeat", 1.0, response.id if response else "")
            return Move(response.answer if response else GO_AHEAD, understanding, without(state, "missed"))
        last_reply = last_reply.removeprefix(_AGAIN).strip().removeprefix("네, ")
        sentences = split_sentences(last_reply.replace("{", ""))
        said = sentences[0] if repeats > 1 and sentences else " ".join(sentences)
        speed = _SLOWER if repeats > 1 or wants_it_slow(text) else 1.0
        kept = {**without(state, "missed"), "repeats": str(repeats)}
        return Move(f"{_AGAIN} {said}", Understanding("repeat", 1.0, "", True), kept, speed=speed)

    def misheard(self, state: State, question: str) -> Move:
        """Return what is said to a caller who is tired of it: a person is offered, or takes over when something was missed before.

        Args:
            state: What is remembered.
            question: The one that is open.
        """
        understanding = Understanding("complaint", 1.0, "", True)
        if state.get("missed"):
            return self.missed(understanding, state)
        if question:
            return Move(f"{_SORRY} {question}", understanding, {**state, "missed": "1"})
        return Move(f"{_SORRY} {_SHALL_I_CONNECT}", understanding, {**state, "missed": "1", "asked": "agent"})

    def missed(self, understood: Understanding, state: State, text: str = "") -> Move:
        """Return the admission that nothing was understood; after too many of them a person takes over."""
        missed = int(state.get("missed", "0")) + 1
        if missed >= self._max_misunderstandings:
            return Move(_GIVING_UP, understood, without(state, "missed", "task", "asked"), "agent")
        service = read_service(text) if things_in(text) else ""
        if not service or "," in service:
            return Move(_NOT_UNDERSTOOD, understood, {**state, "missed": str(missed)})
        kept = {**state, "missed": str(missed), "about": about(service, state)}
        return Move(_IS_IT_ABOUT.replace("<service>", spoken_thing(service)), understood, kept)
