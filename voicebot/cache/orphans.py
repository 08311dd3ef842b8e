"""Clips that no answer names any more, or never did.

A run that is killed between storing a clip and publishing it, and an answer that gets a new clip, leave a blob behind.
Whoever notices that leaves a mark, a small blob that says from when on somebody should look; the next run after that
time does. Nothing is looked for while there is no mark, because looking means reading every answer.
"""

import json
import logging
import uuid
from collections.abc import Iterable, Iterator

from voicebot.cache.clips import ANSWERS
from voicebot.cache.protocol import AnswerStore, BlobStore, Inbox, InboxState
from voicebot.clock import Clock
from voicebot.errors import NotFoundError

MARKS = "sweep/"
_UNFINISHED: tuple[InboxState, ...] = ("pending", "claimed", "synthesised", "failed")

_log = logging.getLogger(__name__)


class Orphans:
    """Finds and removes clips of the answers' folder that nobody names.

    A clip that was stored within a lease is left alone: a run may be about to publish it, and a run that finds its clip
    there already stores it again, which makes it young.

    Args:
        blobs: Where clips are.
        answers: What names them.
        inbox: What else does.
        clock: When clips are old enough.
        lease_s: How long a run may take from a clip to its answer.
        keep_s: How long the clip of an answer that has a new one is kept for calls that are playing it.
    """

    def __init__(
        self, blobs: BlobStore, answers: AnswerStore, inbox: Inbox, clock: Clock, lease_s: float, keep_s: float
    ) -> None:
        self._blobs = blobs
        self._answers = answers
        self._inbox = inbox
        self._clock = clock
        self._lease_s = lease_s
        self._keep_s = keep_s

    def suspect(self) -> None:
        """Have somebody look, from a lease's time from now on."""
        self._mark(self._lease_s, ())

    def replaced(self, clips: Iterable[str]) -> None:
        """Have clips removed once the calls that may be playing them are over; to be called before the new answer is put."""
        keys = sorted(key for key in clips if key.startswith(f"{ANSWERS}/"))
        if keys:
            self._mark(self._keep_s, keys)

    def sweep(self, *, is_forced: bool = False, is_dry_run: bool = False) -> list[str]:
        """Remove what is nobody's, when a mark says that it is time, and return the keys.

        Args:
            is_forced: Look, mark or no mark.
            is_dry_run: Only look.
        """
        now_s = self._clock.now()
        marks = {mark: _due_s(mark) for mark in self._blobs.scan(MARKS)}
        due = [mark for mark, due_s in marks.items() if due_s <= now_s]
        if not due and not is_forced:
            return []
        kept = {key for mark in marks.keys() - set(due) for key in self._named(mark)}
        before_s = now_s - self._lease_s
        old = {entry.key for entry in self._blobs.entries(f"{ANSWERS}/") if entry.modified_s < before_s}
        orphans = self._unnamed(old - kept)
        if is_dry_run:
            return orphans
        removed = [key for key in orphans if self._is_old(key, before_s) and self._blobs.delete(key)]
        for mark in due:
            self._blobs.delete(mark)
        if removed:
            _log.info("%d clips that nobody named were removed", len(removed))
        return removed

    def _unnamed(self, keys: set[str]) -> list[str]:
        if keys:
            for answer in self._answers.scan():
                keys.difference_update(answer.clips)
            for state in _UNFINISHED:
                for item in self._inbox.scan(state):
                    keys.difference_update(item.clips)
        return sorted(keys)

    def _is_old(self, key: str, before_s: float) -> bool:
        """Look again, right before the clip is removed: somebody may have stored it meanwhile."""
        return any(entry.key == key and entry.modified_s < before_s for entry in self._blobs.entries(key))

    def _mark(self, pause_s: float, keys: Iterable[str]) -> None:
        key = f"{MARKS}{self._clock.now() + pause_s:.3f}-{uuid.uuid4().hex}.json"
        self._blobs.put(key, json.dumps({"clips": list(keys)}).encode(), "application/json")

    def _named(self, mark: str) -> Iterator[str]:
        try:
            with self._blobs.open(mark) as file:
                yield from map(str, json.load(file)["clips"])
        except NotFoundError:  # somebody else was faster, after its time
            return


def _due_s(mark: str) -> float:
    return float(mark.removeprefix(MARKS).partition("-")[0])
