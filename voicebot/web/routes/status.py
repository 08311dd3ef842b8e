"""Whether this server is alive, and what it can do."""

from fastapi import APIRouter
from pydantic import BaseModel

from voicebot import __version__
from voicebot.client import Voicebot


class Alive(BaseModel):
    """The server answers."""

    status: str = "ok"
    version: str = __version__


class Status(Alive):
    """What is behind the server."""

    backend: str
    company: str
    tts_engine: str
    live_engine: str
    chat_engine: str
    answers: int
    inbox: dict[str, int]


def routes(client: Voicebot) -> APIRouter:
    """Return the routes."""
    router = state_routes(client)

    @router.get("/healthz")
    async def healthz() -> Alive:
        """Say that the server answers; nothing is asked of anything else."""
        return Alive()

    return router


def state_routes(client: Voicebot) -> APIRouter:
    """Return the routes that say what the server runs on."""
    router = APIRouter(tags=["status"])

    @router.get("/api/status")
    @router.get("/api/v1/status")
    def status() -> Status:
        """Return what the server runs on and how much it knows."""
        settings = client.settings
        return Status(
            backend=settings.backend,
            company=settings.company,
            tts_engine=settings.tts.engine,
            live_engine=settings.tts.live_engine,
            chat_engine=settings.chat.engine,
            answers=client.answers.count(),
            inbox=client.inbox.counts(),
        )

    return router
