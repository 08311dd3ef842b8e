"""The service that turns a request into audio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo, collect

if TYPE_CHECKING:
    from voicebot.audio.clip import Clip


class Speaker:
    """Speaks through one engine.

    Args:
        engine: The engine with its wrappers.
    """

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine

    @property
    def info(self) -> EngineInfo:
        """Return what the engine can do."""
        return self._engine.info

    def voices(self) -> list[VoiceInfo]:
        """Return the voices that a request may name."""
        return self._engine.voices()

    def health(self) -> Health:
        """Return whether the engine could speak now."""
        return self._engine.health()

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio piece by piece, the first as soon as there is some."""
        return self._engine.stream(request)

    def clip(self, request: SpeechRequest) -> Clip:
        """Return the whole audio, which is linear inside whatever encoding was asked for."""
        return collect(self._engine.stream(request), engine=self._engine.info.name)
