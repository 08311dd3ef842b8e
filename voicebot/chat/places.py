"""Questions about our places: which branch is near, and whether it is open on a day."""

import datetime as dt

from voicebot.chat.answers import Answers
from voicebot.chat.branches import Branches
from voicebot.chat.commands import asks_for_number
from voicebot.chat.followups import aspects_in
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding
from voicebot.korean.patterns import pattern

AT_A_PLACE = ("emergency", "insurance_accident")
"""Intents in which a caller's place is a report and no question about ours."""
_NEAREST = "가장 가까운 곳은 {<branch>}이에요. {<branch>_way} 거리에 있어요."
_ELSEWHERE = r"부산|대구|대전|광주광역|인천|울산|세종|제주|창원|천안|청주|전주|춘천|강릉|원주|포항|일산|부천|안양|평택|의정부|파주|김포|구리|하남|강북|노원|구로|강서|강동"
_NOT_THERE = "죄송하지만 그쪽에는 아직 지점이 없어요. <branches> 가운데 가까운 곳이 있으세요?"
_PHONE = "저희 대표 번호는 {company.phone}이에요. 지점 일도 이 번호로 도와드려요."
_THERE = "{<branch>}은 {<branch>_way} 거리에 있어요."


class Places:
    """Answers them from the facts.

    Args:
        answers: What was said last.
        branches: Where they are and when they are open.
    """

    def __init__(self, answers: Answers, branches: Branches) -> None:
        self._answers = answers
        self._branches = branches

    def near(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """Return the branch next to where the caller is, when our places are what the talk is about."""
        last = self._answers.last(state)
        is_asked = last is not None and last.intent == "location" and understood.intent in ("", "location")
        if last is not None and last.intent in AT_A_PLACE:
            return None
        named = self._branches.read(text, now).branch
        is_one = sum(name.removesuffix("점") in text for name in self._branches.names.values()) < 2
        is_way = bool(named) and is_one and "place" in aspects_in(text) and understood.intent in ("", "location")
        near = (named if is_way else "") or (self._branches.near(text) if is_one else "") or (named if is_asked else "")
        if not near or not (is_asked or is_way or understood.intent == "location"):
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "location", "place": near}
        words = (_THERE if "점" in text or is_way else _NEAREST).replace("<branch>", near)
        return Move(words, Understanding("location", 1.0, "", True), kept)

    def elsewhere(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """Return that we are not in the part of the country that `text` names."""
        if understood.intent not in ("", "location") or not pattern(_ELSEWHERE).search(text):
            return None
        last = self._answers.last(state)
        if self._branches.read(text, now).branch or (
            last is not None and last.intent in (*AT_A_PLACE, "pickup_delivery")
        ):
            return None
        kept = {**without(state, "missed", "repeats"), "topic": "location"}
        words = _NOT_THERE.replace("<branches>", self._branches.listed)
        return Move(words, Understanding("location", 1.0, "", True), kept)

    def number(self, text: str, understood: Understanding, state: State) -> Move | None:
        """Return our telephone number."""
        if understood.intent not in ("", "location", "agent") or not asks_for_number(text):
            return None
        return Move(_PHONE, Understanding("location", 1.0, "", True), without(state, "missed", "repeats", "asked"))

    def opening(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """Return whether we are open on the day that is asked about."""
        last = self._answers.last(state)
        is_next = last is not None and last.intent == "business_hours" and understood.intent in ("", "business_hours")
        words = self._branches.opening(text, now) if understood.intent == "business_hours" or is_next else ""
        if not words:
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "business_hours"}
        return Move(words, Understanding("business_hours", 1.0, "", True), kept)
