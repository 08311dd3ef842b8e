"""What every wrapping engine has in common: it says of itself what the engine inside says."""

from voicebot.tts.protocol import EngineInfo, Health, SpeechEngine, VoiceInfo


class Wrapper:
    """An engine around an engine; a subclass says what it does to a stream, and whatever else differs.

    Args:
        engine: The engine inside.
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
