"""The web page and its API."""

from fastapi import FastAPI

from voicebot import __version__
from voicebot.client import Voicebot
from voicebot.web.frame.install import framed_app, install_frame, tokens_of
from voicebot.web.references import References
from voicebot.web.routes import chat, earlier, flows, page, session, speech, status
from voicebot.web.runs import Runs
from voicebot.web.speaking import Speech
from voicebot.web.talks import Talks

OPEN_PATHS = ("/", "/healthz", "/static/")
"""What needs no token: the page asks for it, and what it is made of is no secret."""


def create_app(client: Voicebot) -> FastAPI:
    """Return the application over a client.

    Raises:
        ConfigError: The token can be guessed.
    """
    web = client.settings.web
    tokens = tokens_of(web)
    app = framed_app(
        "voicebot", __version__, "Call, speak, chat, approve and watch flows, for a page or a program.", web
    )
    app.include_router(status.routes(client))
    app.include_router(session.routes(tokens))
    references = References(client.settings.data_dir / "references")
    voices, talks = Speech(client), Talks(client)
    app.include_router(speech.routes(client, voices, references))
    app.include_router(chat.routes(talks))
    app.include_router(flows.routes(client, Runs()))
    app.include_router(earlier.routes(voices, talks, references))
    app.include_router(page.routes())
    install_frame(app, web, tokens, OPEN_PATHS)
    return app
