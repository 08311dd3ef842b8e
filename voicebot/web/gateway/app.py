"""The bridge: speech, chat and calls of this voicebot for other programs, in the place of the earlier system's service."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST

from voicebot import __version__
from voicebot.client import Voicebot
from voicebot.web.frame.install import framed_app, install_frame
from voicebot.web.gateway import calls, chat
from voicebot.web.gateway.allowances import Allowances
from voicebot.web.gateway.gate import Gate
from voicebot.web.gateway.metrics import Measured, Metrics
from voicebot.web.gateway.tokens import TokenBook
from voicebot.web.gateway.usage import Usage
from voicebot.web.routes import calls as page_calls
from voicebot.web.routes import earlier, status, webhooks
from voicebot.web.speech import health, openai, synthesize
from voicebot.web.talks import Talks

OPEN_PATHS = ("/healthz", "/jobs/")
"""What needs no token: a player fetches clips without one, and a job's name cannot be guessed."""

WAYS = (
    synthesize.PLAIN,
    synthesize.Way("/voice/eleven", "Say a text with ElevenLabs.", "eleven"),
    synthesize.Way(
        "/voice/brain/gpt-voice-eleven", "Have GPT answer a text, and say the answer with ElevenLabs.", "eleven", "gpt"
    ),
    synthesize.Way(
        "/voice/brain/gpt-voice/start", "Have GPT answer a text, and say the answer with its own voice.", "gpt", "gpt"
    ),
)
SAVE_EVERY_S = 10.0


def create_gateway_app(client: Voicebot) -> FastAPI:
    """Return the application over a client.

    Raises:
        ConfigError: A token can be guessed, or the file of tokens cannot be used.
    """
    settings, web = client.settings, client.settings.web
    book = TokenBook(web, settings.gateway_server)
    usage = Usage(settings.data_dir / "gateway-usage.json", client.clock.now)
    metrics = Metrics(client.meter.totals)
    gate = Gate(book, usage, metrics)
    app = framed_app("voicebot gateway", __version__, "Speech, chat and calls for other programs.", web)
    _add_routes(app, client, gate)
    app.include_router(_figures(metrics), dependencies=[Depends(gate.only("metrics"))])
    _save_now_and_then(app, usage)
    app.add_middleware(Allowances, book=book)
    signed = ("/webhook/call-status",) if web.webhook_secret else ()
    install_frame(app, web, book, OPEN_PATHS + signed)
    app.add_middleware(Measured, metrics=metrics)
    return app


def _add_routes(app: FastAPI, client: Voicebot, gate: Gate) -> None:
    talks = Talks(client)
    speaks, chats = [Depends(gate.texts("speech"))], [Depends(gate.texts("chat"))]
    app.include_router(health.routes(client))
    app.include_router(status.state_routes(client))
    app.include_router(synthesize.routes(client, WAYS), dependencies=speaks)
    app.include_router(openai.routes(client), dependencies=speaks)
    app.include_router(chat.routes(talks), dependencies=chats)
    app.include_router(earlier.chat_routes(talks), dependencies=chats)
    for places in (calls.placing_routes(client), page_calls.earlier_routes(client)):
        app.include_router(places, dependencies=[Depends(gate.calls())])
    for follows in (calls.routes(client), page_calls.intro_routes(client), webhooks.routes(client)):
        app.include_router(follows, dependencies=[Depends(gate.only("call"))])


def _figures(metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["status"])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def figures() -> Response:
        """Return the server's figures for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _save_now_and_then(app: FastAPI, usage: Usage) -> None:
    """Have what tokens use written down while the application runs, and when it stops."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stopping = threading.Event()

        def save() -> None:
            while not stopping.wait(SAVE_EVERY_S):
                usage.save()
            usage.save()

        saver = threading.Thread(target=save, name="usage")
        saver.start()
        try:
            async with inner(app):
                yield
        finally:
            stopping.set()
            saver.join()

    app.router.lifespan_context = lifespan
