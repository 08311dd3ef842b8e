"""Chajipsa: answers from written responses, keeps the thread of the talk, and says so when it did not understand."""

import datetime as dt
from collections.abc import Iterator, Sequence

from voicebot.chat.dialog import Dialog
from voicebot.chat.facts import Facts
from voicebot.chat.lexical import LexicalUnderstander
from voicebot.chat.moves import Move, State
from voicebot.chat.protocol import ReplyDelta, Session, Turn, Understander, Understanding
from voicebot.chat.responses import Response
from voicebot.clock import Clock, SystemClock

KOREA = dt.timezone(dt.timedelta(hours=9), "KST")
"""Korea has no summer time."""


class Chajipsa:
    """`ChatEngine` over a bank of responses.

    Args:
        responses: What it can say.
        facts: Fill the placeholders.
        min_similarity: Below this cosine the lexical understander says that it did not understand.
        understander: What a turn by itself asks for; the lexical one when left out.
        clock: Says which day tomorrow is.
        max_misunderstandings: After so many in a row a person takes over.
    """

    name = "chajipsa"

    def __init__(
        self,
        responses: Sequence[Response],
        facts: Facts,
        min_similarity: float = 0.45,
        *,
        understander: Understander | None = None,
        clock: Clock | None = None,
        max_misunderstandings: int = 2,
    ) -> None:
        self._facts = facts
        self._clock = clock or SystemClock()
        understander = understander or LexicalUnderstander(responses, min_similarity)
        self.dialog = Dialog(responses, facts, understander, max_misunderstandings)

    def understand(self, turn: Turn, state: State | None = None) -> Understanding:
        """Return what `turn` asks for after what `state` remembers; no intent when nothing is near enough."""
        return self.dialog.move(turn.text, state or {}, self._now()).understanding

    def move(self, turn: Turn, session: Session) -> Move:
        """Return the next step of the dialog; the session stays as it is."""
        last_reply = session.history[-1].replied if session.history else ""
        return self.dialog.move(turn.text, session.state, self._now(), last_reply)

    def reply(self, turn: Turn, session: Session) -> Iterator[ReplyDelta]:
        """Yield the written answer, or the admission that nothing was understood, and remember the state."""
        move = self.move(turn, session)
        session.state = move.state
        yield ReplyDelta(self._facts.fill(move.template), move.template, move.understanding, move.hand_over, move.speed)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock.now(), KOREA)
