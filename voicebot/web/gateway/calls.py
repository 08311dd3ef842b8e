"""Calls for other programs: place one, ask what became of it, end it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from voicebot.client import Voicebot
from voicebot.web.routes.calls import Call, CallOrder, call_of, request_of

ContactId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


def placing_routes(client: Voicebot) -> APIRouter:
    """Return the route that places a call."""
    router = APIRouter(prefix="/api/v1/calls", tags=["calls"])

    @router.post("", status_code=201)
    def place(order: CallOrder) -> Call:
        """Call a number. On this machine's own backend nobody is called: the call is simulated and has ended."""
        service = client.calls()
        return call_of(service.place(service.plan(request_of(order))).call)

    return router


def routes(client: Voicebot) -> APIRouter:
    """Return the routes that follow a call."""
    router = APIRouter(prefix="/api/v1/calls", tags=["calls"])

    @router.get("/{contact_id}")
    def status(contact_id: ContactId) -> Call:
        """Return what became of a call."""
        return call_of(client.calls().status(contact_id))

    @router.post("/{contact_id}/stop")
    def stop(contact_id: ContactId) -> Call:
        """End a call."""
        return call_of(client.calls().stop(contact_id))

    return router
