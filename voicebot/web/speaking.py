"""From what a client asks for to audio that it can hear at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from voicebot.audio.wav import endless_wav_head, wav_bytes
from voicebot.client import Voicebot
from voicebot.tts.estimate import Estimate, approve_cost, estimate
from voicebot.tts.protocol import SpeechRequest, closing
from voicebot.tts.speaker import Speaker
from voicebot.web.streams import PieceResponse

WAV = "audio/wav"
ENGINE_HEADER = "X-Voicebot-Engine"


@dataclass(frozen=True)
class Order:
    """What to say, who says it, and what it may cost.

    Args:
        request: What to say, and how.
        engine: The speech engine; None is the configured one.
        use_cache: False has the engine make it anew.
        max_cost_usd: The most that it may cost.
        is_streamed: True sends audio while more is made; its WAV head does not know the length.
    """

    request: SpeechRequest
    engine: str | None = None
    use_cache: bool = True
    max_cost_usd: float = 1.0
    is_streamed: bool = False


class Speech:
    """Speaks for web clients.

    Args:
        client: Where the engines are.
    """

    def __init__(self, client: Voicebot) -> None:
        self._client = client

    def cost(self, text: str, engine: str | None) -> Estimate:
        """Return what a text costs with an engine."""
        return self._cost(self._client.speaker(engine), text)

    def say(self, order: Order) -> Response:
        """Return the audio as a response. It is not begun before the response is sent.

        Raises:
            RefusedError: It costs more than it may.
            VoicebotError: The engine cannot be used.
        """
        speaker = self._client.speaker(order.engine, use_cache=order.use_cache)
        approve_cost(self._cost(speaker, order.request.text), order.max_cost_usd)
        make = _streamed if order.is_streamed else _whole
        return PieceResponse(partial(make, speaker, order.request), WAV, {ENGINE_HEADER: speaker.info.name})

    def _cost(self, speaker: Speaker, text: str) -> Estimate:
        return estimate(speaker.info, [text], self._client.pronunciations)


def _streamed(speaker: Speaker, request: SpeechRequest) -> Iterator[bytes]:
    has_head = False
    with closing(speaker.stream(request)) as chunks:
        for chunk in chunks:
            head = b"" if has_head else endless_wav_head(chunk.encoding, chunk.sample_rate_hz)
            has_head = True
            yield head + chunk.data


def _whole(speaker: Speaker, request: SpeechRequest) -> Iterator[bytes]:
    yield wav_bytes(speaker.clip(request), request.encoding)
