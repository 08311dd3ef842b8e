"""Orders that are answered clip by clip, for players that take addresses and not streams.

Clips are made one after another in a thread of the job's own, ahead of whoever plays them, and are forgotten a while
after the job. They are ready to be played one after another on a telephone: 150 ms of silence before the first, no
click and one loudness at the joins.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from voicebot.audio.wav import wav_bytes
from voicebot.clock import Clock, SystemClock
from voicebot.errors import EngineError, NotFoundError, VoicebotError
from voicebot.tts.pieces import pieces
from voicebot.tts.prompts import LEAD_S, polished
from voicebot.tts.server.orders import Order
from voicebot.tts.server.service import SpeechService
from voicebot.tts.wrappers.checked import check_text

KEEP_S = 600.0
MAX_JOBS = 256
_ID_BYTES = 18

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobState:
    """How far a job is.

    Args:
        job_id: Its name, which nobody can guess.
        clips: How many clips are ready.
        is_done: No more will come.
        error: Why it failed, if it did.
    """

    job_id: str
    clips: int
    is_done: bool
    error: VoicebotError | None


class SpeechJobs:
    """The jobs of one server.

    Args:
        service: Speaks.
        first_max_chars: The longest text of a first clip.
        max_chars: The longest text of a later clip.
        keep_s: So long after its end a job is still known.
        max_jobs: How many are known at once; the oldest finished ones go first.
        clock: The time.
    """

    def __init__(
        self,
        service: SpeechService,
        first_max_chars: int,
        max_chars: int,
        keep_s: float = KEEP_S,
        max_jobs: int = MAX_JOBS,
        clock: Clock | None = None,
    ) -> None:
        self._service = service
        self._limits = (first_max_chars, max_chars)
        self._keep_s = keep_s
        self._max_jobs = max_jobs
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()

    def start(self, order: Order, first_within_s: float) -> JobState:
        """Begin a job and return its state when the first clip is ready, or after `first_within_s`.

        Raises:
            InputError: The text is empty, too long or has nothing to say.
            VoicebotError: It failed before its first clip, within that time.
            EngineError: There are too many jobs under way.
        """
        job = _Job(secrets.token_urlsafe(_ID_BYTES))
        check_text(order.request.text)
        with self._lock:
            self._forget_old(room_for=1)
            if len(self._jobs) >= self._max_jobs:
                raise EngineError("too many jobs at once", engine="speech server", retryable=True, hint="wait a little")
            self._jobs[job.job_id] = job
        threading.Thread(target=self._make, args=(job, order), name="speech job", daemon=True).start()
        state = job.after_first(first_within_s)
        if state.error is not None and not state.clips:
            raise state.error
        return state

    def state(self, job_id: str) -> JobState:
        """Return how far a job is.

        Raises:
            NotFoundError: There is no such job, or it was forgotten.
        """
        return self._job(job_id).state()

    def clip(self, job_id: str, number: int) -> bytes:
        """Return a clip as a WAV file.

        Raises:
            NotFoundError: There is no such clip, or not yet.
        """
        return self._job(job_id).clip(number)

    def _job(self, job_id: str) -> _Job:
        with self._lock:
            self._forget_old()
            job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError("there is no such job", hint=f"jobs are forgotten after {self._keep_s:g} s")
        return job

    def _forget_old(self, room_for: int = 0) -> None:
        until_s = self._clock.now() - self._keep_s
        ended = [(job.ended_at_s, name) for name, job in self._jobs.items() if job.ended_at_s is not None]
        too_many = len(self._jobs) + room_for - self._max_jobs
        for number, (ended_at_s, name) in enumerate(sorted(ended, key=itemgetter(0))):  # the first begun goes first
            if ended_at_s < until_s or number < too_many:
                del self._jobs[name]

    def _make(self, job: _Job, order: Order) -> None:
        error: VoicebotError | None = None
        try:
            for wav in self._clips(order):
                job.add(wav)
        except VoicebotError as exc:
            error = exc
        except Exception:
            _log.exception("a speech job met an unforeseen error")
            error = EngineError("the server met an unforeseen error", engine="speech server", retryable=False)
        job.end(self._clock.now(), error)

    def _clips(self, order: Order) -> Iterator[bytes]:
        for number, text in enumerate(pieces(order.request.text, *self._limits)):
            one = replace(order, request=order.request.saying(text))
            clip = self._service.clip(one)
            ready = polished(clip, clip.sample_rate_hz, lead_s=0.0 if number else LEAD_S)
            yield wav_bytes(ready, order.request.encoding)


class _Job:
    """One job; written by its thread, read by any."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.ended_at_s: float | None = None
        self._changed = threading.Condition()
        self._clips: list[bytes] = []
        self._error: VoicebotError | None = None

    def add(self, wav: bytes) -> None:
        with self._changed:
            self._clips.append(wav)
            self._changed.notify_all()

    def end(self, now_s: float, error: VoicebotError | None) -> None:
        with self._changed:
            self.ended_at_s, self._error = now_s, error
            self._changed.notify_all()

    def after_first(self, within_s: float) -> JobState:
        with self._changed:
            self._changed.wait_for(lambda: self._clips or self.ended_at_s is not None, within_s)
            return self._state()

    def state(self) -> JobState:
        with self._changed:
            return self._state()

    def clip(self, number: int) -> bytes:
        with self._changed:
            if not 0 <= number < len(self._clips):
                raise NotFoundError("there is no such clip yet", hint="ask the job how many there are")
            return self._clips[number]

    def _state(self) -> JobState:
        return JobState(self.job_id, len(self._clips), self.ended_at_s is not None, self._error)
