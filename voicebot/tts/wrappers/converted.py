"""Another voice than the engine's own: each piece that it says is converted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from voicebot.audio.clip import Clip
from voicebot.tts.converter.voices import VoiceFolder
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo, collect
from voicebot.tts.wrappers.wrapper import Wrapper

RATE_HZ = 22050


class Converter(Protocol):
    """Gives speech another voice."""

    def convert(self, clip: Clip, target: bytes | Path) -> Clip:
        """Return the same speech in the voice of a recording or an embedding."""
        ...

    def start(self) -> None:
        """Make ready."""
        ...

    def health(self) -> Health:
        """Return whether it could convert now."""
        ...

    def close(self) -> None:
        """End whatever runs."""
        ...


class ConvertedTts(Wrapper):
    """OpenVoice: a base speaker says the text, and the converter gives it the voice that is asked for.

    A request's voice is a voice of the folder; its reference is a recording or an embedding file. The conversion takes
    a whole piece, so nothing is heard before the piece is done.

    Args:
        base: The base speaker.
        converter: Gives it another voice.
        voices: The voices.
        base_voice: The base speaker's own voice; None is the one in its settings.
        version: Changes with the converter.
    """

    def __init__(
        self,
        base: SpeechEngine,
        converter: Converter,
        voices: VoiceFolder,
        base_voice: str | None = None,
        version: str = "",
    ) -> None:
        super().__init__(base)
        self._converter = converter
        self._voices = voices
        self._base_voice = base_voice
        self._version = version

    @property
    def info(self) -> EngineInfo:
        """Return what the base speaker can do in another voice."""
        base = self._engine.info
        return replace(
            base,
            name="openvoice",
            streaming=False,
            sample_rates_hz=(RATE_HZ,),
            encodings=("pcm_s16le",),
            takes_reference=True,
            version=f"{base.name} {base.version} {self._base_voice or ''} {self._version} {self._voices.version()}",
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the voices that can be imitated."""
        return self._voices.list()

    def health(self) -> Health:
        """Return whether the base speaker and the converter could speak now."""
        base = self._engine.health()
        return self._converter.health() if base.ok else base

    def prewarm(self) -> None:
        """Load the converter, which takes seconds.

        Raises:
            VoicebotError: It cannot be loaded.
        """
        self._converter.start()

    def close(self) -> None:
        """End the converter."""
        self._converter.close()

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request in one piece.

        Raises:
            NotFoundError: There is no such voice.
            InputError: The reference is neither a recording nor an embedding.
            EngineError: The base speaker or the converter failed.
        """
        target = request.reference or self._voices.find(request.voice)
        plain = replace(
            request, voice=self._base_voice, style=None, reference=None, sample_rate_hz=None, encoding="pcm_s16le"
        )
        spoken = collect(self._engine.stream(plain), engine=self._engine.info.name)
        clip = self._converter.convert(spoken, target)
        yield AudioChunk(clip.to_bytes("pcm_s16le"), "pcm_s16le", clip.sample_rate_hz)
