"""Audio as responses: streamed where the format allows it, else whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from starlette.responses import Response

from voicebot.audio.wav import endless_wav_head, file_bytes
from voicebot.tts.server.orders import Order, Speech
from voicebot.tts.server.service import SpeechService
from voicebot.web.streams import PieceResponse

STREAMED = {"wav": "audio/wav", "pcm": "audio/pcm"}
WHOLE = {"mp3": "audio/mpeg", "flac": "audio/flac", "opus": "audio/ogg", "ogg": "audio/ogg"}


def audio_bytes(service: SpeechService, order: Order, kind: str) -> tuple[Speech | None, Iterator[bytes]]:
    """Return an order's audio as bytes of a kind, and the stream it comes from where it is one.

    Raises:
        VoicebotError: It failed before its first audio.
    """
    if kind in STREAMED:
        speech = service.speech(order)
        head = [endless_wav_head(speech.encoding, speech.sample_rate_hz)] if kind == "wav" else []
        return speech, _with_head(head, speech.pieces)
    return None, iter([file_bytes(service.clip(order), f".{kind}")])


def audio_response(service: SpeechService, order: Order, kind: str) -> Response:
    """Return the response with an order's audio.

    Raises:
        VoicebotError: It failed before its first audio.
    """
    speech, data = audio_bytes(service, order, kind)
    if speech is None:
        return Response(b"".join(data), media_type=WHOLE[kind])
    headers = {"X-Sample-Rate": str(speech.sample_rate_hz), "X-Engine": speech.engine}
    return PieceResponse(lambda: data, STREAMED[kind], headers)


def _with_head(head: list[bytes], pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chain(head, pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
