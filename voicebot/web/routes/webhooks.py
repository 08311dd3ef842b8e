"""What telephone systems tell about calls: signed, and each message once."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Header, Request
from pydantic import AliasChoices, BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException

from voicebot.call.plan import Contact, Outcome, State
from voicebot.client import Voicebot

MAX_AGE_S = 300.0
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


class Signatures:
    """Checks that a message comes from whoever has the secret, lately, and for the first time.

    The header is ``t=SECONDS,v1=HEX``: the HMAC-SHA256 of the seconds, a dot and the body.

    Args:
        secret: What both sides know; None takes every message.
        clock: Seconds since the Unix epoch.
    """

    def __init__(self, secret: SecretStr | None, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._seen: OrderedDict[str, None] = OrderedDict()

    def check(self, header: str | None, body: bytes) -> None:
        """Return when a message may be believed.

        Raises:
            HTTPException: It is not signed, wrongly signed, too old, or a repeat.
        """
        if self._secret is None:
            return
        fields = dict(part.strip().partition("=")[::2] for part in (header or "").split(","))
        at, signature = fields.get("t", ""), fields.get("v1", "")
        if not (at.isascii() and at.isdigit() and len(at) < 12 and signature):
            raise HTTPException(401, "the message is not signed: X-Voicebot-Signature: t=SECONDS,v1=HEX")
        expected = hmac.new(self._secret.get_secret_value().encode(), at.encode() + b"." + body, hashlib.sha256)
        if not hmac.compare_digest(expected.hexdigest().encode(), signature.encode()):
            raise HTTPException(401, "the message's signature is wrong")
        if abs(self._clock() - int(at)) > MAX_AGE_S:
            raise HTTPException(401, "the message is too old")
        if signature in self._seen:
            raise HTTPException(409, "the message has been taken before")
        self._seen[signature] = None
        if len(self._seen) > _MAX_SEEN:
            self._seen.popitem(last=False)


async def _raw(request: Request) -> bytes:
    return await request.body()


def routes(client: Voicebot) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["webhooks"])
    signatures = Signatures(client.settings.web.webhook_secret)

    @router.post("/webhook/call-status")
    def call_status(
        message: Annotated[CallStatus, Body()],
        body: Annotated[bytes, Depends(_raw)],
        x_voicebot_signature: Annotated[str | None, Header(max_length=300)] = None,
    ) -> Taken:
        """Note what a telephone system says of a call that was placed from here."""
        signatures.check(x_voicebot_signature, body)
        client.call_log.get(message.contact_id)
        state, outcome = _STATES[message.status]
        client.call_log.record(Contact(message.contact_id, state, outcome))
        return Taken()

    return router
