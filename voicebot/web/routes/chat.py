"""Text to reply, and the conversation so far."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from voicebot.chat.session import ChatAnswer
from voicebot.errors import VoicebotError
from voicebot.web.events import RESPONSES, event, event_response
from voicebot.web.shapes import ShortText
from voicebot.web.talks import Talks, plain, problem_of

SESSION = r"^[A-Za-z0-9_-]{1,64}$"

Name = Annotated[str, Path(pattern=SESSION, examples=["desk-1"])]


class Message(BaseModel):
    """One message to the bot."""

    message: ShortText = Field(examples=["엔진오일 교환하는 데 얼마예요"])
    engine: Literal["chajipsa", "gpt"] | None = Field(None, description="The configured one when left out.")
    session: str | None = Field(None, pattern=SESSION, examples=["desk-1"])


class Found(BaseModel):
    """Whether a caller would hear an approved answer; the reason names the guard that refused otherwise."""

    hit: bool
    reason: str
    score: float
    milliseconds: float


class Reply(BaseModel):
    """An answer and how it came about."""

    text: str
    engine: str
    intent: str
    confidence: float | None
    response_id: str
    milliseconds: float
    hand_over: str
    cache: Found


class Said(BaseModel):
    """One exchange; personal data is masked."""

    said: str
    replied: str


class History(BaseModel):
    """A conversation as far as it went."""

    session: str
    exchanges: list[Said]


def routes(talks: Talks) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/chat", tags=["chat"])

    @router.post("")
    def answer(message: Message) -> Reply:
        """Answer a message."""
        return reply_to(talks, message)

    @router.post("/stream", response_class=Response, responses=RESPONSES)
    def stream(message: Message) -> Response:
        """Answer a message as it is written: `piece` events, then `answer`, or `problem` if it breaks off."""
        return event_response(lambda: events(talks, message))

    @router.get("/sessions/{name}")
    def history(name: Name) -> History:
        """Return a conversation as far as it went; an empty one when there is none of that name."""
        exchanges = talks.history(name).history
        return History(session=name, exchanges=[Said(said=one.said, replied=one.replied) for one in exchanges])

    @router.delete("/sessions/{name}", status_code=204)
    def forget(name: Name) -> None:
        """Begin a conversation anew."""
        talks.forget(name)

    return router


def reply_to(talks: Talks, message: Message) -> Reply:
    """Return the whole reply to a message."""
    found = talks.found(message.message)
    return Reply(**plain(talks.answer(message.message, message.engine, message.session)), cache=Found(**found))


def events(talks: Talks, message: Message) -> Iterator[bytes]:
    """Yield the events; an error before the first of them is the response's own."""
    found: dict[str, Any] = talks.found(message.message)
    has_begun = False
    try:
        for piece in talks.reply(message.message, message.engine, message.session):
            has_begun = True
            if isinstance(piece, ChatAnswer):
                yield event("answer", {**plain(piece), "cache": found})
            else:
                yield event("piece", {"text": piece.text})
    except VoicebotError as exc:
        if not has_begun:
            raise
        yield event("problem", problem_of(exc))
