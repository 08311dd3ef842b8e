"""The learned index over approved answers: a versioned artefact, swapped in one write.

A small blob, the pointer, names the index that is in use: a file in the blob store, or past a configured size an index
of a vector store. Whoever builds one publishes it whole and then moves the pointer; whoever uses one looks at the
pointer now and then, loads what it names beside the one in use, and swaps them when it is ready.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from voicebot.cache.protocol import AnswerStore, BlobStore
from voicebot.clock import Clock
from voicebot.disk import writing_bytes
from voicebot.errors import ConfigError, NotFoundError, StorageError

if TYPE_CHECKING:
    from voicebot.cache.vectors import VectorStore
    from voicebot.nlu.matcher import Match
    from voicebot.nlu.model import Model

POINTER_KEY = "index/current.json"
_PREFIX = "index/"
_SUFFIX = ".vbindex"
_BLOCK = 1 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pointer:
    """Which index is in use.

    Attributes:
        kind: ``file``: a blob; ``vectors``: an index of the vector store.
        key: The blob's key, or the index's name.
        lines: How many lines it has.
        previous: The one before it, which is kept for processes that are just loading it.
    """

    kind: Literal["file", "vectors"]
    key: str
    lines: int
    previous: str = ""


class Finder(Protocol):
    """What a loaded index is."""

    def find(self, text: str) -> "Match":
        """Return the best candidate for `text` and whether its answer may be played."""
        ...


@dataclass(frozen=True)
class IndexOptions:
    """How an index is kept.

    Attributes:
        folder: Where files of the blob store are mapped from.
        threshold: Accept from this probability; the model's own when None.
        look_s: How many seconds may pass before a new index is noticed.
        vectors: The vector store, or None when there is none.
        vectors_above_lines: From more lines than these on the vector store is used.
    """

    folder: Path
    threshold: float | None = None
    look_s: float = 60.0
    vectors: "VectorStore | None" = None
    vectors_above_lines: int = 100_000


class AnswerIndex:
    """Finds the approved line that means what a caller said.

    Lines that were approved after the index was built are found by their normal form all the same.

    Args:
        answers: What is indexed.
        blobs: Where the artefact and the pointer are.
        load_model: Loads the learned model; called when it is first needed.
        clock: When to look for a new index.
        options: How it is kept.
    """

    def __init__(
        self,
        answers: AnswerStore,
        blobs: BlobStore,
        load_model: "Callable[[], Model]",
        clock: Clock,
        options: IndexOptions,
    ) -> None:
        self._answers = answers
        self._blobs = blobs
        self._load_model = load_model
        self._clock = clock
        self._options = options
        self._lock = threading.Lock()
        self._used: Pointer | None = None
        self._finder: Finder | None = None
        self._looked_s: float | None = None

    def build(self) -> int:
        """Index every approved answer, publish the index, and return how many lines it has."""
        before = self.pointer()
        vectors = self._options.vectors
        if vectors and self._answers.count() > self._options.vectors_above_lines:
            pointer = self._build_vectors(vectors)
        else:
            pointer = self._build_file()
        if before:
            pointer = replace(pointer, previous=before.previous if before.key == pointer.key else before.key)
        self._blobs.put(POINTER_KEY, json.dumps(asdict(pointer)).encode(), "application/json")
        self._remove_old(pointer, before)
        self.refresh()
        return pointer.lines

    def find(self, utterance: str) -> "Match | None":
        """Return the best approved line for `utterance` with the verdict on it; None when there is no usable index."""
        finder = self._current()
        return finder.find(utterance) if finder else None

    def is_usable(self) -> bool:
        """Return whether there is a published index of this model."""
        return self._current() is not None

    def refresh(self) -> None:
        """Look now which index is in use, and load it."""
        with self._lock:
            self._looked_s = self._clock.now()
        self._load()

    def pointer(self) -> Pointer | None:
        """Return which index is in use; None when there is none yet."""
        try:
            with self._blobs.open(POINTER_KEY) as file:
                found = json.load(file)
            return Pointer(**found)
        except NotFoundError:
            return None
        except (ValueError, TypeError):
            return None  # an older version's: the next build replaces it

    def _current(self) -> Finder | None:
        """Return the loaded index. The first is waited for; a later one is loaded beside it, while this one is used."""
        now_s = self._clock.now()
        with self._lock:
            is_first = self._looked_s is None
            if self._looked_s is not None and now_s - self._looked_s < self._options.look_s:
                return self._finder
            self._looked_s = now_s
        if is_first:
            self._load()
        else:
            threading.Thread(target=self._load, name="answer-index", daemon=True).start()
        return self._finder

    def _load(self) -> None:
        """Load the index that the pointer names; one that cannot be used costs paraphrases, never exact hits."""
        try:
            pointer = self.pointer()
            if pointer is None or (pointer.kind, pointer.key) == (self._used and (self._used.kind, self._used.key)):
                return
            finder = self._loaded(pointer)
        except (ConfigError, NotFoundError, StorageError) as exc:
            _log.warning("the answer index cannot be used: %s (voicebot cache index builds it again)", exc.message)
            return
        with self._lock:
            self._used, self._finder = pointer, finder

    def _loaded(self, pointer: Pointer) -> Finder:
        if pointer.kind == "vectors":
            if self._options.vectors is None:
                raise ConfigError("the index is in a vector store, and none is set", hint="set aws.vector_bucket")
            from voicebot.cache.vectors import VectorMatcher

            return VectorMatcher(self._load_model, self._options.vectors, pointer.key, self._options.threshold)
        from voicebot.nlu.matcher import Matcher

        path = self._fetched(pointer.key)
        return Matcher.load(self._load_model(), path, self._options.threshold, is_checked=False)

    def _build_file(self) -> Pointer:
        from voicebot.nlu.matcher import Matcher

        model = self._load_model()
        lines = [(answer.answer_id, answer.utterance) for answer in self._answers.scan()]
        data = Matcher.build(model, lines).packed()
        key = f"{_PREFIX}{hashlib.sha256(data).hexdigest()}{_SUFFIX}"
        if not self._blobs.exists(key):
            self._blobs.put(key, data, "application/octet-stream")
        return Pointer("file", key, len(lines))

    def _build_vectors(self, vectors: "VectorStore") -> Pointer:
        from voicebot.cache.vectors import encoded

        model = self._load_model()
        name = f"answers-{hashlib.sha256(f'{model.fingerprint} {self._clock.now()}'.encode()).hexdigest()[:16]}"
        dimension = int(model.encoder.encode([]).shape[1])
        vectors.create(name, dimension)
        lines = ((answer.answer_id, answer.utterance) for answer in self._answers.scan())
        return Pointer("vectors", name, vectors.put(name, encoded(model, lines)))

    def _remove_old(self, pointer: Pointer, before: Pointer | None) -> None:
        """Remove what came before the one before."""
        kept = {POINTER_KEY, pointer.key, pointer.previous}
        for key in list(self._blobs.scan(_PREFIX)):
            if key not in kept:
                self._blobs.delete(key)
        oldest = before.previous if before else ""
        if self._options.vectors and oldest and oldest not in kept and not oldest.startswith(_PREFIX):
            self._options.vectors.delete(oldest)

    def _fetched(self, key: str) -> Path:
        """Return the artefact as a whole file of this machine, whose content is what its name says."""
        path = self._options.folder / Path(key).name
        if not path.is_file():
            self._download(key, path)
            for other in path.parent.glob(f"*{_SUFFIX}"):
                if other != path:
                    with suppress(OSError):  # what is mapped stays mapped
                        other.unlink()
        return path

    def _download(self, key: str, path: Path) -> None:
        digest = hashlib.sha256()
        with writing_bytes(path) as file, self._blobs.open(key) as source:
            for block in _blocks(source.read):
                digest.update(block)
                file.write(block)
            if f"{digest.hexdigest()}{_SUFFIX}" != path.name:
                raise ConfigError("the index is damaged", hint="voicebot cache index")


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(_BLOCK):
        yield block
