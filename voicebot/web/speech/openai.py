"""OpenAI's speech endpoint, so that its clients and those of its like work here unchanged.

A model is an engine of this server; OpenAI's own model and voice names mean the engine and the voice of the server's
choice. `wav` and `pcm` (24 kHz) are streamed, `mp3`, `flac` and `opus` come whole.

Source:
    openai 3.54.0 (types/audio/speech_create_params.py, resources/audio/speech.py); fastkokoro 0.7.0 for /v1/audio/voices.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from voicebot.client import Voicebot
from voicebot.errors import EngineError, InputError, NotFoundError, VoicebotError, VoiceNotFoundError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.server.orders import Order
from voicebot.tts.server.service import SpeechService
from voicebot.web.problems import status_for
from voicebot.web.shapes import PROBLEMS
from voicebot.web.speech.audio import audio_bytes, audio_response
from voicebot.web.streams import PieceResponse

MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
VOICES = frozenset({
    "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar",
})  # fmt: skip
OPENAI_HZ = 24000
_CODECS_AT_ANY_RATE = ("wav", "flac")


class UnknownModelError(NotFoundError):
    """No engine has a model's name."""

    def __init__(self, model: str, engines: tuple[str, ...]) -> None:
        super().__init__(f"there is no model {model!r} here", hint=f"the models are: {', '.join(sorted(engines))}")


class VoiceId(BaseModel):
    """A voice by its id."""

    id: str


class SpeechBody(BaseModel):
    """What to say, as OpenAI's clients send it."""

    model: str
    input: str = Field(min_length=1)
    voice: str | VoiceId | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float | None = Field(None, ge=0.25, le=4.0)
    stream_format: Literal["audio", "sse"] = "audio"
    sample_rate: int | None = Field(None, ge=8000, le=48000, description="not OpenAI's: another rate, in Hz")

    def order(self, engines: tuple[str, ...]) -> Order:
        """Return what is ordered.

        Raises:
            UnknownModelError: No engine has the model's name.
            InputError: The format cannot be made here.
        """
        is_theirs = self.model.startswith(MODELS)
        if not is_theirs and self.model not in engines:
            raise UnknownModelError(self.model, engines)
        if self.response_format == "aac":
            raise InputError("aac cannot be made here", hint="ask for mp3, opus, flac, wav or pcm")
        voice = self.voice.id if isinstance(self.voice, VoiceId) else self.voice
        rate_hz = self.sample_rate or (None if self.response_format in _CODECS_AT_ANY_RATE else OPENAI_HZ)
        request = SpeechRequest(
            self.input,
            voice=None if voice in VOICES else voice,
            speed=1.0 if self.speed is None else self.speed,
            sample_rate_hz=rate_hz,
        )
        return Order(request, None if is_theirs else self.model, has_speed=self.speed is not None)


class ErrorDetail(BaseModel):
    """What went wrong, the way OpenAI tells it."""

    message: str
    type: str
    code: str | None
    param: str | None


class ErrorBody(BaseModel):
    """An error the way OpenAI tells it."""

    error: ErrorDetail


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, **PROBLEMS[status]} for status in (400, 403, 404, 501, 502, 503)
}
"""OpenAI's form beside the problem documents of what stands before the routes."""


class OpenAiRoute(APIRoute):
    """Tells errors the way OpenAI does."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except VoicebotError as exc:
                return _error(exc)
            except RequestValidationError as exc:
                first = exc.errors()[0]
                where = ".".join(str(part) for part in first["loc"][1:])
                return _body(400, f"{where}: {first['msg']}", "invalid_request_error", None, where or None)

        return told


def routes(client: Voicebot) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["OpenAI"], route_class=OpenAiRoute, responses=_ERRORS)

    @router.post("/audio/speech", response_class=Response, responses={200: {"content": {"audio/*": {}}}})
    async def speech(body: SpeechBody) -> Response:
        """Say a text."""
        service = client.speech_service
        order = body.order(service.engines)
        make = _events if body.stream_format == "sse" else audio_response
        return await run_in_threadpool(make, service, order, body.response_format)

    @router.get("/models")
    def models() -> dict[str, Any]:
        """Return the engines as models."""
        engines = sorted(client.speech_service.engines)
        return {"object": "list", "data": [_model(engine) for engine in engines]}

    @router.get("/models/{model}")
    def model(model: str) -> dict[str, Any]:
        """Return one engine as a model."""
        engines = client.speech_service.engines
        if model not in engines:
            raise UnknownModelError(model, engines)
        return _model(model)

    @router.get("/audio/voices")
    def voices(engine: str | None = None, model: str | None = None) -> dict[str, Any]:
        """Return the voices of an engine; of the server's own choice when none is named."""
        name, engines = engine or model, client.speech_service.engines
        if name is not None and name not in engines:
            raise UnknownModelError(name, engines)
        found = client.speech_service.voices(name)
        return {"voices": [{"id": one.id, "name": one.name, "language": one.language} for one in found]}

    return router


def _model(engine: str) -> dict[str, Any]:
    return {"id": engine, "object": "model", "created": 0, "owned_by": "voicebot"}


def _events(service: SpeechService, order: Order, kind: str) -> Response:
    """Return the audio as OpenAI's server-sent events."""
    _, data = audio_bytes(service, order, kind)

    def events() -> Iterator[bytes]:
        for piece in data:
            yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
        count = len(order.request.text)
        usage = {"input_tokens": count, "output_tokens": 0, "total_tokens": count}
        yield _event({"type": "speech.audio.done", "usage": usage})

    return PieceResponse(events, "text/event-stream")


def _event(tree: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(tree)}\n\n".encode()


def _error(error: VoicebotError) -> Response:
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    if isinstance(error, UnknownModelError):
        return _body(404, message, "invalid_request_error", "model_not_found", "model")
    if isinstance(error, VoiceNotFoundError):
        return _body(400, message, "invalid_request_error", "voice_not_found", "voice")
    if isinstance(error, InputError):
        return _body(400, message, "invalid_request_error", None, "input")
    status = int(status_for(error))
    after_s = error.retry_after_s if isinstance(error, EngineError) else None
    headers = {"Retry-After": str(max(1, round(after_s)))} if after_s else {}
    return _body(status, message, "server_error", None, None, headers)


def _body(
    status: int, message: str, kind: str, code: str | None, param: str | None, headers: dict[str, str] | None = None
) -> Response:
    error = {"message": message, "type": kind, "code": code, "param": param}
    return JSONResponse({"error": error}, status, headers)
