"""Voices: engines, speakers, prompts, and speech for other programs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from voicebot.client.base import Base
from voicebot.clock import Clock
from voicebot.errors import ConfigError
from voicebot.resources import DATA_DIR

if TYPE_CHECKING:
    from voicebot.settings.tree import Settings
    from voicebot.tts.prompts import PromptSpeaker
    from voicebot.tts.server.jobs import SpeechJobs
    from voicebot.tts.server.service import SpeechService
    from voicebot.tts.speaker import Speaker
    from voicebot.tts.wrappers.breaker import BreakerTts
    from voicebot.tts.wrappers.converted import ConvertedTts
    from voicebot.tts.wrappers.metered import Meter


_HOSTED = "hosted openvoice"
"""Among the links; the engine of that name without "hosted" is the client of another server."""


class Speech(Base):
    """Voices."""

    def __init__(
        self, settings: Settings, handlers: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(settings, handlers, clock)
        self._links: dict[str, BreakerTts] = {}
        self._linking = threading.RLock()  # one link may stand on another

    def warm_up_speech(self) -> bool:
        """Have the live voice say one word, past the speech cache; return whether it did."""
        from voicebot.tts.prompts import warm_up

        tts = self.settings.tts
        return warm_up(self.speaker(tts.live_engine, use_cache=False, fallback=tts.fallback))

    @cached_property
    def pronunciations(self) -> Mapping[str, str]:
        """How words of the user's own are read."""
        from voicebot.korean.dictionary import load_pronunciations

        path = self.settings.tts.pronunciations
        return load_pronunciations(path or DATA_DIR / "pronunciations.yaml")

    def speaker(self, engine: str | None = None, *, use_cache: bool = True, fallback: Sequence[str] = ()) -> Speaker:
        """Return a speaker over an engine and the ones to go on with when it fails."""
        from voicebot.tts.stack import chain_names

        names = chain_names(engine or self.settings.tts.engine, fallback)
        return self._speaker({name: self._link(name) for name in names}, use_cache)

    def _speaker(self, links: Mapping[str, BreakerTts], use_cache: bool) -> Speaker:
        from voicebot.tts.speaker import Speaker
        from voicebot.tts.stack import build_stack

        cache = self.settings.data_dir / "speech" if use_cache else None
        return Speaker(build_stack(links, self.settings.tts, self.pronunciations, cache))

    @cached_property
    def hosted_openvoice(self) -> ConvertedTts:
        """OpenVoice V2 on this machine, in processes of its own."""
        from voicebot.tts.converter.assembly import build_hosted

        server = self.settings.speech_server
        return build_hosted(self._link(server.base_engine), server, self.settings.tts.openvoice_target_embedding)

    @cached_property
    def speech_service(self) -> SpeechService:
        """Speech for other programs."""
        from voicebot.tts.registry import ENGINES
        from voicebot.tts.server.service import OPENVOICE, SpeechService

        server, tts = self.settings.speech_server, self.settings.tts

        def speaker(engine: str, use_cache: bool) -> Speaker:
            return self._speaker({engine: self._link(_HOSTED if engine == OPENVOICE else engine)}, use_cache)

        own = server.engine or (OPENVOICE if server.checkpoints else tts.live_engine)
        if own not in ENGINES:
            raise ConfigError(f"speech_server.engine: there is no engine {own!r}", hint=f"one of {', '.join(ENGINES)}")
        return SpeechService(speaker, [own, *ENGINES], {OPENVOICE: tts.openvoice_speed})

    @cached_property
    def speech_jobs(self) -> SpeechJobs:
        """Orders of other programs that are answered clip by clip."""
        from voicebot.tts.server.jobs import SpeechJobs

        tts, server = self.settings.tts, self.settings.speech_server
        limits = tts.first_chunk_max_chars, tts.chunk_max_chars
        return SpeechJobs(self.speech_service, *limits, server.keep_jobs_s, server.max_jobs, self.clock)

    @cached_property
    def meter(self) -> Meter:
        """What speech has taken and cost since the start, by engine."""
        from voicebot.tts.wrappers.metered import Meter

        return Meter()

    def _link(self, name: str) -> BreakerTts:
        """Return an engine with its queue and its breaker, which all speakers share."""
        with self._linking:
            if name not in self._links:
                self._links[name] = self._hosted_link() if name == _HOSTED else self._built_link(name)
            return self._links[name]

    def _built_link(self, name: str) -> BreakerTts:
        from voicebot.tts.registry import NEEDS, build_engine
        from voicebot.tts.stack import build_link

        tts = self.settings.tts
        needs = {key: attrgetter(path)(self.keyed_settings) for key, path in NEEDS.get(name, {}).items()}
        engine = build_engine(name, getattr(tts, name, None), **needs)
        return build_link(name, engine, tts, self.clock, self.meter)

    def _hosted_link(self) -> BreakerTts:
        from voicebot.tts.converter.assembly import build_hosted_link

        server = self.settings.speech_server
        return build_hosted_link(self.hosted_openvoice, self.settings.tts, server, self.clock, self.meter)

    def prompts(self, engine: str | None = None, voice: str = "", fallback: Sequence[str] = ()) -> PromptSpeaker:
        """Return what makes telephone prompts with an engine; the approved answers' one when none is named."""
        from voicebot.tts.prompts import PromptSpeaker

        return PromptSpeaker(self.speaker(engine, fallback=fallback), voice, self.settings.tts.speed)

    @cached_property
    def caller_prompts(self) -> PromptSpeaker:
        """The voice of a caller who only types."""
        from voicebot.tts.prompts import PromptSpeaker

        return PromptSpeaker(self.speaker("local"), self.settings.tts.local.caller_voice, pause_s=0.0)

    @cached_property
    def live_prompts(self) -> PromptSpeaker:
        """The voice that answers misses."""
        return self.prompts(self.settings.tts.live_engine, fallback=self.settings.tts.fallback)

    @property
    def live_price_per_1k_chars_usd(self) -> float | None:
        """What the engine that answers misses asks for 1,000 characters; None when that is not known."""
        try:
            return self.speaker(self.settings.tts.live_engine).info.price_per_1k_chars_usd
        except ConfigError:
            return None
