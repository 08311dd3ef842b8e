"""The voice of approved answers: what it says, what that costs, and what decides how it sounds."""

import hashlib
import json
from collections.abc import Mapping

from voicebot.audio.clip import Clip
from voicebot.cache.clips import PromptVoice
from voicebot.korean.spoken import spoken_form
from voicebot.tts.protocol import EngineInfo
from voicebot.tts.wrappers.metered import price

NOT_HEARD = frozenset({"connect_s", "first_byte_s", "total_s", "price_per_1k_chars_usd", "base_url", "endpoint_url"})
"""Settings of an engine that do not change how it sounds."""


class AnswerVoice:
    """A `PromptVoice` that knows itself.

    Args:
        prompts: Speaks.
        info: Its engine.
        voice: The engine's voice; empty when the engine has only one.
        settings: Whatever else decides how the engine sounds, such as its model and the speed.
        words: The pronunciation dictionary.
    """

    def __init__(
        self,
        prompts: PromptVoice,
        info: EngineInfo,
        voice: str = "",
        settings: Mapping[str, object] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self.engine = prompts.engine
        self.voice = voice
        self._prompts = prompts
        self._info = info
        self._words = words
        heard = {name: value for name, value in (settings or {}).items() if name not in NOT_HEARD}
        self._sound = json.dumps([self.engine, info.version, voice, heard], sort_keys=True, default=str)

    def prompt(self, text: str) -> Clip:
        """Return `text` spoken, ready for the telephone."""
        return self._prompts.prompt(text)

    def speech(self, text: str) -> str:
        """Return 16 letters that stand for how `text` sounds: its spoken form, the engine, its version, voice and settings."""
        return hashlib.sha256(f"{self._sound}\n{spoken_form(text, self._words)}".encode()).hexdigest()[:16]

    def price_usd(self, text: str) -> float | None:
        """Return what the engine asks for `text` in US dollars; None when that is unknown."""
        return price(self._info, len(spoken_form(text, self._words)))
