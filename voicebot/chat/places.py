"""Questions about our places: which branch is near, and whether it is open on a day."""

import datetime as dt

from voicebot.chat.answers import Answers
from voicebot.chat.branches import Branches
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Understanding

AT_A_PLACE = ("emergency", "insurance_accident")
"""Intents in which a caller's place is a report and no question about ours."""
_NEAREST = "가장 가까운 곳은 {<branch>}이에요. {<branch>_way} 거리에 있어요."
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
        near = self._branches.near(text) or (self._branches.read(text, now).branch if is_asked else "")
        if not near or not (is_asked or understood.intent == "location"):
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "location"}
        words = (_THERE if "점" in text else _NEAREST).replace("<branch>", near)
        return Move(words, Understanding("location", 1.0, "", True), kept)

    def opening(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """Return whether we are open on the day that is asked about."""
        last = self._answers.last(state)
        is_next = last is not None and last.intent == "business_hours" and understood.intent in ("", "business_hours")
        words = self._branches.opening(text, now) if understood.intent == "business_hours" or is_next else ""
        if not words:
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "business_hours"}
        return Move(words, Understanding("business_hours", 1.0, "", True), kept)
