"""The API of the earlier system: multipart forms with the same fields and defaults."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel

from voicebot.tts.protocol import SpeechRequest
from voicebot.web.references import References
from voicebot.web.routes.speech import AUDIO
from voicebot.web.speaking import Order, Speech
from voicebot.web.talks import Talks

FormText = Annotated[str, Form(min_length=1, max_length=20_000, examples=["안녕하세요"])]
Temperature = Annotated[float, Form(ge=0.0, le=2.0)]
Message = Annotated[str, Form(min_length=1, max_length=2_000, examples=["안녕하세요"])]
Word = Annotated[str | None, Form(max_length=200)]


class ChatReply(BaseModel):
    """An answer; `response` and `reply` are the same text under the two names that clients look for."""

    reply: str
    response: str
    engine: str
    intent: str
    confidence: float | None


def routes(speech: Speech, talks: Talks, references: References) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api", tags=["earlier system"])

    @router.post("/tts", response_class=Response, responses=AUDIO)
    def tts(
        text: FormText, temperature: Temperature = 0.8, ref_audio: Annotated[UploadFile | None, File()] = None
    ) -> Response:
        """Speak a text with Fish Speech, in the voice of a recording when there is one."""
        recording = ref_audio.file.read() if ref_audio and ref_audio.filename else None
        reference = references.get(references.add(recording)[0]) if recording is not None else None
        return speech.say(Order(SpeechRequest(text, temperature=temperature, reference=reference), "fish"))

    @router.post("/tts-eleven", response_class=Response, responses=AUDIO)
    def tts_eleven(
        text: FormText, style: Word = None, voice_id: Word = None, use_cache: Annotated[bool, Form()] = True
    ) -> Response:
        """Speak a text with ElevenLabs."""
        return speech.say(Order(SpeechRequest(text, voice=voice_id or None, style=style or None), "eleven", use_cache))

    @router.post("/tts-gpt-voice", response_class=Response, responses=AUDIO)
    def tts_gpt_voice(text: FormText, temperature: Temperature = 0.6) -> Response:
        """Let GPT answer a text, and speak the answer with its voice."""
        answer = talks.answer(text, "gpt")
        return speech.say(Order(SpeechRequest(answer.text, temperature=temperature), "gpt"))

    return router


def chat_routes(talks: Talks) -> APIRouter:
    """Return the routes that answer messages."""
    router = APIRouter(prefix="/api", tags=["earlier system"])

    @router.post("/chat-chajipsa")
    def chat_chajipsa(message: Message) -> ChatReply:
        """Answer a message with Chajipsa."""
        return _reply(talks, message, "chajipsa")

    @router.post("/chat-gpt")
    def chat_gpt(message: Message) -> ChatReply:
        """Answer a message with GPT."""
        return _reply(talks, message, "gpt")

    return router


def _reply(talks: Talks, message: str, engine: str) -> ChatReply:
    answer = talks.answer(message, engine)
    return ChatReply(
        reply=answer.text,
        response=answer.text,
        engine=answer.engine,
        intent=answer.intent,
        confidence=answer.confidence,
    )
