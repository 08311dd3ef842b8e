"""The spoken form: numbers, units and English written as they are said, before an engine sees them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from voicebot.korean.spoken import spoken_form
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo


class SpokenTts:
    """Gives an engine the spoken form of each text.

    Args:
        engine: The engine.
        dictionary: Words of the user's own, and how to say them.
    """

    def __init__(self, engine: SpeechEngine, dictionary: Mapping[str, str] | None = None) -> None:
        self._engine = engine
        self._dictionary = dictionary

    @property
    def info(self) -> EngineInfo:
        """Return what the engine can do."""
        return self._engine.info

    def voices(self) -> list[VoiceInfo]:
        """Return the engine's voices."""
        return self._engine.voices()

    def health(self) -> Health:
        """Return the engine's health."""
        return self._engine.health()

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of the spoken form."""
        return self._engine.stream(replace(request, text=spoken_form(request.text, self._dictionary)))
