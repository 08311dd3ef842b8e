"""Prompts for the telephone, whatever the engine gives."""

from voicebot.audio.clip import Clip
from voicebot.audio.resample import resample
from voicebot.audio.shape import fade, match_loudness, trim
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker

TELEPHONE_HZ = 8000


class PromptSpeaker:
    """Speaks prompts: 8 kHz, one loudness, peaks at -3 dBFS, nothing to hear at the ends.

    Args:
        speaker: The engine.
        voice: One of its voices, or an empty string for the one in its settings.
        speed: 1.0 is the voice's own.
    """

    def __init__(self, speaker: Speaker, voice: str = "", speed: float = 1.0) -> None:
        self.engine = speaker.info.name
        self.voice = voice
        self._speaker = speaker
        self._speed = speed

    def prompt(self, text: str) -> Clip:
        """Return `text` spoken, ready for the telephone.

        Raises:
            InputError: The text cannot be spoken.
            EngineError: The engine failed.
        """
        clip = self._speaker.clip(SpeechRequest(text, voice=self.voice or None, speed=self._speed))
        return fade(match_loudness(resample(trim(clip), TELEPHONE_HZ)))
