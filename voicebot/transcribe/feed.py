"""One side of a call on its way to a recogniser: gaps filled, silence kept up, and nothing forgotten before it is final."""

import math
import sys
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from voicebot.clock import Clock
from voicebot.errors import EngineError
from voicebot.transcribe.protocol import Result, SpeechStream
from voicebot.transcribe.sound import BYTES_PER_S

LONGEST_SILENCE_S = 2.0
"""Of a longer gap in the audio no more is sent: it is not speech, and costs as if it were."""
KEEP_ALIVE_S = 5.0
"""After so long without audio silence is sent; Amazon Transcribe ends a stream after 15 s."""
GIVE_UP_S = 12.0
"""The same in the middle of a word, which silence would cut in two: the stream is ended, and begun again with the word."""
WORD_S = 0.3
"""A word may have a silence in it, but not one that is so long."""
LOUD_PEAK = 330
"""From this sample value on, a frame may hold speech (-40 dBFS; line noise is far below)."""
MARGIN_S = 0.3
"""What is heard again before the first sound that is not yet final."""
TAIL_S = 0.2
"""How much later than a result says its last word may fade away."""
SETTLED_S = 60.0
"""A sound so long ago, of which no result has spoken, was no speech."""
REOPENINGS = 5
"""How often in a row a broken stream is opened again before it is given up."""

_JITTER_S = 0.02
_BLOCK = BYTES_PER_S // 100


class Feed:
    """A recogniser's stream, and what of the audio it has not yet made final.

    When the stream breaks, another is opened and gets everything since the last final result again.

    Args:
        open_stream: Begins a stream.
        clock: When silence is due.
        heard_s: Seconds of the call up to which everything is final already.
    """

    def __init__(self, open_stream: Callable[[], SpeechStream], clock: Clock, heard_s: float = 0.0) -> None:
        self._open = open_stream
        self._clock = clock
        self._from_s = self._final_s = self._end_s = heard_s
        self._loud_s = float("-inf")
        self._stream: SpeechStream | None = None
        self._partial_s: float | None = None
        self._pending: deque[tuple[float, bytes]] = deque()
        self._breaks = 0
        self._resume()

    @property
    def end_s(self) -> float:
        """Seconds of the call up to which audio has been fed."""
        return self._end_s

    def heard_s(self, until_s: float = 0.0) -> float:
        """Return up to when nothing more is to be heard: all of it is final, or silent.

        Args:
            until_s: Up to when the call is known, on either side; a side that is not sent is silent.
        """
        loud_s = next((start_s for start_s, pcm in self._pending if is_loud(pcm)), None)
        return max(self._final_s, max(self._end_s, until_s) if loud_s is None else loud_s - MARGIN_S)

    def frame(self, start_s: float, pcm: bytes) -> None:
        """Feed samples that begin at `start_s` of the call; what was fed before is left out."""
        if self._end_s - start_s > (_JITTER_S if self._end_s > self._from_s else 0.0):
            start_s, pcm = _cut(start_s, pcm, self._end_s)
        if not pcm:
            return
        self._pending.append((start_s, pcm))
        self._end_s = start_s + len(pcm) / BYTES_PER_S
        if is_loud(pcm):
            self._loud_s = self._end_s
        if self._stream:
            self._send(start_s, pcm)
        else:
            self._resume()
        self._forget()

    def keep_alive(self) -> None:
        """Send silence when nothing has been sent for a while; not in the middle of a word."""
        quiet_s = self._clock.now() - self._sent_at_s
        if not self._stream or quiet_s < KEEP_ALIVE_S:
            return
        if not self._is_held_up():
            self._put(_silence(quiet_s))
            self._padded_s += quiet_s
        elif quiet_s >= GIVE_UP_S:
            self._stream.abort()
            self._stream = None

    def take(self) -> list[Result]:
        """Return the results that have come, in seconds of the call; a broken stream is opened again.

        Raises:
            EngineError: It breaks again and again, or trying again cannot help.
        """
        try:
            results = [self._in_call(result) for result in self._stream.take()] if self._stream else []
        except EngineError as exc:
            self.abort()
            self._stream = None
            if not exc.retryable or not self._is_held_up():
                self._reopen(exc)
            return []
        for result in results:
            self._partial_s = result.start_s if result.is_partial else None
            if not result.is_partial:
                self._breaks = 0
                self._final_s = max(self._final_s, self._faded(result.end_s))
        self._forget()
        return results

    def finish(self, timeout_s: float) -> bool:
        """Say that there is no more; `take` then returns the last results. False when they do not come in time."""
        return (self._stream or self._resume()).finish(timeout_s)

    def abort(self) -> None:
        """Stop."""
        if self._stream:
            self._stream.abort()

    def _is_held_up(self) -> bool:
        """Return whether audio has stopped in the middle of a word: the network's doing, not the caller's."""
        return self._end_s - self._loud_s < WORD_S and self._clock.now() - self._sent_at_s >= KEEP_ALIVE_S

    def _resume(self) -> SpeechStream:
        """Open a stream and send what is not final, in spite of a service that is busy just now."""
        try:
            return self._begin()
        except EngineError as exc:
            return self._reopen(exc)

    def _begin(self) -> SpeechStream:
        """Open a stream, send what is not final, and return it."""
        stream = self._stream = self._open()
        self._sent_s = self._padded_s = 0.0
        self._sent_at_s = self._clock.now()
        self._fed_s: float | None = None
        self._places: list[tuple[float, float]] = []
        for start_s, pcm in self._pending:
            self._send(*_cut(start_s, pcm, self._final_s))
        return stream

    def _reopen(self, problem: EngineError) -> SpeechStream:
        """Begin another stream; raise when that has failed too often, or cannot help."""
        while True:
            self._breaks += 1
            if not problem.retryable or self._breaks > REOPENINGS:
                raise problem
            self._clock.sleep(0.5 * 2 ** (self._breaks - 1))
            try:
                return self._begin()
            except EngineError as exc:
                problem = exc

    def _faded(self, end_s: float) -> float:
        """Return when the last word of a result has faded away; `end_s` when another follows it at once."""
        for start_s, pcm in self._pending:
            if start_s > end_s + TAIL_S:
                break
            for at in range(0, len(pcm), _BLOCK):
                at_s = start_s + at / BYTES_PER_S
                if end_s <= at_s <= end_s + TAIL_S and not is_loud(pcm[at : at + _BLOCK]):
                    return at_s
        return end_s

    def _forget(self) -> None:
        """Let go of what is final, of old silence, and of sounds that were no speech."""
        while self._pending:
            start_s, pcm = self._pending[0]
            end_s = start_s + len(pcm) / BYTES_PER_S
            is_final = end_s <= self._final_s + _JITTER_S
            is_old_silence = end_s < self._end_s - LONGEST_SILENCE_S and not is_loud(pcm)
            is_open = self._partial_s is not None and end_s > self._partial_s
            is_settled = end_s < self._end_s - SETTLED_S and not is_open
            if not (is_final or is_settled or (is_old_silence and not is_open)):
                return
            self._pending.popleft()

    def _send(self, start_s: float, pcm: bytes) -> None:
        """Send samples after the silence before them, and note where they stand in what was sent."""
        if not pcm:
            return
        gap_s = 0.0 if self._fed_s is None else start_s - self._fed_s
        silence_s = min(gap_s, LONGEST_SILENCE_S) - self._padded_s
        if gap_s > _JITTER_S and silence_s > 0:
            self._put(_silence(silence_s))
        if self._fed_s is None or gap_s > _JITTER_S or self._padded_s:
            self._places.append((self._sent_s, start_s))
        self._padded_s = 0.0
        self._put(pcm)
        self._fed_s = start_s + len(pcm) / BYTES_PER_S

    def _put(self, pcm: bytes) -> None:
        if self._stream:
            self._stream.send(pcm)
        self._sent_s += len(pcm) / BYTES_PER_S
        self._sent_at_s = self._clock.now()

    def _in_call(self, result: Result) -> Result:
        start_s = self._call_time(result.start_s)
        return replace(result, start_s=start_s, end_s=max(start_s, self._call_time(result.end_s)))

    def _call_time(self, sent_s: float) -> float:
        """Return when in the call it was that something was sent; silence of ours belongs to the gap it stands in."""
        place = max(bisect_right(self._places, (sent_s + 0.001, 0.0)) - 1, 0)
        if not self._places:
            return self._end_s
        at_s, call_s = self._places[place]
        latest_s = self._places[place + 1][1] if place + 1 < len(self._places) else self._end_s
        return round(max(call_s, min(call_s + sent_s - at_s, latest_s)), 3)


def _cut(start_s: float, pcm: bytes, from_s: float) -> tuple[float, bytes]:
    """Return samples without those before `from_s`."""
    early = 2 * math.ceil((from_s - start_s) * BYTES_PER_S / 2 - 1e-6)
    return (start_s + early / BYTES_PER_S, pcm[early:]) if early > 0 else (start_s, pcm)


def is_loud(pcm: bytes) -> bool:
    """Return whether samples may hold speech."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return bool(samples) and max(max(samples), -min(samples)) >= LOUD_PEAK


def _silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * BYTES_PER_S / 2))
