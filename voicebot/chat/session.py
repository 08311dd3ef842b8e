"""A conversation in text, with what each answer cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from voicebot.chat.protocol import ChatEngine, Exchange, HandOver, ReplyDelta, Session, Turn
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech

REPROMPT = "죄송합니다, 잘 듣지 못했어요. 궁금하신 점을 말로 한 번만 더 말씀해 주세요."

MAX_MESSAGE_CHARS = 1024
"""What Lex V2 accepts as text; longer messages are cut there."""

Listener = Callable[[ReplyDelta], object]
"""Hears each piece of a reply as soon as it is there."""


@dataclass(frozen=True)
class ChatAnswer:
    """An answer and how it came about.

    Attributes:
        text: What to say.
        engine: Who said it.
        intent: What was understood, or an empty string.
        confidence: From 0 to 1, or None where the engine does not say.
        response_id: The written answer, or an empty string.
        milliseconds: From the question to the whole answer, with what the listener took.
        hand_over: Where a call would go now: ``agent``, ``opt_out``, ``goodbye``, or an empty string.
    """

    text: str
    engine: str
    intent: str
    confidence: float | None
    response_id: str
    milliseconds: float
    hand_over: HandOver


class Conversation:
    """Holds a session and answers one message after the other.

    Args:
        engine: Answers.
        session: A conversation to go on with; a new one by default.
    """

    def __init__(self, engine: ChatEngine, session: Session | None = None) -> None:
        self._engine = engine
        self.session = session or Session(uuid4().hex)

    def reset(self) -> None:
        """Forget all that was said."""
        self.session = Session(self.session.id)

    def answer(self, message: str, listener: Listener | None = None) -> ChatAnswer:
        """Return the answer to `message`.

        Raises:
            InputError: There is nothing to answer in it.
            ConfigError: The engine has no key or a wrong one.
            EngineError: The engine failed.
        """
        text = mask(clean(message[: 8 * MAX_MESSAGE_CHARS], MAX_MESSAGE_CHARS))
        if not has_speech(text):
            raise InputError("there is nothing to answer in the message", hint="write a question in words")
        started_s = time.perf_counter()
        deltas: list[ReplyDelta] = []
        for delta in self._engine.reply(Turn(text), self.session):
            deltas.append(delta)
            if listener:
                listener(delta)
        replied = "".join(delta.text for delta in deltas)
        self.session.history.append(Exchange(text, replied))
        understood = next((delta.understanding for delta in deltas if delta.understanding), None)
        return ChatAnswer(
            text=replied,
            engine=self._engine.name,
            intent=understood.intent if understood else "",
            confidence=round(understood.confidence, 4) if understood else None,
            response_id=understood.response_id if understood else "",
            milliseconds=round((time.perf_counter() - started_s) * 1000, 2),
            hand_over=next((delta.hand_over for delta in reversed(deltas) if delta.hand_over), ""),
        )

    def converse(self, message: str, listener: Listener | None = None) -> ChatAnswer:
        """Return the answer to `message`, a request to say it again when there is nothing to answer in it."""
        if has_speech(clean(message[: 8 * MAX_MESSAGE_CHARS])):
            return self.answer(message, listener)
        if listener:
            listener(ReplyDelta(REPROMPT))
        return ChatAnswer(REPROMPT, self._engine.name, "", None, "", 0.0, "")
