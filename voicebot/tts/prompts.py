"""Prompts for the telephone, whatever the engine gives."""

import logging

from voicebot.audio.clip import Clip
from voicebot.audio.resample import resample
from voicebot.audio.shape import fade, join, match_loudness, silence, trim
from voicebot.errors import ConfigError, EngineError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker

_log = logging.getLogger(__name__)

TELEPHONE_HZ = 8000
LEAD_S = 0.15
"""Silence before the first utterance of a call: the first tenth of a second of a line's audio is often lost."""

PAUSE_S = 0.25
"""What a listener needs between two prompts: a flow plays them without a gap."""


class PromptSpeaker:
    """Speaks prompts: 8 kHz, one loudness, peaks at -3 dBFS, nothing to hear at the ends.

    Args:
        speaker: The engine.
        voice: One of its voices, or an empty string for the one in its settings.
        speed: 1.0 is the voice's own.
        pause_s: Silence at the end of each prompt.
    """

    def __init__(self, speaker: Speaker, voice: str = "", speed: float = 1.0, pause_s: float = PAUSE_S) -> None:
        self.engine = speaker.info.name
        self.voice = voice
        self._speaker = speaker
        self._speed = speed
        self._pause_s = pause_s

    def prompt(self, text: str, is_first: bool = False) -> Clip:
        """Return `text` spoken, ready for the telephone.

        Args:
            text: The words.
            is_first: It is the first that a call hears, so silence goes before it.

        Raises:
            InputError: The text cannot be spoken.
            EngineError: The engine failed.
        """
        clip = self._speaker.clip(SpeechRequest(text, voice=self.voice or None, speed=self._speed))
        return polished(clip, TELEPHONE_HZ, pause_s=self._pause_s, lead_s=LEAD_S if is_first else 0.0)


def polished(clip: Clip, sample_rate_hz: int, pause_s: float = PAUSE_S, lead_s: float = 0.0) -> Clip:
    """Return speech that can be played before and after any other: one loudness, peaks at -3 dBFS, ends at zero.

    Args:
        clip: Speech.
        sample_rate_hz: The rate wanted.
        pause_s: Silence after it.
        lead_s: Silence before it.
    """
    spoken = fade(match_loudness(resample(trim(clip), sample_rate_hz)))
    around = [silence(lead_s, sample_rate_hz), spoken, silence(pause_s, sample_rate_hz)]
    return join([part for part in around if len(part.samples)] or [spoken])


def warm_up(speaker: Speaker) -> bool:
    """Have a voice say one word, so that its model is loaded and its connection open; return whether it did."""
    try:
        speaker.clip(SpeechRequest("네"))
    except (ConfigError, EngineError) as exc:
        _log.warning("the voice could not be warmed up: %s", exc.message)
        return False
    return True
