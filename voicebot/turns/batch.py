"""The playback loop's next clip: the answer's, or a filler while it is not ready."""

from dataclasses import dataclass
from typing import Literal

from voicebot.cache.protocol import BlobStore
from voicebot.clock import Clock
from voicebot.errors import NotFoundError
from voicebot.fillers.shelf import Filler, FillerShelf, Wait
from voicebot.turns.protocol import Job, JobStore
from voicebot.turns.waits import Waits

POLL_S = 0.05
SILENT_WAIT_S = 5.0
"""How long a clip is waited for where no filler can cover the wait; Connect gives a function eight seconds."""

ClipKind = Literal["answer", "filler", "apology", "none"]


@dataclass(frozen=True)
class Batch:
    """What the flow plays next.

    Attributes:
        audio_url: The clip, or an empty string when there is nothing to play.
        next_index: What to ask for after it.
        has_more: True when the flow should ask again.
        kind: What the clip is.
        is_failed: True when the answer could not be made and a person should take over.
        waited_ms: How long the answer was waited for before this reply.
    """

    audio_url: str
    next_index: int
    has_more: bool
    kind: ClipKind
    is_failed: bool
    waited_ms: int


class Playback:
    """Hands out a job's clips in order and never leaves the caller in silence.

    Args:
        jobs: Where the clips are listed.
        blobs: Gives their URLs.
        shelf: Gives fillers, or None to wait in silence.
        clock: Time to wait by.
        first_wait_s: How long to wait for a clip before a filler is played.
        max_wait_s: How long after its start a job that shows no progress is given up.
        waits: Knows how long answers take.
    """

    def __init__(
        self,
        jobs: JobStore,
        blobs: BlobStore,
        shelf: FillerShelf | None,
        clock: Clock,
        first_wait_s: float,
        max_wait_s: float,
        waits: Waits,
    ) -> None:
        self._jobs = jobs
        self._blobs = blobs
        self._shelf = shelf
        self._clock = clock
        self._first_wait_s = first_wait_s
        self._max_wait_s = max_wait_s
        self._waits = waits

    def next_batch(self, job_id: str, index: int) -> Batch:
        """Return the clip at `index` of a job, or what covers the wait for it.

        Raises:
            NotFoundError: There is no such job.
        """
        started_s = self._clock.now()
        while True:
            job = self._jobs.get(job_id)
            if job is None:
                raise NotFoundError("the job does not exist or has been purged")
            now = self._clock.now()
            waited_ms = round((now - started_s) * 1000)
            if index < len(job.clips) and job.clips[index].ready_at_s <= now:
                if index == 0 and not job.is_hit:
                    self._waits.note(job.clips[0].ready_at_s - job.created_at_s)
                return Batch(
                    self._blobs.url(job.clips[index].key),
                    index + 1,
                    _has_more(job, index, now),
                    "answer",
                    False,
                    waited_ms,
                )
            if _is_over(job, now) and index >= len(job.clips):
                return self._end(job, index, waited_ms)
            if now - job.created_at_s > self._max_wait_s:
                return self._give_up(job, index, waited_ms)
            waited_s = now - started_s
            if waited_s >= self._first_wait_s and (self._has_fillers or waited_s >= SILENT_WAIT_S):
                return self._cover(job, index, waited_ms)
            self._clock.sleep(POLL_S)

    @property
    def _has_fillers(self) -> bool:
        return bool(self._shelf and self._shelf.fillers)

    def _end(self, job: Job, index: int, waited_ms: int) -> Batch:
        if job.state == "failed":
            return self._give_up(job, index, waited_ms)
        return Batch("", index, False, "none", False, waited_ms)

    def _give_up(self, job: Job, index: int, waited_ms: int) -> Batch:
        apology = self._shelf.variant("apology", "long", 1) if self._shelf else None
        return Batch(self._url(apology), index, False, "apology" if apology else "none", True, waited_ms)

    def _cover(self, job: Job, index: int, waited_ms: int) -> Batch:
        filler = None
        if self._shelf:
            left_s = self._waits.left_s(self._clock.now() - job.created_at_s)
            heard = job.fillers_before + job.fillers_played
            filler = self._shelf.pick(Wait(job.intent, left_s, job.contact_id, heard, job.fillers_played))
            self._jobs.count_filler(job.id)
        return Batch(self._url(filler), index, True, "filler" if filler else "none", False, waited_ms)

    def _url(self, filler: Filler | None) -> str:
        return self._blobs.url(filler.key) if filler else ""


def _is_over(job: Job, now: float) -> bool:
    return job.finished_at_s is not None and job.finished_at_s <= now


def _has_more(job: Job, index: int, now: float) -> bool:
    return index + 1 < len(job.clips) or not _is_over(job, now) or job.state == "failed"
