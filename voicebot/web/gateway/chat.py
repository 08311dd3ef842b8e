"""Chat for other programs. A conversation belongs to the token that began it."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import Response

from voicebot.web.events import RESPONSES, event_response
from voicebot.web.gateway.gate import token_of
from voicebot.web.routes.chat import History, Message, Name, Reply, Said, events, reply_to
from voicebot.web.talks import Talks


def routes(talks: Talks) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/chat", tags=["chat"])

    @router.post("")
    def answer(request: Request, message: Message) -> Reply:
        """Answer a message."""
        return reply_to(talks, _owned(request, message))

    @router.post("/stream", response_class=Response, responses=RESPONSES)
    def stream(request: Request, message: Message) -> Response:
        """Answer a message as it is written: `piece` events, then `answer`, or `problem` if it breaks off."""
        return event_response(lambda: events(talks, _owned(request, message)))

    @router.get("/sessions/{name}")
    def history(request: Request, name: Name) -> History:
        """Return a conversation of this token as far as it went; an empty one when there is none of that name."""
        exchanges = talks.history(session_of(token_of(request), name)).history
        return History(session=name, exchanges=[Said(said=one.said, replied=one.replied) for one in exchanges])

    @router.delete("/sessions/{name}", status_code=204)
    def forget(request: Request, name: Name) -> None:
        """Begin a conversation anew."""
        talks.forget(session_of(token_of(request), name))

    return router


def session_of(token: str, name: str) -> str:
    """Return the name under which a token's conversation is kept."""
    return f"gateway-{hashlib.sha256(f'{token}/{name}'.encode()).hexdigest()[:40]}"


def _owned(request: Request, message: Message) -> Message:
    if message.session is None:
        return message
    return message.model_copy(update={"session": session_of(token_of(request), message.session)})
