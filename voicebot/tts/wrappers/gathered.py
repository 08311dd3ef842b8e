"""Small chunks in larger pieces, because each piece costs a conversion and a change of threads."""

import time
from collections.abc import Iterator

from voicebot.audio.clip import SAMPLE_BYTES
from voicebot.clock import Timer
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

_LARGEST_S = 1.0


class GatheredTts(Wrapper):
    """Holds an engine's chunks back until they are worth passing on, in pieces that grow to a second.

    No more is held back than half of what the listener has and cannot have played yet, so nobody waits for it: an
    engine that is hardly faster than speech has every chunk passed on as it comes.

    Args:
        engine: The engine.
        timer: A monotonic timer in seconds.
    """

    def __init__(self, engine: SpeechEngine, timer: Timer = time.monotonic) -> None:
        super().__init__(engine)
        self._timer = timer

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the engine's audio; what it made before an error is given first."""
        held: list[AudioChunk] = []
        held_s, played_at_s = 0.0, 0.0
        with closing(self._engine.stream(request)) as chunks:
            try:
                for audio in chunks:
                    if held and (audio.encoding, audio.sample_rate_hz) != (held[0].encoding, held[0].sample_rate_hz):
                        yield _joined(held)
                        held, held_s = [], 0.0
                    held.append(audio)
                    held_s += len(audio.data) / (SAMPLE_BYTES[audio.encoding] * audio.sample_rate_hz)
                    now_s = self._timer()
                    if held_s >= _LARGEST_S or held_s >= (played_at_s - now_s) / 2:
                        yield _joined(held)
                        played_at_s = max(played_at_s, now_s) + held_s
                        held, held_s = [], 0.0
            except Exception:
                if held:
                    yield _joined(held)
                raise
        if held:
            yield _joined(held)


def _joined(held: list[AudioChunk]) -> AudioChunk:
    first = held[0]
    if len(held) == 1:
        return first
    return AudioChunk(b"".join([audio.data for audio in held]), first.encoding, first.sample_rate_hz)
