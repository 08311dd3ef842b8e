"""A conversation in text, with what each answer cost."""

import time
from dataclasses import dataclass
from uuid import uuid4

from voicebot.chat.protocol import ChatEngine, Exchange, Session, Turn
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech


@dataclass(frozen=True)
class ChatAnswer:
    """An answer and how it came about.

    Attributes:
        text: What to say.
        engine: Who said it.
        intent: What was understood, or an empty string.
        confidence: From 0 to 1, or None where the engine does not say.
        response_id: The written answer, or an empty string.
        milliseconds: From the question to the whole answer.
    """

    text: str
    engine: str
    intent: str
    confidence: float | None
    response_id: str
    milliseconds: float


class Conversation:
    """Holds a session and answers one message after the other.

    Args:
        engine: Answers.
        session_id: A name for the conversation; a new one by default.
    """

    def __init__(self, engine: ChatEngine, session_id: str | None = None) -> None:
        self._engine = engine
        self._session = Session(session_id or uuid4().hex)

    def answer(self, message: str) -> ChatAnswer:
        """Return the answer to `message`.

        Raises:
            InputError: There is nothing to answer in it.
            EngineError: The engine failed.
        """
        text = mask(clean(message))
        if not has_speech(text):
            raise InputError("there is nothing to answer in the message", hint="write a question in words")
        started_s = time.perf_counter()
        deltas = list(self._engine.reply(Turn(text), self._session))
        milliseconds = round((time.perf_counter() - started_s) * 1000, 2)
        replied = "".join(delta.text for delta in deltas)
        self._session.history.append(Exchange(text, replied))
        understood = next((delta.understanding for delta in deltas if delta.understanding), None)
        return ChatAnswer(
            text=replied,
            engine=self._engine.name,
            intent=understood.intent if understood else "",
            confidence=round(understood.confidence, 4) if understood else None,
            response_id=understood.response_id if understood else "",
            milliseconds=milliseconds,
        )
