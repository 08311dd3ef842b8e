"""Another try, as long as nothing has been heard."""

import random
from collections.abc import Callable, Iterator

from voicebot.clock import Clock, SystemClock
from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, SpeechRequest, closing
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.wrapper import Wrapper

TRIES = 3
FIRST_PAUSE_S = 0.25
MAX_PAUSE_S = 4.0


class RetryingTts(Wrapper):
    """Asks again when an engine fails before its first audio and says that trying again may help.

    All tries and the pauses between them share the one total of the engine's deadlines. A pause is as long as the
    provider asks for, or else it doubles each time, with chance in it, so that many callers do not come back at once.
    A stream without audio is a failure too.

    Args:
        engine: The engine with its deadlines.
        tries: How often it is asked at most.
        first_pause_s: The longest first pause.
        max_pause_s: The longest later one, unless the provider asks for more.
        clock: The time.
        chance: Gives numbers from 0.0 to 1.0.
    """

    def __init__(
        self,
        engine: DeadlinesTts,
        tries: int = TRIES,
        first_pause_s: float = FIRST_PAUSE_S,
        max_pause_s: float = MAX_PAUSE_S,
        clock: Clock | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(engine)
        self._bounded = engine
        self._tries = tries
        self._first_pause_s = first_pause_s
        self._max_pause_s = max_pause_s
        self._clock = clock or SystemClock()
        self._chance = chance

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of the first try that gives some.

        Raises:
            EngineError: The last try failed, or it failed for good, or there is no time for another.
        """
        ends_s = self._clock.now() + self._bounded.total_s
        tried = 0
        while True:
            is_heard = False
            try:
                with closing(self._bounded.stream(request, max(0.0, ends_s - self._clock.now()))) as chunks:
                    for audio in chunks:
                        is_heard = True
                        yield audio
                if is_heard:
                    return
                raise EngineError("no audio came back", engine=self.info.name, retryable=True, hint="try another voice")
            except EngineError as exc:
                tried += 1
                pause_s = max(exc.retry_after_s or 0.0, self._pause_s(tried))
                has_time = self._clock.now() + pause_s < ends_s
                if is_heard or not exc.retryable or tried >= self._tries or not has_time:
                    raise
            self._clock.sleep(pause_s)

    def _pause_s(self, tried: int) -> float:
        longest_s = min(self._max_pause_s, self._first_pause_s * 2.0 ** (tried - 1))
        return longest_s * (0.5 + 0.5 * self._chance())
