"""A scripted speech engine."""

import time
from collections.abc import Iterator

import numpy as np

from voicebot.audio.clip import SAMPLE_BYTES, Clip, Encoding
from voicebot.errors import EngineError, NotFoundError
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo


class FakeTts:
    """Says every text as a tone of its own, as long as it was told to.

    Args:
        chunks: How many chunks each text gets.
        chunk_ms: How much audio is in each.
        delay_s: How long it thinks before the first chunk, and nothing after.
        fail_after: Raise a retryable EngineError instead of the chunk of this number; None never fails.
        sample_rates_hz: Rates that it can give, its own first.
        encodings: Encodings that it can give, its own first.
        cut_bytes: Cut the stream every so many bytes instead, in the middle of samples too.
        version: Its version.
    """

    def __init__(
        self,
        chunks: int = 3,
        chunk_ms: int = 20,
        delay_s: float = 0.0,
        fail_after: int | None = None,
        sample_rates_hz: tuple[int, ...] = (16000,),
        encodings: tuple[Encoding, ...] = ("pcm_s16le",),
        cut_bytes: int | None = None,
        version: str = "1",
    ) -> None:
        self._chunks = chunks
        self._chunk_ms = chunk_ms
        self._delay_s = delay_s
        self._fail_after = fail_after
        self._sample_rates_hz = sample_rates_hz
        self._encodings = encodings
        self._cut_bytes = cut_bytes
        self._version = version
        self.requests: list[SpeechRequest] = []
        self.closed = 0

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "fake", True, self._sample_rates_hz, self._encodings, ("ko",), False, 1000, 0.0, self._version
        )

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo("one", "One", "ko", "female"), VoiceInfo("two", "Two", "ko", "male")]

    def health(self) -> Health:
        return Health(True, "scripted")

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        self.requests.append(request)
        if request.voice not in (None, "one", "two"):
            raise NotFoundError(f"fake: there is no voice {request.voice!r}")
        return self._audio(request)

    def tone(self, text: str, sample_rate_hz: int) -> Clip:
        """Return what a text sounds like."""
        at_s = np.arange(self._chunks * self._chunk_ms * sample_rate_hz // 1000) / sample_rate_hz
        hz = 300 + sum(map(ord, text)) % 1000
        return Clip((8000 * np.sin(2 * np.pi * hz * at_s)).astype(np.int16), sample_rate_hz)

    def _audio(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        rate_hz = request.sample_rate_hz if request.sample_rate_hz in self._sample_rates_hz else None
        rate_hz = rate_hz or self._sample_rates_hz[0]
        encoding = request.encoding if request.encoding in self._encodings else self._encodings[0]
        data = self.tone(request.text, rate_hz).to_bytes(encoding)
        size = self._cut_bytes or self._chunk_ms * rate_hz // 1000 * SAMPLE_BYTES[encoding]
        try:
            time.sleep(self._delay_s)
            for number, at in enumerate(range(0, len(data), size)):
                if number == self._fail_after:
                    raise EngineError("was told to fail", engine="fake", retryable=True)
                yield AudioChunk(data[at : at + size], encoding, rate_hz)
        finally:
            self.closed += 1
