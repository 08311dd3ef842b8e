"""What telephone systems tell about calls: signed, and each message once."""

import threading
from collections import OrderedDict
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request
from pydantic import AliasChoices, BaseModel, Field
from starlette.exceptions import HTTPException

from voicebot.call.plan import Contact, Outcome, State
from voicebot.call.status.webhook import WebhookReceiver, secret_bytes
from voicebot.client import Voicebot
from voicebot.errors import RefusedError

_MAX_SEEN = 10_000

_STATES: dict[str, tuple[State, Outcome]] = {
    "queued": ("created", ""),
    "initiated": ("dialling", ""),
    "ringing": ("dialling", ""),
    "answered": ("connected", ""),
    "in-progress": ("connected", ""),
    "completed": ("ended", "answered"),
    "busy": ("ended", "busy"),
    "no-answer": ("ended", "no_answer"),
    "failed": ("ended", "failed"),
    "canceled": ("ended", "stopped"),
}


class CallStatus(BaseModel):
    """What became of a call."""

    status: Literal[
        "queued",
        "initiated",
        "ringing",
        "answered",
        "in-progress",
        "completed",
        "busy",
        "no-answer",
        "failed",
        "canceled",
    ]
    contact_id: str = Field(
        min_length=1,
        max_length=100,
        examples=["6f0c1de2-8d42-4f0f-9a1c-0a4f5e1f1c11"],
        validation_alias=AliasChoices("contact_id", "call_id"),
    )


class Taken(BaseModel):
    """The message was taken."""

    status: str = "ok"


class _Seen:
    """The messages that were taken lately; the oldest are forgotten."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, message_id: str) -> bool:
        """Keep an id, and return whether it is seen for the first time."""
        with self._lock:
            if message_id in self._ids:
                return False
            self._ids[message_id] = None
            if len(self._ids) > _MAX_SEEN:
                self._ids.popitem(last=False)
            return True


def _receiver(client: Voicebot) -> WebhookReceiver | None:
    """Return what checks messages; None where every message is taken."""
    secret = client.settings.web.webhook_secret
    if secret is None:
        return None
    return WebhookReceiver(secret_bytes(secret.get_secret_value(), "web.webhook_secret"), client.clock, _Seen().is_new)


async def _raw(request: Request) -> bytes:
    return await request.body()


def routes(client: Voicebot) -> APIRouter:
    """Return the routes.

    Raises:
        ConfigError: The secret is too short.
    """
    router = APIRouter(tags=["webhooks"])
    receiver = _receiver(client)

    @router.post("/webhook/call-status")
    def call_status(
        request: Request, message: Annotated[CallStatus, Body()], body: Annotated[bytes, Depends(_raw)]
    ) -> Taken:
        """Note what a telephone system says of a call that was placed from here; signed as Standard Webhooks says."""
        if receiver:
            _check(receiver, request, body)
        client.call_log.get(message.contact_id)
        state, outcome = _STATES[message.status]
        client.call_log.record(Contact(message.contact_id, state, outcome))
        return Taken()

    return router


def _check(receiver: WebhookReceiver, request: Request, body: bytes) -> None:
    try:
        is_new = receiver.check(request.headers, body)
    except RefusedError as exc:
        raise HTTPException(401, exc.message) from exc
    if not is_new:
        raise HTTPException(409, "the message has been taken before")
