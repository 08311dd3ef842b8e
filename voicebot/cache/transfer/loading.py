"""Questions and answers out of a file into the stores: what the commands seed and import share."""

import csv
import hashlib
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, Protocol

from voicebot.cache.transfer.ledger import Ledger
from voicebot.cache.transfer.reading import MAX_UTTERANCE_CHARS, Readers, Reading
from voicebot.cache.transfer.tables import Format, Place, Problem, Row, TableReader, format_of
from voicebot.chat.facts import Facts
from voicebot.disk import explained, writing
from voicebot.errors import InputError

CHUNK = 5000
_LARGE_BYTES = 4_000_000
"""From this size on it is worth starting other processes."""

MOST_LISTED = 100
MAX_ANSWER_CHARS = 20_000

Outcome = Literal["added", "changed", "unchanged", "kept", "queued"]

_REQUIRED = ("id", "utterance")
_HINT = "columns: id,utterance and optionally answer; see docs/cache.md"


@dataclass(frozen=True, slots=True)
class Entry:
    """One usable line.

    Attributes:
        line: Where it stands.
        key: The utterance's cache key.
        utterance: Personal data masked.
        answer_id: The answer's id.
        template: The answer, with its placeholders.
        cells: All columns of the line.
    """

    line: int
    key: str
    utterance: str
    answer_id: str
    template: str
    cells: Any


@dataclass
class LoadReport:
    """What a run did, or would do.

    Attributes:
        lines: How many lines were read.
        added: New in the store.
        changed: Replaced what was stored.
        unchanged: There already.
        kept: There with another answer, which stayed.
        queued: Sent to the inbox, because they have no audio.
        repeated: Said again what an earlier line says.
        unusable: How many lines could not be used.
        unusable_by_kind: The same by what is wrong.
        problems: The first of them, a line each.
        cp949_lines: How many lines were CP949 instead of UTF-8.
        resumed_after_line: The line after which the run went on with an earlier one; 0 for a whole run.
        is_dry_run: Nothing was stored.
    """

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    queued: int = 0
    repeated: int = 0
    unusable: int = 0
    unusable_by_kind: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    cp949_lines: int = 0
    resumed_after_line: int = 0
    is_dry_run: bool = False

    def count(self, outcome: Outcome) -> None:
        """Count a line that was used."""
        setattr(self, outcome, getattr(self, outcome) + 1)


class Target(Protocol):
    """Where entries go."""

    name: str

    def problem(self, entry: Entry) -> str:
        """Return why an entry cannot be used, or an empty string."""
        ...

    def apply(self, entry: Entry, is_dry_run: bool) -> Outcome:
        """Store an entry, or say what storing it would do."""
        ...


@dataclass(frozen=True)
class Bulk:
    """How many writes are made fast.

    Attributes:
        together: Lends a context in which writes are kept together, all or none.
        workers: How many writes are made at a time.
    """

    together: Callable[[], AbstractContextManager[object]] = nullcontext
    workers: int = 1


@dataclass(frozen=True)
class LoadOptions:
    """How a file is read.

    Attributes:
        format: Its format; by its name when None.
        is_dry_run: Store nothing.
        is_restarted: Forget what an earlier run of the same file has done.
        problems: Write every line that cannot be used here, as a CSV ``line,kind,message``.
    """

    format: Format | None = None
    is_dry_run: bool = False
    is_restarted: bool = False
    problems: Path | None = None


class Loader:
    """Reads files into a target.

    Each line is applied by itself and can be applied again: a run that was killed is gone on with from the last few
    thousand lines, and a run over the same file a second time changes nothing.

    Args:
        is_normalized: Whether keys are normal forms.
        facts: Knows which placeholders can be filled.
        bulk: How many writes are made fast.
        folder: Where runs keep what they have read.
    """

    def __init__(self, is_normalized: bool, facts: Facts, bulk: Bulk, folder: Path) -> None:
        self._is_normalized = is_normalized
        self._facts = facts
        self._bulk = bulk
        self._folder = folder

    def run(
        self,
        path: Path,
        target: Target,
        options: LoadOptions | None = None,
        on_share: Callable[[float], None] = lambda share: None,
    ) -> LoadReport:
        """Read `path` (``-``: standard input) and return what was done; `on_share` hears which share of it is done.

        Raises:
            InputError: It is no such table, or in another encoding altogether; names the file.
        """
        options = options or LoadOptions()
        with ExitStack() as stack:
            file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(_opened(path))
            format_ = options.format or ("csv" if str(path) == "-" else format_of(path))
            reader = TableReader(file, str(path), format_, _REQUIRED, _HINT)
            ledger = self._ledger(path, target, options)
            run = _Run(self, target, reader, ledger, options)
            if options.problems:
                run.problem_file = stack.enter_context(writing(options.problems))
            pool = stack.enter_context(ThreadPoolExecutor(self._bulk.workers)) if self._bulk.workers > 1 else None
            readers = stack.enter_context(Readers(_is_large(path), self._is_normalized))
            is_done = False
            try:
                report = run.run(pool, readers, _shares(path, on_share))
                is_done = True
            finally:
                ledger.close(is_done)
        return report

    def _ledger(self, path: Path, target: Target, options: LoadOptions) -> Ledger:
        if options.is_dry_run or not path.is_file():
            return Ledger()
        found = path.stat()
        name = hashlib.sha256(f"{target.name}|{path.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()[:24]
        place = self._folder / f"{name}.db"
        return Ledger(place, f"{found.st_size}|{found.st_mtime_ns}|{options.format}", options.is_restarted)

    def entry(self, row: Row, reading: Reading, ledger: Ledger) -> Entry | Problem:
        """Return what a row says, or why it cannot be used."""
        answer_id, (text, key) = row.cells["id"].strip(), reading
        if not answer_id:
            return Problem(row.line, "id", "the id is empty")
        if len(row.cells["utterance"]) > MAX_UTTERANCE_CHARS:
            return Problem(row.line, "long", f"the utterance is longer than {MAX_UTTERANCE_CHARS} characters")
        if not key:
            return Problem(row.line, "silent", "the utterance has nothing to say")
        template = ledger.shared(answer_id, row.cells.get("answer", "").strip())
        if not template:
            return Problem(row.line, "answer", f"no line of the id {answer_id!r} has an answer yet")
        if len(template) > MAX_ANSWER_CHARS:
            return Problem(row.line, "long", f"the answer is longer than {MAX_ANSWER_CHARS} characters")
        missing = self._facts.missing(template)
        if missing:
            return Problem(row.line, "fact", f"the fact {missing[0]!r} is not known")
        return Entry(row.line, key, text, answer_id, template, row.cells)

    def together(self, is_dry_run: bool) -> AbstractContextManager[object]:
        """Return the context in which a chunk is stored."""
        return nullcontext() if is_dry_run else self._bulk.together()


@dataclass(frozen=True)
class _Chunk:
    """Rows and problems that follow each other, and where the reader stood after them."""

    rows: list[Row | Problem]
    readings: Future[list[Reading]]
    place: Place
    cp949_lines: int


class _Run:
    """One reading of one file."""

    def __init__(
        self, loader: Loader, target: Target, reader: TableReader, ledger: Ledger, options: LoadOptions
    ) -> None:
        self._loader = loader
        self._target = target
        self._reader = reader
        self._ledger = ledger
        self._is_dry_run = options.is_dry_run
        self.problem_file: IO[str] | None = None
        self._report = LoadReport(is_dry_run=options.is_dry_run)

    def run(self, pool: Executor | None, readers: Readers, on_place: Callable[[Place], None]) -> LoadReport:
        self._resume()
        cp949_before = self._report.cp949_lines
        for chunk in self._chunks(readers):
            entries = list(self._usable(chunk))
            with self._loader.together(self._is_dry_run):
                for outcome in (pool.map if pool else map)(self._applied, entries):
                    self._report.count(outcome)
            self._report.cp949_lines = cp949_before + chunk.cp949_lines
            self._report.lines = chunk.place.line
            self._ledger.commit({"place": asdict(chunk.place), "report": asdict(self._report)})
            on_place(chunk.place)
        return self._report

    def _resume(self) -> None:
        state = self._ledger.state
        if not state:
            return
        self._report = LoadReport(**state["report"])
        place = Place(**state["place"])
        self._report.resumed_after_line = place.line
        self._reader.skip_to(place)

    def _chunks(self, readers: Readers) -> Iterator["_Chunk"]:
        """Yield the file in pieces; a few are read ahead."""
        rows = self._reader.read()
        waiting: deque[_Chunk] = deque()
        while part := list(islice(rows, CHUNK)):
            readings = readers.start([row.cells["utterance"].strip() for row in part if isinstance(row, Row)])
            waiting.append(_Chunk(part, readings, self._reader.place, self._reader.cp949_lines))
            if len(waiting) > readers.ahead:
                yield waiting.popleft()
        yield from waiting

    def _usable(self, chunk: "_Chunk") -> Iterator[Entry]:
        readings = iter(chunk.readings.result())
        for row in chunk.rows:
            entry = self._loader.entry(row, next(readings), self._ledger) if isinstance(row, Row) else row
            if isinstance(entry, Entry):
                problem = self._target.problem(entry)
                entry = Problem(entry.line, "number", problem) if problem else entry
            if isinstance(entry, Problem):
                self._note(entry)
                continue
            first, is_same = self._ledger.first(entry.key, entry.template, entry.line)
            if not is_same:
                message = f"line {first} gives another answer to the same question; that one counts"
                self._note(Problem(entry.line, "conflict", message))
            elif first != entry.line:
                self._report.repeated += 1
            else:
                yield entry

    def _applied(self, entry: Entry) -> Outcome:
        return self._target.apply(entry, self._is_dry_run)

    def _note(self, problem: Problem) -> None:
        report = self._report
        report.unusable += 1
        report.unusable_by_kind = dict(Counter(report.unusable_by_kind) + Counter({problem.kind: 1}))
        if len(report.problems) < MOST_LISTED:
            report.problems.append(f"line {problem.line}: {problem.message}")
        if self.problem_file:
            if report.unusable == 1:
                self.problem_file.write("line,kind,message\n")
            csv.writer(self.problem_file, lineterminator="\n").writerow((problem.line, problem.kind, problem.message))


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    with explained(path):
        if path.is_dir():
            raise InputError(f"{path}: is a folder", hint="give a CSV or JSONL file")
        return closing(path.open("rb"))


def _is_large(path: Path) -> bool:
    return path.is_file() and path.stat().st_size >= _LARGE_BYTES


def _shares(path: Path, on_share: Callable[[float], None]) -> Callable[[Place], None]:
    total = path.stat().st_size if path.is_file() else 0
    return lambda place: on_share(place.offset / total) if total else None
