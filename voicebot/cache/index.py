"""The learned index over approved answers: a versioned artefact in the blob store, swapped in one write."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.cache.protocol import AnswerStore, BlobStore
from voicebot.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from voicebot.nlu.matcher import Match, Matcher
    from voicebot.nlu.model import Model

POINTER_KEY = "index/current.json"

_log = logging.getLogger(__name__)


class AnswerIndex:
    """Finds the approved line that means what a caller said.

    Lines that were approved after the index was built are found by their normal form all the same.

    Args:
        answers: What is indexed.
        blobs: Where the artefact is.
        load_model: Loads the learned model; called when it is first needed.
        threshold: Accept from this probability; the model's own when None.
    """

    def __init__(
        self, answers: AnswerStore, blobs: BlobStore, load_model: "Callable[[], Model]", threshold: float | None
    ) -> None:
        self._answers = answers
        self._blobs = blobs
        self._load_model = load_model
        self._threshold = threshold

    def build(self) -> int:
        """Index every approved answer, publish the index, and return how many lines it has."""
        from voicebot.nlu.matcher import Matcher

        lines = [(answer.answer_id, answer.utterance) for answer in self._answers.scan()]
        matcher = Matcher.build(self._load_model(), lines, self._threshold)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "index.npz"
            matcher.save(file)
            data = file.read_bytes()
        key = f"index/{hashlib.sha256(data).hexdigest()}.npz"
        if not self._blobs.exists(key):
            self._blobs.put(key, data, "application/octet-stream")
        previous = self._pointed_key()
        pointer = json.dumps({"key": key, "lines": len(lines)})
        self._blobs.put(POINTER_KEY, pointer.encode(), "application/json")
        if previous and previous != key:
            self._blobs.delete(previous)
        self.__dict__.pop("_matcher", None)
        return len(lines)

    def find(self, utterance: str) -> "Match | None":
        """Return the best approved line for `utterance` with the verdict on it; None when there is no usable index."""
        return self._matcher.find(utterance) if self._matcher else None

    def refresh(self) -> None:
        """Look again which index is published, and load it."""
        self.__dict__.pop("_matcher", None)
        self.find("안녕하세요")

    @cached_property
    def _matcher(self) -> "Matcher | None":
        """The published index; one that cannot be used is said once and costs paraphrases, never exact hits."""
        from voicebot.nlu.matcher import Matcher

        key = self._pointed_key()
        if key is None:
            return None
        try:
            with self._blobs.open(key) as source, tempfile.NamedTemporaryFile(suffix=".npz") as file:
                file.write(source.read())
                file.flush()
                return Matcher.load(self._load_model(), Path(file.name), self._threshold)
        except (ConfigError, NotFoundError) as exc:
            _log.warning("the answer index cannot be used: %s (voicebot cache index builds it again)", exc.message)
            return None

    def _pointed_key(self) -> str | None:
        try:
            with self._blobs.open(POINTER_KEY) as file:
                return str(json.load(file)["key"])
        except NotFoundError:
            return None
