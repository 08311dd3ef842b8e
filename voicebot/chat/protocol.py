"""What a chat engine takes and gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

HandOver = Literal["", "agent", "opt_out", "goodbye"]
"""Where a call goes after a reply: on, to a person, to the opt-out, or to its end."""


@dataclass(frozen=True)
class Turn:
    """One thing a person said.

    Attributes:
        text: Cleaned, personal data masked.
    """

    text: str


@dataclass(frozen=True)
class Exchange:
    """A past turn and its reply."""

    said: str
    replied: str


@dataclass
class Session:
    """A conversation as far as it went.

    Attributes:
        id: The contact's or the terminal's.
        history: Past exchanges, oldest first.
        state: What the engine remembers, a few short strings (they fit into Lex session attributes). An engine that
            remembers something replaces it while it replies.
    """

    id: str
    history: list[Exchange] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Understanding:
    """What a turn asks for.

    Attributes:
        intent: The intent's name, or an empty string when nothing was understood.
        confidence: From 0 to 1.
        response_id: The written answer that fits best, or an empty string.
        is_contextual: True when the turn means this only after what was said before ("강남점이요"): its answer must not be
            reused for the same words in another conversation.
    """

    intent: str
    confidence: float
    response_id: str = ""
    is_contextual: bool = False

    @property
    def is_understood(self) -> bool:
        """True when there is an intent to act on."""
        return bool(self.intent)


class Understander(Protocol):
    """Words to intent and written answer, without looking at what was said before."""

    def understand(self, turn: Turn) -> Understanding:
        """Return what `turn` asks for."""
        ...


@dataclass(frozen=True)
class ReplyDelta:
    """A piece of a reply, in order.

    Attributes:
        text: What to say, facts filled in.
        template: The same with fact placeholders, where the reply was written beforehand.
        understanding: Set on the first piece by engines that understand before they speak.
        hand_over: Where the call goes after the reply; the last piece that sets it counts.
        speed: How fast to say it; 1.0 is the voice's own.
    """

    text: str
    template: str = ""
    understanding: Understanding | None = None
    hand_over: HandOver = ""
    speed: float = 1.0


class ChatEngine(Protocol):
    """Text to reply."""

    @property
    def name(self) -> str:
        """The engine's name in settings and reports."""
        ...

    def reply(self, turn: Turn, session: Session) -> Iterator[ReplyDelta]:
        """Yield the reply to `turn`, piece by piece.

        Raises:
            ConfigError: The engine has no key or a wrong one.
            EngineError: The engine could not answer.
        """
        ...
