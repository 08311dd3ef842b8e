"""Speech for other programs: any engine of this voicebot by name, and OpenVoice hosted here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from voicebot.errors import NotFoundError, VoicebotError
from voicebot.tts.converter.task import EMBEDDING_MARK
from voicebot.tts.protocol import Health, SpeechRequest, VoiceInfo, in_one_line
from voicebot.tts.reference import check_reference
from voicebot.tts.server.orders import Order, Speech, begun
from voicebot.tts.speaker import Speaker

if TYPE_CHECKING:
    from voicebot.audio.clip import Clip

OPENVOICE = "openvoice"


class SpeechService:
    """Takes orders and has them spoken.

    Args:
        speaker: Gives the speaker of an engine, with the cache or without.
        engines: The engines that may be asked for, the server's own choice first.
        speeds: The speed of an engine where an order asks for none; 1.0 for those not named.
    """

    def __init__(
        self, speaker: Callable[[str, bool], Speaker], engines: Sequence[str], speeds: Mapping[str, float]
    ) -> None:
        self.engines = tuple(dict.fromkeys(engines))
        self._speaker = speaker
        self._speeds = dict(speeds)

    @property
    def hosts_openvoice(self) -> bool:
        """Return whether the server's own choice is OpenVoice, which may not be ready yet."""
        return self.engines[0] == OPENVOICE

    def speech(self, order: Order) -> Speech:
        """Return an order's audio as it is made, from its first on.

        Raises:
            NotFoundError: There is no such engine or voice.
            InputError: The text cannot be spoken, or the recording cannot be imitated.
            ConfigError: The engine is not set up here.
            EngineError: It failed.
        """
        engine, speaker, request = self._prepared(order)
        return begun(engine, speaker.stream(request))

    def clip(self, order: Order) -> Clip:
        """Return an order's whole audio; see `speech`."""
        _, speaker, request = self._prepared(order)
        return speaker.clip(request)

    def voices(self, engine: str | None = None) -> list[VoiceInfo]:
        """Return the voices of an engine.

        Raises:
            NotFoundError: There is no such engine.
            VoicebotError: It cannot say.
        """
        return self._speaker(self._known(engine), True).voices()

    def readiness(self) -> Health:
        """Return whether the server's own choice could speak now; OpenVoice may still be loading.

        No provider is asked: this may be called every second.
        """
        own = self.engines[0]
        if not self.hosts_openvoice:
            return Health(True, own)
        try:
            return self._speaker(own, True).health()
        except VoicebotError as exc:
            return Health(False, in_one_line(exc))

    def _prepared(self, order: Order) -> tuple[str, Speaker, SpeechRequest]:
        engine = self._known(order.engine)
        request = order.request
        if request.reference is not None and not (engine == OPENVOICE and request.reference.startswith(EMBEDDING_MARK)):
            check_reference(request.reference, "the recording")
        if not order.has_speed:
            request = replace(request, speed=self._speeds.get(engine, 1.0))
        return engine, self._speaker(engine, order.uses_cache), request

    def _known(self, engine: str | None) -> str:
        if engine is not None and engine not in self.engines:
            raise NotFoundError(
                f"there is no engine {engine!r} here", hint=f"the engines are: {', '.join(sorted(self.engines))}"
            )
        return engine or self.engines[0]
