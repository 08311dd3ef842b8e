"""Another engine when one fails, at the boundary between two pieces and never back within a text."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo, closing
from voicebot.tts.wrappers.breaker import BreakerTts
from voicebot.tts.wrappers.wrapper import Wrapper

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Link:
    """One engine of the chain.

    Args:
        engine: What speaks, in any asked rate and encoding.
        breaker: Says whether it had better be left alone; it stands somewhere under `engine`.
    """

    engine: SpeechEngine
    breaker: BreakerTts


class FallbackTts:
    """Speaks each request through the first of several engines that can.

    An engine whose breaker is open is passed over unless all others have failed. Once something is heard a failure
    stands: the voice never changes within a piece. Voice, style and temperature belong to the first engine; the others
    use their own. All audio has the asked rate, or the first engine's own.

    Args:
        links: The engines, best first.
    """

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = tuple(links)

    @property
    def info(self) -> EngineInfo:
        """Return what the first engine can do, in texts that all can say."""
        first, *others = (link.engine.info for link in self._links)
        return replace(first, max_chars=min(info.max_chars for info in (first, *others))) if others else first

    def voices(self) -> list[VoiceInfo]:
        """Return the first engine's voices."""
        return self._links[0].engine.voices()

    def health(self) -> Health:
        """Return good health if any engine has it."""
        all_health = [(link.engine.info.name, link.engine.health()) for link in self._links]
        detail = "; ".join(f"{name}: {health.detail}" for name, health in all_health)
        return Health(any(health.ok for _, health in all_health), detail)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a text that is one piece."""
        return next(self.pieces()).stream(request)

    def pieces(self) -> Iterator[SpeechEngine]:
        """Yield an engine for each piece of one text, in order; they may work at the same time."""
        before: _PieceTts | None = None
        while True:
            before = _PieceTts(self, self._links, before)
            yield before


class _PieceTts(Wrapper):
    """Speaks one piece, through the engine of the piece before it or one further down the chain.

    What has been made is held back until the piece before is heard, and is made again if that had to change engines.
    """

    def __init__(self, chain: FallbackTts, links: tuple[Link, ...], before: "_PieceTts | None") -> None:
        super().__init__(chain)
        self._links = links
        self._before = before
        self._index: int = before._index if before else 0
        self._is_settled = threading.Event()

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of the piece.

        Raises:
            EngineError: No engine could speak, or one broke off.
        """
        failures: dict[int, VoicebotError] = {}
        lowest = self._before._index if self._before else 0
        try:
            while (index := self._choice(lowest, failures)) is not None:
                self._index = index
                with closing(self._links[index].engine.stream(self._fitted(request, index))) as chunks:
                    try:
                        first = next((audio for audio in chunks if audio.data), None)
                    except (EngineError, ConfigError) as exc:
                        failures[index] = exc
                        continue
                    if first is None:
                        failures[index] = self._no_audio(index)
                        continue
                    lowest = max(lowest, self._engine_before())
                    if index < lowest:
                        continue
                    self._is_settled.set()
                    yield first
                    yield from chunks
                    return
            raise self._all_failed(failures)
        finally:
            self._is_settled.set()
            self._before = None  # a long text is no long chain of pieces

    def _choice(self, lowest: int, failures: dict[int, VoicebotError]) -> int | None:
        """Return the next engine to ask: the first that is well, or else the first that is left."""
        left = [index for index in range(lowest, len(self._links)) if index not in failures]
        for link in self._links:
            link.breaker.probe()
        well = [index for index in left if not self._links[index].breaker.is_open]
        chosen = next(iter(well or left), None)
        if failures and chosen is not None:
            name = self._links[chosen].engine.info.name
            _log.warning("%s; going on with %s", list(failures.values())[-1].message, name)
        return chosen

    def _engine_before(self) -> int:
        """Return which engine the piece before is heard in, once it is."""
        if self._before is None:
            return 0
        self._before._is_settled.wait()
        return self._before._index

    def _fitted(self, request: SpeechRequest, index: int) -> SpeechRequest:
        """Return the request as an engine of the chain can take it."""
        if len(self._links) > 1:
            rate_hz = request.sample_rate_hz or self._links[0].engine.info.sample_rates_hz[0]
            request = replace(request, sample_rate_hz=rate_hz)
        if index == 0:
            return request
        reference = request.reference if self._links[index].engine.info.takes_reference else None
        return replace(request, voice=None, style=None, temperature=None, reference=reference)

    def _no_audio(self, index: int) -> EngineError:
        return EngineError("no audio came back", engine=self._links[index].engine.info.name, retryable=True)

    def _all_failed(self, failures: dict[int, VoicebotError]) -> VoicebotError:
        errors = list(failures.values())
        if len(errors) == 1 or all(isinstance(error, ConfigError) for error in errors):
            return errors[0]
        return EngineError(
            "no engine could speak: " + "; ".join(error.message for error in errors),
            engine=self._links[0].engine.info.name,
            retryable=any(isinstance(error, EngineError) and error.retryable for error in errors),
            hint=errors[0].hint,
        )
