"""Many texts to as many files, which a run that was killed takes up again where it was.

A file's name has the line's number and a digest of all that decides its sound; no words. Files appear whole or not at
all, and `manifest.jsonl` has one line for each that is finished, so finished work is known by its content.
"""

import fcntl
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from voicebot.audio.wav import read_audio, write_audio
from voicebot.disk import explained, write_atomically
from voicebot.errors import ConflictError, EngineError, InputError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker
from voicebot.tts.wrappers.checked import check_text

MANIFEST = "manifest.jsonl"
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
_LOCK = ".lock"
_DIGEST_CHARS = 16
_OWN_PART = rf"\.(?:\d{{5,}}-[0-9a-f]{{{_DIGEST_CHARS}}}|manifest)\."
_MAX_FAILURES_IN_A_ROW = 8


@dataclass(frozen=True)
class Line:
    """One text of a batch.

    Args:
        number: Its line in the file, from 1.
        text: The words.
        digest: Names all that decides its sound.
        file: The name of its audio file.
    """

    number: int
    text: str
    digest: str
    file: str


@dataclass(frozen=True)
class Made:
    """A finished file, as the manifest has it."""

    line: int
    file: str
    digest: str
    sha256: str
    audio_bytes: int
    duration_s: float
    sample_rate_hz: int
    engine: str
    voice: str | None


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    Args:
        finished: Files that are there, by name.
        refused: Lines with nothing in them that can be said, or too much.
        to_make: Lines to synthesise; each sound once.
        to_copy: Lines that sound like one that is there or will be.
    """

    finished: dict[str, Made]
    refused: list["Failure"]
    to_make: list[Line]
    to_copy: list[Line]


@dataclass(frozen=True)
class Failure:
    """A line that could not be spoken."""

    line: int
    kind: str
    problem: str


@dataclass
class BatchReport:
    """What a run did."""

    folder: str
    lines: int
    made: int = 0
    copied: int = 0
    skipped: int = 0
    not_tried: int = 0
    failed: list[Failure] = field(default_factory=list)


class Batch:
    """The lines of a text and the folder for their audio.

    Args:
        speaker: Speaks, in several threads at once.
        text: One text a line; empty lines are left out.
        request: How to speak; its text is not used.
        folder: Where the files go.
        suffix: The kind of file: .wav, .flac, .ogg or .mp3.
        settings: What else decides the sound: the engine's settings, the pronunciation dictionary.

    Raises:
        InputError: There are no lines, or there is no such kind of file.
    """

    def __init__(
        self,
        speaker: Speaker,
        text: str,
        request: SpeechRequest,
        folder: Path,
        suffix: str = ".wav",
        settings: Mapping[str, object] | None = None,
    ) -> None:
        if suffix not in SUFFIXES:
            raise InputError(f"{suffix} files cannot be written", hint=f"one of {', '.join(SUFFIXES)}")
        self._speaker = speaker
        self._request = request
        self._folder = folder
        self._suffix = suffix
        self._common = self._all_but_text(settings or {})
        self.lines = [self._line(number, text) for number, text in _numbered(text)]
        if not self.lines:
            raise InputError("there is no text in it", hint="give one text a line")

    def plan(self) -> Plan:
        """Return what there is to do; what is in the folder is looked at and left alone.

        Raises:
            ConfigError: The folder is a file, or may not be read.
        """
        with explained(self._folder):
            known = {made.file: made for made in _read_manifest(self._folder / MANIFEST)}
        finished: dict[str, Made] = {}
        for line in self.lines:
            made = self._finished(line, known.get(line.file))
            if made is not None:
                finished[line.file] = made
        for made in known.values():  # the same text on another line, perhaps of an earlier state of the file
            if made.file not in finished and _sha256(self._folder / made.file) == made.sha256:
                finished[made.file] = made
        heard = {made.digest for made in finished.values()}
        plan = Plan(finished, [], [], [])
        for line in self.lines:
            if line.file in finished:
                continue
            try:
                check_text(line.text)
            except InputError as exc:
                plan.refused.append(Failure(line.number, type(exc).__name__, exc.message))
                continue
            (plan.to_copy if line.digest in heard else plan.to_make).append(line)
            heard.add(line.digest)
        return plan

    def run(self, workers: int = 1, on_line: Callable[[Line], None] = lambda line: None) -> BatchReport:
        """Make what is not there, with `workers` threads; `on_line` hears of each line that is over.

        A line that cannot be spoken is reported and the others go on, until several in a row have failed.

        Raises:
            ConflictError: Another run works in the same folder.
            VoicebotError: Nothing can be spoken or written at all.
        """
        with _alone_in(self._folder):
            plan = self.plan()
            manifest = _Manifest(self._folder / MANIFEST, plan.finished)
            report = BatchReport(str(self._folder), len(self.lines), failed=list(plan.refused))
            refused = {failure.line for failure in plan.refused}
            for line in self.lines:
                report.skipped += line.file in plan.finished
                if line.file in plan.finished or line.number in refused:
                    on_line(line)
            failures = _Failures(report)
            with ThreadPoolExecutor(workers) as pool:
                futures = [pool.submit(self._make, line, manifest, failures) for line in plan.to_make]
                try:
                    for line, future in zip(plan.to_make, futures, strict=True):
                        report.made += future.result()
                        on_line(line)
                except BaseException:
                    failures.stop()
                    pool.shutdown(wait=True, cancel_futures=True)
                    raise
            for line in plan.to_copy:
                report.copied += self._copy(line, manifest, failures)
                on_line(line)
            report.failed.sort(key=lambda failure: failure.line)
            manifest.tidy({line.file for line in self.lines})
            return report

    def _make(self, line: Line, manifest: "_Manifest", failures: "_Failures") -> bool:
        if failures.are_too_many:
            failures.skip()
            return False
        try:
            clip = self._speaker.clip(self._request.saying(line.text))
            write_audio(self._folder / line.file, clip, self._request.encoding)
        except (EngineError, InputError) as exc:
            failures.add(line, exc)
            return False
        failures.reset()
        manifest.add(self._described(line))
        return True

    def _copy(self, line: Line, manifest: "_Manifest", failures: "_Failures") -> bool:
        original = manifest.of_digest(line.digest)
        if original is None:  # it could not be made
            failures.skip()
            return False
        source = self._folder / original.file
        with explained(source):
            write_atomically(self._folder / line.file, source.read_bytes())
        manifest.add(replace(original, line=line.number, file=line.file))
        return True

    def _finished(self, line: Line, known: Made | None) -> Made | None:
        """Return a line's file, if it is there and whole; after a kill the manifest may not have it yet."""
        path = self._folder / line.file
        if known is not None and _sha256(path) == known.sha256:
            return replace(known, line=line.number)
        if known is not None or not path.is_file():
            return None
        try:
            return self._described(line)
        except InputError:
            return None

    def _described(self, line: Line) -> Made:
        path = self._folder / line.file
        clip = read_audio(path)
        return Made(
            line=line.number,
            file=line.file,
            digest=line.digest,
            sha256=_sha256(path) or "",
            audio_bytes=path.stat().st_size,
            duration_s=round(clip.duration_s, 3),
            sample_rate_hz=clip.sample_rate_hz,
            engine=self._speaker.info.name,
            voice=self._request.voice,
        )

    def _line(self, number: int, text: str) -> Line:
        digest = hashlib.sha256(json.dumps([self._common, text]).encode()).hexdigest()[:_DIGEST_CHARS]
        return Line(number, text, digest, f"{number:05d}-{digest}{self._suffix}")

    def _all_but_text(self, settings: Mapping[str, object]) -> str:
        """Return what decides the sound of every line."""
        info = self._speaker.info
        fields = asdict(self._request.saying(""))
        if self._request.reference is not None:
            fields["reference"] = hashlib.sha256(self._request.reference).hexdigest()
        content = [info.name, info.version, self._suffix, fields, dict(settings)]
        return json.dumps(content, sort_keys=True, default=str)


class _Manifest:
    """The finished files, one line of JSON each; a line is added the moment its file is whole.

    While a run works it has files of other texts too, which it may copy from.
    """

    def __init__(self, path: Path, finished: Mapping[str, Made]) -> None:
        self._path = path
        self._rows = dict(finished)
        self._of_digest = {made.digest: made for made in finished.values()}
        self._lock = threading.Lock()
        self.tidy()  # a kill may have left half a line

    def add(self, made: Made) -> None:
        with self._lock, explained(self._path):
            self._rows[made.file] = self._of_digest[made.digest] = made
            with self._path.open("ab") as file:
                file.write(_json_line(made))

    def of_digest(self, digest: str) -> Made | None:
        return self._of_digest.get(digest)

    def tidy(self, files: Set[str] | None = None) -> None:
        """Write the rows anew, in order; only those of `files` if they are given."""
        rows = sorted(self._rows.values(), key=lambda made: (made.line, made.file))
        kept = [made for made in rows if files is None or made.file in files]
        write_atomically(self._path, b"".join(map(_json_line, kept)))


class _Failures:
    """What went wrong; so many engine errors in a row mean that the rest would go wrong too."""

    def __init__(self, report: BatchReport) -> None:
        self.are_too_many = False
        self._report = report
        self._in_a_row = 0
        self._lock = threading.Lock()

    def add(self, line: Line, error: EngineError | InputError) -> None:
        with self._lock:
            self._report.failed.append(Failure(line.number, type(error).__name__, error.message))
            self._in_a_row += isinstance(error, EngineError)
            self.are_too_many = self.are_too_many or self._in_a_row >= _MAX_FAILURES_IN_A_ROW

    def reset(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def skip(self) -> None:
        with self._lock:
            self._report.not_tried += 1

    def stop(self) -> None:
        self.are_too_many = True


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            yield number, line.strip()


def _read_manifest(path: Path) -> Iterator[Made]:
    """Yield the rows that can be read; the others' files are looked at anew."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            made = Made(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if Path(made.file).name == made.file:
            yield made


def _json_line(made: Made) -> bytes:
    return json.dumps(asdict(made), ensure_ascii=False).encode() + b"\n"


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder; the lock goes with the process, however that ends."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise ConflictError(f"{folder}: another run works here", hint="wait for it to end") from exc
        for path in folder.glob(".*.part"):  # half a file of a run that was killed
            if re.match(_OWN_PART, path.name):
                path.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)
