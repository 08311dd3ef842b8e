"""Remarks that have an answer of their own, whatever they are taken for: "너무 비싸요", "사람이에요?", "거기 치과죠"."""

from voicebot.chat.answers import SURE, Answers
from voicebot.chat.commands import (
    asks_who_speaks,
    dialled_wrong,
    finds_it_dear,
    is_angry,
    is_greeting,
    is_sorry,
    is_still_broken,
    is_stranded,
    is_wrong_number,
    squeezed,
    starts_hard,
    was_called,
    was_overcharged,
)
from voicebot.chat.followups import Followups
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.korean.patterns import pattern

PRICED = ("engine_oil", "tire", "battery", "brake", "inspection", "car_wash", "ev_care")
"""Intents of work that has a price and takes time."""
_OVERCHARGED = "처음 말한 금액하고 다르잖아요"
_STRANDED = "방전돼서 시동이 안 걸려요 와 주세요"
_NO_MATTER = "괜찮습니다. 차에 대해 도와드릴 일이 있으면 편하게 말씀해 주세요."
_NO_HARM = "괜찮습니다. 안녕히 계세요."
_SHORT = 6
_MASKED = r"\[[가-힣]+번호\]"
_NO_NUMBERS = "개인 정보는 전화로 말씀하지 않으셔도 돼요. 필요하면 상담원이 따로 여쭤볼게요. 다른 도움이 필요하시면 말씀해 주세요."
_BROKEN_AGAIN = "고쳤다더니 하나도 안 고쳐졌어요"
_RANG_BACK = "저희는 차 정비를 도와드리는 {company.name}예요. 예약이나 정비 안내로 전화드렸을 거예요. 상담원에게 확인해 드릴까요?"
_ANGRY = "서비스가 왜 이 모양이에요"
_WEAK_BATTERY = "아침에 시동이 힘겹게 걸려요"
_TOO_DEAR = "가격이 너무 비싸네요"
_WHO_SPEAKS = "사람이에요 기계예요"
_WRONG_NUMBER = "거기 치과 아니에요"
_SORRY_AGAIN = "거듭 불편을 드려 정말 죄송합니다. 상담원에게 바로 연결해 드릴게요. 잠시만 기다려 주세요."


class Remarks:
    """Finds their answers in the bank.

    Args:
        answers: What is written.
        followups: Finds answers by what a turn names.
    """

    def __init__(self, answers: Answers, followups: Followups) -> None:
        self._answers = answers
        self._followups = followups

    def number(self, text: str, state: State) -> Move | None:
        """Return that no personal number is needed, where `text` has one, masked."""
        if not pattern(_MASKED).search(text):
            return None
        understanding = Understanding("greeting", 1.0, "", True)
        return Move(_NO_NUMBERS, understanding, without(state, "missed", "repeats"))

    def find(self, text: str, intent: str, state: State) -> Move | None:
        """Return what is said to such a remark; None when `text` is none."""
        if intent == "complaint" and state.get("complained"):
            return Move(_SORRY_AGAIN, Understanding(intent, 1.0, "", True), without(state, "missed", "asked"), "agent")
        if is_still_broken(text) and intent in ("", "complaint", "warranty", *PRICED):
            return self._answers.answer_to(_BROKEN_AGAIN, state)
        if was_called(text) and intent in ("", "greeting", "goodbye"):
            return Move(
                _RANG_BACK, Understanding("greeting", 1.0, "", True), {**without(state, "missed"), "asked": "agent"}
            )
        if is_angry(text) and not intent:
            return self._answers.answer_to(_ANGRY, state)
        if was_overcharged(text):
            return self._answers.answer_to(_OVERCHARGED, state)
        if starts_hard(text) and intent in ("", "battery", "emergency"):
            return self._answers.answer_to(_WEAK_BATTERY, state)
        if is_stranded(text) and intent in ("", "battery", "emergency"):
            return self._answers.answer_to(_STRANDED, state)
        if finds_it_dear(text) and intent in ("", "complaint", "price_quote", "promotion", *PRICED):
            return self._answers.answer_to(_TOO_DEAR, state)
        if asks_who_speaks(text):
            return self._answers.answer_to(_WHO_SPEAKS, state)
        if dialled_wrong(text):
            return Move(
                _NO_HARM, Understanding("goodbye", 1.0, "", True), without(state, "missed", "repeats"), "goodbye"
            )
        if is_wrong_number(text):
            return self._answers.answer_to(_WRONG_NUMBER, state)
        if is_sorry(text):
            return Move(_NO_MATTER, Understanding("greeting", 1.0, "", True), without(state, "missed", "repeats"))
        if not intent and is_greeting(text) and len(squeezed(text)) <= _SHORT:
            first = self._answers.first("greeting")
            return self._answers.say(first, Understanding("greeting", SURE), state) if first else None
        found = self._followups.named(text, "") if not intent else None
        return self._answers.say(found, Understanding(found.intent, SURE, found.id), state, text) if found else None
