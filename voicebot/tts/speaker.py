"""The service that turns a request into audio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicebot.tts.protocol import AudioChunk, SpeechRequest, collect
from voicebot.tts.wrappers.wrapper import Wrapper

if TYPE_CHECKING:
    from voicebot.audio.clip import Clip


class Speaker(Wrapper):
    """Speaks through one engine.

    Args:
        engine: The engine with its wrappers.
    """

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio piece by piece, the first as soon as there is some."""
        return self._engine.stream(request)

    def clip(self, request: SpeechRequest) -> Clip:
        """Return the whole audio, which is linear inside whatever encoding was asked for."""
        return collect(self._engine.stream(request), engine=self._engine.info.name)
