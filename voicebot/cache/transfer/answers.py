"""Approved answers out of a store into a file, and back."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO

from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.clips import CLIP_TYPE, clip_key
from voicebot.cache.protocol import Answer, AnswerStore, BlobStore, Inbox
from voicebot.cache.transfer.loading import Entry, Outcome
from voicebot.cache.transfer.seed import seed_miss
from voicebot.cache.transfer.tables import Format
from voicebot.chat.facts import Facts
from voicebot.clock import Clock
from voicebot.disk import explained, write_atomically
from voicebot.errors import ConflictError, NotFoundError
from voicebot.korean.normalize import NORMALIZER_VERSION

COLUMNS = (
    "id",
    "utterance",
    "answer",
    "intent",
    "text",
    "clips",
    "engine",
    "voice",
    "speech",
    "normalizer_version",
    "approved_at_s",
)
"""An exported file's; the first two are required of an imported one."""

_MOST_KNOWN_CLIPS = 65_536
_TRIES = 5


@dataclass
class ExportReport:
    """What was written: answers, and copies of clips; `lost_clips` are named by answers and not in the store."""

    answers: int = 0
    clips: int = 0
    lost_clips: int = 0


def export_answers(
    answers: Iterable[Answer],
    file: IO[str],
    format_: Format,
    clips: "ClipFolder | None" = None,
    on_answer: Callable[[], None] = lambda: None,
) -> ExportReport:
    """Write answers to a file, one in memory at a time, and their clips into a folder."""
    report = ExportReport()
    writer = csv.writer(file, lineterminator="\n")
    if format_ == "csv":
        writer.writerow(COLUMNS)
    for answer in answers:
        record = _record(answer)
        if format_ == "csv":
            writer.writerow(" ".join(value) if isinstance(value, tuple) else value for value in record.values())
        else:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        report.answers += 1
        for key in answer.clips if clips else ():
            fate = clips.save(key) if clips else ""
            report.clips += fate == "copied"
            report.lost_clips += fate == "lost"
        on_answer()
    return report


def _record(answer: Answer) -> dict[str, object]:
    return {
        "id": answer.answer_id,
        "utterance": answer.utterance,
        "answer": answer.template,
        "intent": answer.intent,
        "text": answer.text,
        "clips": answer.clips,
        "engine": answer.engine,
        "voice": answer.voice,
        "speech": answer.speech,
        "normalizer_version": answer.normalizer_version,
        "approved_at_s": answer.approved_at_s,
    }


class ClipFolder:
    """Clips of a blob store as files in a folder, under their keys.

    Args:
        folder: The folder.
        blobs: The store.
    """

    def __init__(self, folder: Path, blobs: BlobStore) -> None:
        self._folder = folder
        self._blobs = blobs

    def save(self, key: str) -> str:
        """Copy a clip into the folder; return ``copied``, ``there`` or ``lost``."""
        path = self._folder / key
        if path.is_file():
            return "there"
        try:
            with self._blobs.open(key) as file:
                write_atomically(path, file.read())
        except NotFoundError:
            return "lost"
        return "copied"

    def restore(self, key: str, is_dry_run: bool = False) -> bool:
        """Copy a clip out of the folder into the store; return whether it is there and is what its key says."""
        path = self._folder / key
        if ".." in Path(key).parts or not path.is_file():
            return False
        with explained(path):
            wav = path.read_bytes()
        if clip_key(wav, key.partition("/")[0]) != key or check_connect_prompt(wav):
            return False
        if not is_dry_run:
            self._blobs.put(key, wav, CLIP_TYPE)
        return True


class ImportTarget:
    """Puts answers with their clips into the store, and those without into the inbox.

    Args:
        answers: The store.
        inbox: Takes what has no audio.
        blobs: Where the clips are.
        facts: Fills answers in that do not say how they were spoken.
        clock: When an answer was approved that does not say it.
        clips: Clips that the store may lack.
        keeps_existing: What is stored stays where the file says another thing.
    """

    def __init__(
        self,
        answers: AnswerStore,
        inbox: Inbox,
        blobs: BlobStore,
        facts: Facts,
        clock: Clock,
        clips: ClipFolder | None = None,
        keeps_existing: bool = False,
    ) -> None:
        self.name = f"import {keeps_existing}"
        self._answers = answers
        self._inbox = inbox
        self._blobs = blobs
        self._facts = facts
        self._clock = clock
        self._clips = clips
        self._keeps_existing = keeps_existing
        self._has_clip = lru_cache(_MOST_KNOWN_CLIPS)(self._found_clip)

    def problem(self, entry: Entry) -> str:
        """Return which number of an entry is none."""
        for name in ("normalizer_version", "approved_at_s"):
            if not _is_number(entry.cells.get(name, "")):
                return f"{name} is not a number"
        return ""

    def apply(self, entry: Entry, is_dry_run: bool) -> Outcome:
        """Store an entry, unless it is there."""
        clips = tuple(entry.cells.get("clips", "").split())
        for _ in range(_TRIES):
            stored = self._answers.get(entry.key)
            if not clips or not all(self._has_clip(key, is_dry_run) for key in clips):
                return self._queue(entry, stored, is_dry_run)
            new = self._answer(entry, clips)
            if stored and replace(new, version=stored.version, approved_at_s=stored.approved_at_s) == stored:
                return "unchanged"
            if stored and self._keeps_existing:
                return "kept"
            if is_dry_run:
                return "changed" if stored else "added"
            try:
                self._answers.put(new, expected_version=stored.version if stored else 0)
            except ConflictError:
                continue
            return "changed" if stored else "added"
        raise ConflictError("an answer is changed by others all the time", hint="try again later")

    def _queue(self, entry: Entry, stored: Answer | None, is_dry_run: bool) -> Outcome:
        if stored and stored.template == entry.template:
            return "unchanged"
        if stored and self._keeps_existing:
            return "kept"
        if not is_dry_run:
            miss = seed_miss(entry)
            if stored:
                self._inbox.renew(replace(miss, source="renewal"))
            elif not self._inbox.record(miss):
                self._inbox.propose(entry.key, entry.template, miss.intent, 1.0, "seed")
        return "queued"

    def _answer(self, entry: Entry, clips: tuple[str, ...]) -> Answer:
        cells = entry.cells
        return Answer(
            key=entry.key,
            utterance=entry.utterance,
            answer_id=entry.answer_id,
            template=entry.template,
            text=cells.get("text", "").strip() or self._facts.fill(entry.template),
            intent=cells.get("intent", "").strip(),
            clips=clips,
            engine=cells.get("engine", "").strip(),
            voice=cells.get("voice", "").strip(),
            normalizer_version=int(float(cells.get("normalizer_version") or NORMALIZER_VERSION)),
            approved_at_s=float(cells.get("approved_at_s") or self._clock.now()),
            speech=cells.get("speech", "").strip(),
        )

    def _found_clip(self, key: str, is_dry_run: bool) -> bool:
        return self._blobs.exists(key) or bool(self._clips and self._clips.restore(key, is_dry_run))


def _is_number(text: str) -> bool:
    try:
        return not text.strip() or 0 <= float(text) < 1e12
    except ValueError:
        return False
