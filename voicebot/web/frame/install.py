"""What stands around every application that voicebot serves."""

from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from voicebot.settings.web import WebSettings
from voicebot.web.frame.auth import BearerAuth, KnownTokens, Tokens
from voicebot.web.frame.bodies import BodyLimits
from voicebot.web.frame.forms import PlainForms
from voicebot.web.frame.identity import RequestIds
from voicebot.web.frame.origins import SameOrigin
from voicebot.web.frame.turnstile import Turnstile
from voicebot.web.problems import explain_errors
from voicebot.web.shapes import PROBLEMS, Problem


def tokens_of(web: WebSettings) -> Tokens:
    """Return the tokens that the settings name."""
    return Tokens({"web": web.token} if web.token else {})


def framed_app(title: str, version: str, summary: str, web: WebSettings) -> FastAPI:
    """Return an application without routes; `install_frame` closes it when they are there.

    Its lifespan keeps the threads in which streams are made, in `app.state.streams`, and ends with what was put on
    `app.state.at_end`.
    """
    at_end = ExitStack()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.streams = streams = ThreadPoolExecutor(web.max_streams, thread_name_prefix="stream")
        try:
            with at_end:
                yield
        finally:
            streams.shutdown(wait=False)  # the event loop must not wait for an engine

    # The interactive pages of FastAPI load their scripts from elsewhere, and this one works offline.
    app = FastAPI(
        title=title,
        version=version,
        summary=summary,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=PROBLEMS,
    )
    app.state.at_end = at_end
    describe = app.openapi

    def described() -> dict[str, Any]:
        document = describe()
        parts = document.setdefault("components", {})
        parts.setdefault("schemas", {}).setdefault("Problem", Problem.model_json_schema())
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}, {}]  # on this machine alone no token is needed
        return document

    app.openapi = described  # type: ignore[method-assign]
    return app


def install_frame(app: FastAPI, web: WebSettings, tokens: KnownTokens, open_paths: Collection[str]) -> None:
    """Put the frame around an application, from the inside out.

    Args:
        app: The application.
        web: The limits and the names of this server.
        tokens: Who may ask.
        open_paths: Paths that need no token; one that ends in "/" stands for all below it.
    """
    explain_errors(app)
    app.add_middleware(PlainForms)
    app.add_middleware(BodyLimits, max_bytes=web.max_upload_mb * 1_000_000, timeout_s=web.request_timeout_s)
    app.add_middleware(BearerAuth, tokens=tokens, open_paths=open_paths)
    app.add_middleware(SameOrigin, hosts=web.allowed_hosts)
    app.add_middleware(RequestIds)
    app.add_middleware(Turnstile, open_paths=("/healthz",))
