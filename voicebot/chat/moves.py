"""One step of a dialog."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.chat.protocol import HandOver, Understanding

State = Mapping[str, str]
"""What a dialog remembers: short strings by short names, so that it fits into Lex session attributes.

``topic`` and ``answer``: intent and id of the last written answer; ``about``: the services that were talked about, the latest
first; ``missed``: turns in a row that were not understood;
``repeats``: how often the last reply was said again; ``task``: the booking intent under way, with its ``service``,
``branch``, ``was`` (the day of the booking that is there), ``date`` and ``time``; ``asked``: what the caller was asked last; ``changing``: ``time`` or
``branch``, when only that is to change; ``around``: the week or month in which a day is looked for; ``paused``: the request that was left for a complaint; ``toward``: the one that a booking moves to; ``place``: the branch that was talked about; ``complained``: that somebody did; ``booked``: the last complete request, its parts joined by ``|``, whose slots stay until the next one, and
``made_at``, its branch.
"""


@dataclass(frozen=True)
class Move:
    """What is said to a turn, and what is remembered after it.

    Attributes:
        template: The reply, with fact placeholders.
        understanding: What the turn asked for.
        state: The new state.
        hand_over: Where the call goes after the reply.
        speed: How fast to say it.
    """

    template: str
    understanding: Understanding
    state: dict[str, str]
    hand_over: HandOver = ""
    speed: float = 1.0


def without(state: State, *names: str) -> dict[str, str]:
    """Return `state` without some of its entries and without empty ones."""
    return {name: value for name, value in state.items() if name not in names and value}
