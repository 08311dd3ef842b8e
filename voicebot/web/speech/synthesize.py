"""POST /synthesize: a text becomes a stream, or a job whose clips have addresses.

The request is JSON or a form. A client that accepts audio (``Accept: audio/wav``), or says ``stream: true``, gets a WAV
stream. Any other gets a job, whose first clip is ready when the answer comes, unless that takes longer than
FIRST_URL_WAIT_MS::

    {"job_id": ..., "status": "working", "first_url": ..., "urls": [...], "done": false, "status_url": ...}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.server.jobs import JobState
from voicebot.tts.server.orders import Order
from voicebot.web.speech.audio import audio_response

_FILES = ("ref_audio", "speaker_embedding")


class SynthesizeBody(BaseModel):
    """What to say and how; names that are not known are left alone, for clients of the earlier system."""

    model_config = ConfigDict(extra="ignore")

    text: str
    engine: str | None = None
    voice: str | None = None
    voice_id: str | None = Field(None, description="the same as voice")
    speaker_embedding: str | None = Field(None, description="OpenVoice: a voice of the server, by name or path")
    style: str | None = None
    speed: float | None = None
    temperature: float | None = None
    sample_rate_hz: int | None = None
    encoding: Literal["pcm_s16le", "pcm16", "mulaw"] = "pcm_s16le"
    use_cache: bool = True
    chat: Literal["chajipsa", "gpt", "none"] | None = Field(
        None, description="say what this chat engine answers to the text; none: say the text itself"
    )
    stream: bool | None = Field(None, description="false: a job; true: a WAV stream; else as Accept says")

    def order(self, reference: bytes | None) -> Order:
        """Return what is ordered.

        Args:
            reference: A recording or an embedding file that came along.
        """
        is_mulaw = self.encoding == "mulaw"
        request = SpeechRequest(
            self.text,
            voice=self.voice or self.voice_id or self.speaker_embedding,
            style=self.style,
            speed=1.0 if self.speed is None else self.speed,
            temperature=self.temperature,
            reference=reference,
            sample_rate_hz=self.sample_rate_hz or (8000 if is_mulaw else None),
            encoding="mulaw" if is_mulaw else "pcm_s16le",
        )
        return Order(request, self.engine, has_speed=self.speed is not None, uses_cache=self.use_cache)


class JobReply(BaseModel):
    """How far a job is. Clips are WAV files; `urls` grows until `done`."""

    job_id: str
    status: Literal["working", "done", "failed"]
    first_url: str | None
    urls: list[str]
    done: bool
    status_url: str
    error: str | None = None


@dataclass(frozen=True)
class Way:
    """An address that takes texts.

    Args:
        path: The address.
        summary: What it does.
        engine: Who speaks there whatever the request says; None leaves it to the request.
        chat: Who answers there unless the request says otherwise; None has the text itself said.
    """

    path: str
    summary: str
    engine: str | None = None
    chat: Literal["chajipsa", "gpt"] | None = None


PLAIN = Way("/synthesize", "Say a text: as a WAV stream, or as a job whose clips have addresses.")


def routes(client: Voicebot, ways: Sequence[Way] = (PLAIN,)) -> APIRouter:
    """Return the routes: those that take texts, and the jobs'."""
    router = APIRouter(tags=["speech"])
    first_within_s = client.settings.turns.first_url_wait_ms / 1000

    def reply(request: Request, state: JobState) -> JobReply:
        base = (client.settings.speech_server.public_url or str(request.base_url)).rstrip("/")
        job = f"{base}/jobs/{state.job_id}"
        urls = [f"{job}/clips/{number}.wav" for number in range(state.clips)]
        return JobReply(
            job_id=state.job_id,
            status="working" if not state.is_done else "failed" if state.error else "done",
            first_url=urls[0] if urls else None,
            urls=urls,
            done=state.is_done,
            status_url=job,
            error=state.error.message if state.error else None,
        )

    def synthesize(way: Way) -> Callable[[Request], Awaitable[Any]]:
        async def say(request: Request) -> Any:
            body, reference = await _read(request)
            chat = body.chat or way.chat
            if chat and chat != "none":
                body.text = await run_in_threadpool(client.answered, body.text, chat)
            body.engine = way.engine or body.engine
            order = body.order(reference)
            wants_stream = "audio/" in request.headers.get("accept", "") if body.stream is None else body.stream
            if wants_stream:
                return await run_in_threadpool(audio_response, client.speech_service, order, "wav")
            state = await run_in_threadpool(client.speech_jobs.start, order, first_within_s)
            return reply(request, state)

        return say

    for way in ways:
        router.post(
            way.path,
            name=way.path.strip("/").replace("/", "-"),
            description=way.summary,
            response_model=JobReply,
            responses={200: {"content": {"audio/wav": {}}}},
            openapi_extra={"requestBody": {"content": _content(), "required": True}},
        )(synthesize(way))

    @router.get("/jobs/{job_id}")
    def job(request: Request, job_id: str) -> JobReply:
        """Return how far a job is."""
        return reply(request, client.speech_jobs.state(job_id))

    @router.get("/jobs/{job_id}/clips/{number}.wav", responses={200: {"content": {"audio/wav": {}}}})
    def clip(job_id: str, number: int) -> Response:
        """Return one clip of a job."""
        return Response(client.speech_jobs.clip(job_id, number), media_type="audio/wav")

    return router


async def _read(request: Request) -> tuple[SynthesizeBody, bytes | None]:
    """Return the fields of a request and the file that came along.

    Raises:
        RequestValidationError: A field is missing or has another type.
        InputError: The body is neither JSON nor a form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    reference: bytes | None = None
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        async with request.form() as form:
            fields: Any = {name: value for name, value in form.items() if isinstance(value, str) and value != ""}
            for name in _FILES:
                file = form.get(name)
                if isinstance(file, UploadFile):
                    reference = await file.read()
    else:
        try:
            fields = await request.json()
        except (ValueError, RecursionError) as exc:  # brackets nested too deep are not JSON for anybody
            raise InputError("the body is neither JSON nor a form", hint='send {"text": "안녕하세요"}') from exc
    try:
        return SynthesizeBody.model_validate(fields), reference
    except ValidationError as exc:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in exc.errors(include_input=False)]
        raise RequestValidationError(errors) from None


def _content() -> dict[str, Any]:
    """Return the body's two forms, for the API's description."""
    schema = SynthesizeBody.model_json_schema()
    file = {"type": "string", "format": "binary"}
    form = {**schema, "properties": {**schema["properties"], **dict.fromkeys(_FILES, file)}}
    return {"application/json": {"schema": schema}, "multipart/form-data": {"schema": form}}
