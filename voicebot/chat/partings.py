"""Where a call goes when the dialog is done with it, and the words before that."""

from dataclasses import replace

from voicebot.chat.answers import SURE, Answers
from voicebot.chat.moves import Move, State, without
from voicebot.chat.places import AT_A_PLACE
from voicebot.chat.protocol import HandOver, Understanding
from voicebot.chat.slots import is_question
from voicebot.chat.tasks import SLOTS, TASKS
from voicebot.korean.patterns import pattern

FAREWELL = "전화 주셔서 고맙습니다. 안전하게 운전하세요."
CONNECTING = "네, 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
_OPTED_OUT = "네, 광고 전화와 문자가 가지 않게 수신 거부로 접수할게요."
_WORDS_OF_PARTING: dict[HandOver, str] = {"agent": CONNECTING, "opt_out": _OPTED_OUT, "goodbye": FAREWELL}
FOR_A_PERSON = "네, 그 내용은 상담원이 직접 확인해 드려야 해요. 상담원에게 연결해 드릴까요?"
_A_PERSON_TAKES_IT = "네, 상담원이 바로 이어서 도와드릴게요. 끊지 말고 잠시만 기다려 주세요."
_PARTICULARS = (
    r"(?:성함|번호|연락처|위치|계신 (?:곳|동네)|있는 곳|사고 난 곳|동네 이름|이정표|크기|날짜|도착하실 시간|증상|차종|연식|대수|어떤 일|상태|금액|주소|종류)"
    r"[^.?]*(?:말씀해|남겨|알려) 주"
)
"""Answers that ask for what only a person can do something with."""
_OF_A_BOOKING = "예약하신 날"
LATE = "차가 막혀서 늦을 것 같아요"


class Partings:
    """Hands a call over.

    Args:
        answers: What is written.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def to(self, where: HandOver, understood: Understanding, state: State) -> Move:
        """Return the words with which the call leaves, and where it goes."""
        if where == "agent" and understood.confidence < SURE:
            understood = Understanding("", 0.0)
        response = self._answers.get(understood.response_id) if understood.intent == where else None
        response = response or self._answers.first(where)
        if response and where == "goodbye" and not state.get("booked") and _OF_A_BOOKING in response.answer:
            response = self._answers.first(where)
            understood = replace(understood, response_id="")
        template = response.answer if response else _WORDS_OF_PARTING[where]
        understanding = (
            understood if understood.intent == where else Understanding(where, 1.0, response.id if response else "")
        )
        kept = {**without(state, "missed", "repeats", "asked", "task", *SLOTS), "topic": where}
        return Move(template, understanding, kept, where)

    def taken_over(self, state: State) -> Move:
        """Return the words with which a person goes on with what was told."""
        hand_over = Understanding("agent", 1.0, "", True)
        return Move(_A_PERSON_TAKES_IT, hand_over, without(state, "missed", "repeats", "asked"), "agent")

    def particulars(self, text: str, understood: Understanding, state: State) -> Move | None:
        """Return what is said to what the last answer asked for, such as a name, a number or a place: a person goes on with it."""
        last = self._answers.last(state)
        is_arranged = last is not None and last.intent in TASKS and last.question != LATE
        if last is None or is_arranged:
            return None
        if not pattern(_PARTICULARS).search(last.answer) and last.intent != "pickup_delivery":
            return None
        told = ("location",) if last.intent in AT_A_PLACE else ("location", "business_hours", *TASKS)
        is_expected = last.intent in (*AT_A_PLACE, "pickup_delivery") or last.question == LATE
        if understood.is_understood and (not is_expected or understood.intent not in told or is_question(text)):
            return None
        if last.intent in AT_A_PLACE or state.get("asked") == "agent":
            return self.taken_over(state)
        understanding = Understanding(last.intent, 1.0, "", True)
        return Move(FOR_A_PERSON, understanding, {**without(state, "missed", "repeats"), "asked": "agent"})
