"""The web page and its API."""

from fastapi import FastAPI

from voicebot import __version__
from voicebot.client import Voicebot
from voicebot.web.desk import Desk
from voicebot.web.frame.install import framed_app, install_frame, tokens_of
from voicebot.web.phone import Phone
from voicebot.web.references import References
from voicebot.web.routes import answers, calls, chat, earlier, flows, page, session, speech, status, webhooks
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
    voices, talks, runs = Speech(client), Talks(client), Runs()
    app.state.at_end.callback(talks.close)
    app.include_router(speech.routes(client, voices, talks, references))
    app.include_router(chat.routes(talks))
    app.include_router(flows.routes(client, runs))
    app.include_router(answers.routes(client, Desk(client), runs))
    app.include_router(calls.routes(client, Phone(client, runs)))
    app.include_router(calls.earlier_routes(client))
    app.include_router(calls.intro_routes(client))
    app.include_router(webhooks.routes(client))
    app.include_router(earlier.routes(voices, talks, references))
    app.include_router(earlier.chat_routes(talks))
    app.include_router(page.routes())
    signed = ("/webhook/call-status",) if web.webhook_secret else ()
    install_frame(app, web, tokens, OPEN_PATHS + signed)
    return app
