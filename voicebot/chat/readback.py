"""What is said back of a booking request: each part as it is told, and all of it before it is taken."""

import datetime as dt
from collections.abc import Iterable

from voicebot.chat.days import spoken_day
from voicebot.chat.facts import Facts
from voicebot.chat.moves import State
from voicebot.chat.slots import spoken_time
from voicebot.chat.tasks import Task
from voicebot.korean.particles import fitted

HALVES = ("오전", "오후")
"""Hours that still have to be named."""


class ReadBack:
    """Puts slots into words.

    Args:
        facts: Names of branches.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def spoken(self, slot: str, state: State) -> str:
        """Return a slot's value as it is said, with placeholders."""
        value = state[slot]
        if slot == "branch":
            return f"{{{value}}}"
        if slot in ("was", "date"):
            return spoken_day(dt.date.fromisoformat(value))
        return spoken_time(value) if slot == "time" else value

    def plain(self, slot: str, state: State) -> str:
        """Return a slot's value as it is kept, with the branch's name."""
        return self._facts.get(state[slot]) if slot == "branch" else state[slot]

    def noted(self, slots: Iterable[str], before: State, after: State) -> str:
        """Return what was understood with the last turn, or an empty string."""
        new = [
            self.spoken(slot, after)
            for slot in slots
            if after.get(slot) and after.get(slot) != before.get(slot) and after.get(slot) not in HALVES
        ]
        return f"{', '.join(dict.fromkeys(new))}, 확인했어요." if new else ""

    def summary(self, task: Task, slots: Iterable[str], state: State) -> str:
        """Return the question whether all of it is right."""
        text = task.summary
        if "<new>" in text:
            text = text.replace("<new>", self._new(task, state))
        for slot in slots:
            text = text.replace(f"<{slot}>", self.spoken(slot, state))
        return text

    def _new(self, task: Task, state: State) -> str:
        """Return what a booking becomes, such as "같은 날 오전 10시로 바꾸는"."""
        is_same_day = state["was"] == state["date"]
        parts = [f"{'같은 날' if is_same_day else '<date>'} <time>"]
        parts += [self.spoken(slot, state) for slot in task.optional if state.get(slot)]
        last = self._facts.fill(self.spoken("time", state) if len(parts) == 1 else parts[-1])
        verb = "바꾸는" if is_same_day or len(parts) > 1 else "옮기는"
        return f"{', '.join(parts)}{fitted(last, '로')} {verb}"
