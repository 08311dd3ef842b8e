"""Text to audio, and what the engines can do."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field

from voicebot.client import Voicebot
from voicebot.errors import VoicebotError
from voicebot.tts.controls import CONTROLS
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.registry import ENGINES
from voicebot.web.references import References
from voicebot.web.shapes import EngineName, Text
from voicebot.web.speaking import WAV, Order, Speech
from voicebot.web.talks import Talks

TEXT_HEADER = "X-Voicebot-Text"
"""What is said where it is not what was asked for, percent-encoded UTF-8."""

AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"description": "A WAV file.", "content": {WAV: {"schema": {"type": "string", "format": "binary"}}}}
}


class Engine(BaseModel):
    """A speech engine and what can be set on it."""

    name: str
    is_default: bool
    is_set_up: bool
    problem: str | None = Field(None, description="Why it is not set up, and what to do.")
    styles: tuple[str, ...]
    takes_temperature: bool
    takes_reference: bool
    speeds: tuple[float, float]
    max_chars: int | None = None
    price_per_1k_chars_usd: float | None = None


class Health(BaseModel):
    """Whether an engine could speak now."""

    ok: bool
    detail: str


class Voice(BaseModel):
    """A voice of an engine."""

    id: str
    name: str
    language: str
    gender: str | None


class Recording(BaseModel):
    """An uploaded recording of a voice."""

    id: str
    duration_s: float
    sample_rate_hz: int


class SpeechOrder(BaseModel):
    """What to say, and how."""

    text: Text = Field(examples=["안녕하세요, 차집사입니다."])
    engine: EngineName | None = Field(None, description="The configured one when left out.")
    voice: str | None = Field(None, max_length=200)
    style: str | None = Field(None, max_length=100)
    speed: float = Field(1.0, ge=0.5, le=2.0)
    temperature: float | None = Field(None, ge=0.0, le=2.0)
    reference: str | None = Field(None, max_length=64, description="The id of an uploaded recording to imitate.")
    sample_rate_hz: int | None = Field(None, ge=4000, le=192_000)
    encoding: Literal["pcm_s16le", "mulaw"] = "pcm_s16le"
    use_cache: bool = True
    answer_first: bool = Field(False, description="Let GPT answer the text, and speak the answer.")
    stream: bool = Field(False, description="Send audio while more is made; the WAV head does not know its length.")
    max_cost_usd: float = Field(1.0, ge=0.0, le=100.0)


class CostQuestion(BaseModel):
    """A text whose price is asked."""

    text: Text = Field(examples=["안녕하세요, 차집사입니다."])
    engine: EngineName | None = None


class Cost(BaseModel):
    """What a text costs; no price is one that is not known."""

    engine: str
    characters: int
    price_usd: float | None


def routes(client: Voicebot, speech: Speech, talks: Talks, references: References) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1", tags=["speech"])

    @router.get("/engines")
    def engines() -> list[Engine]:
        """List the speech engines with their own controls. No network is touched."""
        return [_engine(client, name) for name in ENGINES]

    @router.get("/engines/{name}/health")
    def health(name: EngineName) -> Health:
        """Ask an engine whether it could speak now."""
        found = client.speaker(name).health()
        return Health(ok=found.ok, detail=found.detail)

    @router.get("/engines/{name}/voices")
    def voices(name: EngineName) -> list[Voice]:
        """List the voices of an engine."""
        return [
            Voice(id=voice.id, name=voice.name, language=voice.language, gender=voice.gender)
            for voice in client.speaker(name).voices()
        ]

    @router.post("/references", status_code=201)
    def add_reference(
        recording: Annotated[UploadFile, File(description="A WAV of the voice to imitate.")],
    ) -> Recording:
        """Check a recording of a voice, and keep it for later orders."""
        reference_id, reference = references.add(recording.file.read())
        return Recording(
            id=reference_id, duration_s=round(reference.duration_s, 3), sample_rate_hz=reference.sample_rate_hz
        )

    @router.post("/speech/cost")
    def cost(question: CostQuestion) -> Cost:
        """Say what a text would cost."""
        found = speech.cost(question.text, question.engine)
        return Cost(engine=found.engine, characters=found.characters, price_usd=found.price_usd)

    @router.post("/speech", response_class=Response, responses=AUDIO)
    def say(order: SpeechOrder) -> Response:
        """Speak a text: a whole WAV file, or one that is heard while it is being made."""
        text = talks.answer(order.text, "gpt").text if order.answer_first else order.text
        request = SpeechRequest(
            text,
            voice=order.voice or None,
            style=order.style or None,
            speed=order.speed,
            temperature=order.temperature,
            reference=references.get(order.reference) if order.reference else None,
            sample_rate_hz=order.sample_rate_hz or (8000 if order.encoding == "mulaw" else None),
            encoding=order.encoding,
        )
        response = speech.say(Order(request, order.engine, order.use_cache, order.max_cost_usd, order.stream))
        if order.answer_first:
            response.headers[TEXT_HEADER] = quote(text)
        return response

    return router


def _engine(client: Voicebot, name: str) -> Engine:
    controls = CONTROLS[name]
    found = Engine(
        name=name,
        is_default=name == client.settings.tts.engine,
        is_set_up=True,
        styles=controls.styles,
        takes_temperature=controls.takes_temperature,
        takes_reference=controls.takes_reference,
        speeds=controls.speeds,
    )
    try:
        info = client.speaker(name).info
    except VoicebotError as exc:
        return found.model_copy(update={"is_set_up": False, "problem": f"{exc.message} ({exc.hint})"})
    return found.model_copy(update={"max_chars": info.max_chars, "price_per_1k_chars_usd": info.price_per_1k_chars_usd})
