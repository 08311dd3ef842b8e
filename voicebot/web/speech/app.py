"""Speech for other programs: the contract of the earlier system, and OpenAI's."""

from __future__ import annotations

import logging
import threading

from fastapi import FastAPI

from voicebot import __version__
from voicebot.client import Voicebot
from voicebot.errors import VoicebotError
from voicebot.tts.wrappers.converted import ConvertedTts
from voicebot.web.frame.install import framed_app, install_frame, tokens_of
from voicebot.web.speech import health, openai, synthesize

_log = logging.getLogger(__name__)

OPEN_PATHS = ("/healthz", "/jobs/")
"""What needs no token: a player fetches clips without one, and a job's name cannot be guessed."""


def create_speech_app(client: Voicebot) -> FastAPI:
    """Return the application over a client.

    Raises:
        ConfigError: The token can be guessed, or OpenVoice is to speak and has no checkpoints.
    """
    web = client.settings.web
    if client.speech_service.hosts_openvoice:
        threading.Thread(target=_prewarm, args=(client.hosted_openvoice,), name="openvoice start", daemon=True).start()
    app = framed_app("voicebot speech", __version__, "Korean speech from any engine, and OpenVoice hosted here.", web)
    app.include_router(health.routes(client))
    app.include_router(synthesize.routes(client))
    app.include_router(openai.routes(client))
    install_frame(app, web, tokens_of(web), OPEN_PATHS)
    return app


def _prewarm(openvoice: ConvertedTts) -> None:
    try:
        openvoice.prewarm()
    except VoicebotError as exc:
        _log.error("%s; %s", exc.message, exc.hint)
