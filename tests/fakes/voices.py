"""A scripted voice of approved answers."""

import threading
import time
from collections.abc import Callable

import numpy as np

from voicebot.audio.clip import Clip
from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.tts.protocol import EngineInfo


class ScriptedVoice:
    """A `PromptVoice` that hums each text on a note of its own, and fails where the script says so.

    Args:
        fails_on: Returns the error that a text raises, or None.
        delay_s: How long each text takes.
        noise: Returns a number that each clip differs by; the same for each makes the same text the same clip.
    """

    engine = "scripted"
    voice = "one"

    def __init__(
        self,
        fails_on: Callable[[str], Exception | None] = lambda text: None,
        delay_s: float = 0.0,
        noise: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.said: list[str] = []
        self._fails_on = fails_on
        self._delay_s = delay_s
        self._noise = noise
        self._lock = threading.Lock()

    def prompt(self, text: str) -> Clip:
        time.sleep(self._delay_s)
        error = self._fails_on(text)
        if error:
            raise error
        with self._lock:
            self.said.append(text)
        pitch = 0.1 + sum(text.encode()) % 97 / 100
        wave = np.sin(np.arange(1600) * pitch + self._noise()) * 8000
        return Clip(wave.astype(np.int16), 8000)


def answer_voice(
    voice: ScriptedVoice, *, name: str = "one", price: float | None = 0.0, version: str = "1"
) -> AnswerVoice:
    """Return the voice of answers over a scripted one."""
    info = EngineInfo("scripted", False, (8000,), ("pcm_s16le",), ("ko",), False, 1000, price, version)
    return AnswerVoice(voice, info, name)
