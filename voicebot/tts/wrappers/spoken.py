"""The spoken form: numbers, units and English written as they are said, before an engine sees them."""

from collections.abc import Iterator, Mapping

from voicebot.korean.spoken import spoken_form
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest
from voicebot.tts.wrappers.wrapper import Wrapper


class SpokenTts(Wrapper):
    """Gives an engine the spoken form of each text.

    Args:
        engine: The engine.
        dictionary: Words of the user's own, and how to say them.
    """

    def __init__(self, engine: SpeechEngine, dictionary: Mapping[str, str] | None = None) -> None:
        super().__init__(engine)
        self._dictionary = dictionary

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of the spoken form."""
        return self._engine.stream(request.saying(spoken_form(request.text, self._dictionary)))
