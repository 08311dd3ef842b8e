"""An engine that fails again and again is left alone for a while."""

import logging
import threading
from collections.abc import Iterator

from voicebot.clock import Clock, SystemClock
from voicebot.errors import ConfigError, EngineError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

MAX_FAILURES = 3
PAUSE_S = 30.0
PROBE_TEXT = "네."

_log = logging.getLogger(__name__)


class BreakerTts(Wrapper):
    """Counts an engine's failures; it still speaks whoever asks it to, so an open breaker is advice.

    Open after `max_failures` in a row; after a pause one word is tried in the background, beside the callers, and the
    breaker closes when that, or anything else, is heard.

    Args:
        engine: The engine, under any cache.
        max_failures: So many failures in a row open it.
        pause_s: How long it stays open before the engine is tried again.
        clock: The time.
    """

    def __init__(
        self,
        engine: SpeechEngine,
        max_failures: int = MAX_FAILURES,
        pause_s: float = PAUSE_S,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(engine)
        self._max_failures = max_failures
        self._pause_s = pause_s
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._failures = 0
        self._probe_at_s: float | None = None

    @property
    def is_open(self) -> bool:
        """True when the engine had better be left alone."""
        return self._failures >= self._max_failures

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the engine's audio, and note whether there is some."""
        try:
            with closing(self._engine.stream(request)) as chunks:
                for audio in chunks:
                    yield audio
                    if self._failures:
                        self._succeeded()
        except (EngineError, ConfigError):
            self._failed()
            raise

    def probe(self) -> bool:
        """Try the engine in the background if that is due, and return whether it was."""
        with self._lock:
            if not self.is_open or self._probe_at_s is None or self._clock.now() < self._probe_at_s:
                return False
            self._probe_at_s = None  # one at a time
        threading.Thread(target=self._try_a_word, name="speech probe", daemon=True).start()
        return True

    def _try_a_word(self) -> None:
        try:
            with closing(self._engine.stream(SpeechRequest(PROBE_TEXT))) as chunks:
                is_heard = any(audio.data for audio in chunks)
        except Exception as exc:  # whatever it is, nobody waits for this
            _log.info("%s does not speak yet: %s", self.info.name, type(exc).__name__)
            is_heard = False
        if is_heard:
            self._succeeded()
        else:
            self._failed()

    def _succeeded(self) -> None:
        with self._lock:
            was_open, self._failures, self._probe_at_s = self.is_open, 0, None
        if was_open:
            _log.warning("%s speaks again", self.info.name)

    def _failed(self) -> None:
        with self._lock:
            was_open = self.is_open
            self._failures += 1
            if self.is_open:
                self._probe_at_s = self._clock.now() + self._pause_s
        if self.is_open and not was_open:
            _log.warning("%s failed %d times in a row and is left alone", self.info.name, self._failures)
