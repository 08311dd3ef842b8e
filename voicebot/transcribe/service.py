"""A call from its media stream to masked segments and a recording, over as many invocations as it takes.

An invocation that runs out of time hands over: it says, for each side, up to when everything is final or silent, and the
last fragment that need not be read again. The next one reads on from there, so that a word under way is heard whole.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from voicebot.clock import Clock
from voicebot.errors import InputError, StorageError
from voicebot.transcribe.feed import MARGIN_S, Feed
from voicebot.transcribe.fragments import Fragment
from voicebot.transcribe.masking import Masker
from voicebot.transcribe.protocol import (
    MediaSource,
    Result,
    Segment,
    StreamRecogniser,
    TranscriptStore,
)
from voicebot.transcribe.reader import Ended, FragmentReader
from voicebot.transcribe.recording import Recorder, Recordings
from voicebot.transcribe.sound import Track
from voicebot.transcribe.task import TranscribeTask
from voicebot.transcribe.tracks import frames_of

_log = logging.getLogger(__name__)

TICK_S = 0.25
PARTIAL_EVERY_S = 1.0
REOPEN_AFTER_S = 1.0
SIDES: tuple[Track, ...] = ("customer", "bot")


@dataclass
class _Side:
    """One side of the call in this invocation.

    Attributes:
        feed: Its audio on the way.
        masker: Its words on the way.
        held: Where segments stand whose digits are still hidden, in their order.
        settled_s: Seconds of the call up to which segments are kept for good.
        partial_id: The segment that is still changing.
        partial_at_s: When it was kept last.
    """

    feed: Feed
    masker: Masker = field(default_factory=Masker)
    held: dict[str, tuple[float, float]] = field(default_factory=dict)
    settled_s: float = 0.0
    partial_id: str = ""
    partial_at_s: float = 0.0

    def heard_s(self, until_s: float) -> float:
        """Return up to when nothing has to be heard again; the call is known up to `until_s`."""
        heard_s = self.feed.heard_s(until_s)
        if not self.held:
            return heard_s
        return min(heard_s, max(next(iter(self.held.values()))[0] - MARGIN_S, self.settled_s))


class Transcriber:
    """Transcribes live calls.

    Args:
        media: Where audio comes from.
        engine: What turns it into text.
        store: Where segments go.
        recordings: Where audio goes; None keeps none.
        clock: The time.
        idle_end_s: A call whose stream has been silent for so long has ended.
        finish_s: How long the last results are waited for.
    """

    def __init__(
        self,
        media: MediaSource,
        engine: StreamRecogniser,
        store: TranscriptStore,
        recordings: Recordings | None,
        clock: Clock,
        idle_end_s: float = 120.0,
        finish_s: float = 20.0,
    ) -> None:
        self.media = media
        self.engine = engine
        self.store = store
        self.recordings = recordings
        self.clock = clock
        self.idle_end_s = idle_end_s
        self.finish_s = finish_s

    def run(self, task: TranscribeTask, deadline_s: float) -> TranscribeTask | None:
        """Transcribe until the call ends, or until `deadline_s`; return None, or what is left to do.

        Raises:
            NotFoundError: There is no such stream.
            EngineError: The recogniser refuses, or breaks again and again.
            ConfigError: Something may not be used.
        """
        return _Run(self, task, deadline_s).go()


class _Run:
    """One invocation."""

    def __init__(self, owner: Transcriber, task: TranscribeTask, deadline_s: float) -> None:
        self._owner, self._task, self._deadline_s = owner, task, deadline_s
        self._clock = owner.clock
        self._origin_ms = task.origin_ms
        self._last = task.after_fragment
        self._is_begun = bool(task.after_fragment)
        self._ends: list[tuple[str, float]] = []
        self._opened = 0
        # An invocation that is shorter than that would never see the end.
        self._idle_end_s = min(owner.idle_end_s, (deadline_s - self._clock.now()) / 4)
        self._recorder = Recorder(task.recorded_s)
        self._sides: dict[Track, _Side] = {}

    def go(self) -> TranscribeTask | None:
        self._remove_unfinished()
        try:
            for track in SIDES:
                heard_s = self._task.heard_s.get(track, 0.0)
                self._sides[track] = _Side(Feed(self._owner.engine.open, self._clock, heard_s), settled_s=heard_s)
            left = None if self._listen() and self._finish() else self._left()
        finally:
            for side in self._sides.values():
                side.feed.abort()
        recordings = self._owner.recordings
        if recordings:
            recordings.keep(self._task.contact_id, self._task.part, self._recorder.wav())
            if left is None:
                recordings.join(self._task.contact_id)
        return left

    def _remove_unfinished(self) -> None:
        """Remove what an attempt at this same task has left: it is heard again."""
        for segment in list(self._owner.store.of(self._task.contact_id)):
            if segment.is_partial or segment.start_s >= self._task.heard_s.get(segment.track, 0.0):
                self._owner.store.remove(segment.id)

    def _listen(self) -> bool:
        """Take fragments until the call has ended; False when time has run out before that."""
        seen_at_s = self._clock.now()
        reader: FragmentReader | None = None
        try:
            while self._clock.now() < self._deadline_s:
                if reader is None:
                    reader = self._open(seen_at_s)
                item = reader.next(TICK_S)
                if isinstance(item, Fragment):
                    if not self._take(item):
                        return True
                    seen_at_s = self._clock.now()
                elif isinstance(item, Ended):
                    self._check(item)
                    reader.close()
                    reader = None
                self._tick()
                if self._clock.now() - seen_at_s >= self._idle_end_s:
                    return True
        finally:
            if reader is not None:
                reader.close()
        return False

    def _open(self, seen_at_s: float) -> FragmentReader:
        """Open the stream behind the last fragment.

        Raises:
            StorageError: It cannot be reached for as long as a call may be silent.
        """
        while True:
            if self._opened:
                self._clock.sleep(REOPEN_AFTER_S)
            self._opened += 1
            try:
                return FragmentReader(self._owner.media.open(replace(self._task, after_fragment=self._last)))
            except StorageError as exc:
                if self._clock.now() >= min(self._deadline_s, seen_at_s + self._idle_end_s):
                    raise
                _log.warning("the media stream of a call cannot be opened: %s", exc.message)
                self._tick()

    def _check(self, ended: Ended) -> None:
        """Let a stream that has ended be opened again, unless it has never been a call's."""
        if isinstance(ended.problem, InputError) and not self._is_begun:
            raise ended.problem
        if ended.problem is not None:
            _log.warning("the media stream of a call ended early: %s", type(ended.problem).__name__)

    def _take(self, fragment: Fragment) -> bool:
        """Feed a fragment; False when it belongs to the next call in the same stream."""
        if not self._is_ours(fragment):
            return not self._is_begun
        self._is_begun = True
        self._last = fragment.number or self._last
        frames = frames_of(fragment)
        if not frames:
            return True
        self._origin_ms = self._origin_ms or min(frame.start_ms for frame in frames)
        for frame in frames:
            start_s = (frame.start_ms - self._origin_ms) / 1000
            self._sides[frame.track].feed.frame(start_s, frame.pcm)
            self._recorder.frame(frame.track, start_s, frame.pcm)
        self._ends.append((fragment.number, (max(frame.end_ms for frame in frames) - self._origin_ms) / 1000))
        return True

    def _is_ours(self, fragment: Fragment) -> bool:
        if fragment.contact_id:
            return fragment.contact_id == self._task.contact_id
        first = self._task.start_fragment
        return (
            self._is_begun or not (first.isdigit() and fragment.number.isdigit()) or int(fragment.number) >= int(first)
        )

    def _tick(self) -> None:
        for track, side in self._sides.items():
            side.feed.keep_alive()
            self._keep_all(track, side)

    def _finish(self) -> bool:
        """Wait for the last results; False when the deadline comes first."""
        for side in self._sides.values():
            timeout_s = max(min(self._owner.finish_s, self._deadline_s - self._clock.now()), 0.0)
            if not side.feed.finish(timeout_s):
                if self._clock.now() >= self._deadline_s:
                    return False
                _log.warning("the last words of a call did not come within %.0f s", timeout_s)
        for track, side in self._sides.items():
            self._keep_all(track, side)
            self._settle(track, side, side.masker.finish())
        return True

    def _keep_all(self, track: Track, side: _Side) -> None:
        for result in side.feed.take():
            if result.is_partial:
                self._keep_partial(track, side, result)
                continue
            segment_id = f"{self._task.contact_id}/{result.id}"
            self._replace_partial(side, segment_id)
            side.partial_id = ""
            side.held[segment_id] = (result.start_s, result.end_s)
            self._settle(track, side, side.masker.final(segment_id, result.text))

    def _keep_partial(self, track: Track, side: _Side, result: Result) -> None:
        segment_id, now_s = f"{self._task.contact_id}/{result.id}", self._clock.now()
        if segment_id == side.partial_id and now_s - side.partial_at_s < PARTIAL_EVERY_S:
            return
        self._replace_partial(side, segment_id)
        side.partial_id, side.partial_at_s = segment_id, now_s
        self._put(segment_id, track, (result.start_s, result.end_s), side.masker.partial(result.text), True)

    def _replace_partial(self, side: _Side, segment_id: str) -> None:
        """Remove the partial segment of a stream that has broken off: another stream hears its words again."""
        if side.partial_id and side.partial_id != segment_id:
            self._owner.store.remove(side.partial_id)

    def _settle(self, track: Track, side: _Side, texts: Mapping[str, str]) -> None:
        """Keep texts by segment; those whose digits are hidden stay partial until it is known what they are."""
        for segment_id, text in texts.items():
            times, is_held = side.held[segment_id], segment_id in side.masker.held
            self._put(segment_id, track, times, text, is_held)
            if not is_held:
                side.settled_s = max(side.settled_s, times[1])
                del side.held[segment_id]

    def _put(self, segment_id: str, track: Track, times: tuple[float, float], text: str, is_partial: bool) -> None:
        self._owner.store.put(Segment(segment_id, self._task.contact_id, track, *times, text, is_partial))

    def _left(self) -> TranscribeTask:
        """Return what the next invocation has to do, and remove what it will hear again."""
        until_s = self._ends[-1][1] if self._ends else 0.0
        heard_s: dict[str, float] = {track: side.heard_s(until_s) for track, side in self._sides.items()}
        for side in self._sides.values():
            for segment_id in {side.partial_id, *side.held} - {""}:
                self._owner.store.remove(segment_id)
        done = [number for number, end_s in self._ends if number and end_s <= min(heard_s.values())]
        return replace(
            self._task,
            after_fragment=done[-1] if done else self._task.after_fragment,
            origin_ms=self._origin_ms,
            heard_s=heard_s,
            recorded_s=self._recorder.until_s,
            part=self._task.part + 1,
        )
