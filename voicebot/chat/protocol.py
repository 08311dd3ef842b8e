"""What a chat engine takes and gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


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
    """A conversation as far as it went; nothing of it outlives the call.

    Attributes:
        id: The contact's or the terminal's.
        history: Past exchanges, oldest first.
    """

    id: str
    history: list[Exchange] = field(default_factory=list)


@dataclass(frozen=True)
class Understanding:
    """What a turn asks for.

    Attributes:
        intent: The intent's name, or an empty string when nothing was understood.
        confidence: From 0 to 1.
        response_id: The written answer that fits best, or an empty string.
    """

    intent: str
    confidence: float
    response_id: str = ""

    @property
    def is_understood(self) -> bool:
        """True when there is an intent to act on."""
        return bool(self.intent)


@dataclass(frozen=True)
class ReplyDelta:
    """A piece of a reply, in order.

    Attributes:
        text: What to say, facts filled in.
        template: The same with fact placeholders, where the reply was written beforehand.
        understanding: Set on the first piece by engines that understand before they speak.
    """

    text: str
    template: str = ""
    understanding: Understanding | None = None


class ChatEngine(Protocol):
    """Text to reply."""

    @property
    def name(self) -> str:
        """The engine's name in settings and reports."""
        ...

    def reply(self, turn: Turn, session: Session) -> Iterator[ReplyDelta]:
        """Yield the reply to `turn`, piece by piece.

        Raises:
            EngineError: The engine could not answer.
        """
        ...
