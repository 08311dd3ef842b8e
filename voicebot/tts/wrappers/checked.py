"""Requests that make no sense are refused, and so is an engine's silence."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from voicebot.errors import EngineError, InputError
from voicebot.korean.normalize import has_speech
from voicebot.tts.protocol import AudioChunk, EngineInfo, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

MAX_CHARS = 20_000
"""About an hour of speech."""

_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
"""Control characters but for tab and new line, and halves of surrogate pairs."""

_RANGES = {
    "speed": (0.25, 4.0),
    "pitch": (-12.0, 12.0),
    "temperature": (0.0, 2.0),
    "sample_rate_hz": (4000, 192_000),
}


class CheckedTts(Wrapper):
    """Checks a request before an engine sees it, and that audio comes back.

    Args:
        engine: The engine.
        max_chars: The longest text.
    """

    def __init__(self, engine: SpeechEngine, max_chars: int = MAX_CHARS) -> None:
        super().__init__(engine)
        self._max_chars = max_chars

    @property
    def info(self) -> EngineInfo:
        """Return what the engine can do with texts up to this length."""
        return replace(self._engine.info, max_chars=self._max_chars)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the engine's audio; control characters in the text become spaces.

        Raises:
            InputError: The text is empty, too long or has nothing to say, a value is out of range, or the engine
                cannot imitate a recording.
            EngineError: The engine gave no audio.
        """
        text = _CONTROL.sub(" ", request.text)
        check_text(text, self._max_chars)
        for name, (least, most) in _RANGES.items():
            value = getattr(request, name)
            if value is not None and not (math.isfinite(value) and least <= value <= most):
                raise InputError(f"{name} is {value}", hint=f"give a value from {least:g} to {most:g}")
        if request.reference is not None and not self._engine.info.takes_reference:
            raise InputError(
                f"{self._engine.info.name} cannot imitate a recording", hint="use an engine that can, such as fish"
            )
        return self._audible(self._engine.stream(request.saying(text)))

    def _audible(self, stream: Iterator[AudioChunk]) -> Iterator[AudioChunk]:
        is_silent = True
        with closing(stream) as chunks:
            for piece in chunks:
                is_silent = is_silent and not piece.data
                yield piece
        if is_silent:
            raise EngineError(
                "no audio came back", engine=self._engine.info.name, retryable=True, hint="try again, or another voice"
            )


def check_text(text: str, max_chars: int = MAX_CHARS) -> None:
    """Return when a text can be spoken.

    Raises:
        InputError: It is empty, too long or has nothing to say.
    """
    if not text.strip():
        raise InputError("the text is empty", hint="give a text to say")
    if len(text) > max_chars:
        raise InputError(
            f"the text has {len(text):,} characters; the limit is {max_chars:,}", hint="split it into several texts"
        )
    if not has_speech(text):
        raise InputError("there is nothing to say in the text", hint="give words; signs and emoji are not read")
