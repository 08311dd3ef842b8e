"""An engine that does what a list says, request by request."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from voicebot.audio.clip import Clip
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.retrying import RetryingTts

Step = Exception | int | Callable[[], object]
"""An error to raise, a number of chunks to give, or something to do before the next step."""

INFO = EngineInfo("scripted", True, (16000,), ("pcm_s16le",), ("ko",), False, 1000, 2.0, "1")


def refused(engine: str = "scripted", retryable: bool = True, retry_after_s: float | None = None) -> EngineError:
    return EngineError("was told to fail", engine=engine, retryable=retryable, retry_after_s=retry_after_s)


class ScriptedTts:
    """Plays one script a request, the last one for all that follow.

    Args:
        scripts: What to do, request by request.
        level: The value of every sample, by which a listener knows the engine.
        info: What it says it can do.
    """

    def __init__(self, *scripts: list[Step], level: int = 1000, info: EngineInfo = INFO) -> None:
        self.info = info
        self.requests: list[SpeechRequest] = []
        self._scripts = list(scripts) or [[3]]
        self._level = level
        self._lock = threading.Lock()
        self.closed = 0

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo("one", "One", "ko"), VoiceInfo("two", "Two", "ko")]

    def health(self) -> Health:
        return Health(True, "scripted")

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        with self._lock:
            self.requests.append(request)
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        rate_hz = self.info.sample_rates_hz[0]
        data = Clip(np.full(rate_hz // 50, self._level, dtype=np.int16), rate_hz).to_bytes("pcm_s16le")
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, int):
                    for _ in range(step):
                        yield AudioChunk(data, "pcm_s16le", rate_hz)
                else:
                    step()
        finally:
            self.closed += 1


def named(name: str, rate_hz: int = 16000, max_chars: int = 1000) -> EngineInfo:
    return replace(INFO, name=name, sample_rates_hz=(rate_hz,), max_chars=max_chars)


def retrying(engine: SpeechEngine, clock: VirtualClock, tries: int = 3, total_s: float = 30.0) -> RetryingTts:
    """Return an engine that is asked again; pauses are the longest ones."""
    return RetryingTts(DeadlinesTts(engine, 5.0, total_s), tries, clock=clock, chance=lambda: 1.0)
