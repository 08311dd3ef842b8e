"""Whether the speech server could speak now."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel

from voicebot.client import Voicebot


class SpeechHealth(BaseModel):
    """The state of the engine that speaks when a request names none."""

    status: str
    engine: str
    detail: str


def routes(client: Voicebot) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["status"])
    service = client.speech_service

    @router.get("/healthz", responses={503: {"model": SpeechHealth}})
    async def healthz(response: Response) -> SpeechHealth:
        """Say whether the server could speak now: 503 while OpenVoice is being loaded. No provider is asked."""
        # Requests that wait for engines may hold all of the usual threads: this one waits for none of those.
        health = await asyncio.to_thread(service.readiness) if service.hosts_openvoice else service.readiness()
        response.status_code = 200 if health.ok else 503
        return SpeechHealth(
            status="ok" if health.ok else "unavailable", engine=service.engines[0], detail=health.detail
        )

    return router
