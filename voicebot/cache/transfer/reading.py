"""What utterances of a file are to the cache, worked out beside the writing when there are many."""

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Self

from voicebot.korean.mask import mask
from voicebot.korean.normalize import cache_key, clean, has_speech

MAX_UTTERANCE_CHARS = 1024
"""What Lex V2 accepts as text."""

_MOST_PROCESSES = 4

Reading = tuple[str, str]
"""An utterance with personal data masked, and its cache key; both empty when there is nothing to look up."""


def read_utterances(utterances: Sequence[str], is_normalized: bool) -> list[Reading]:
    """Return what each utterance is to the cache."""
    readings = []
    for utterance in utterances:
        text = mask(clean(utterance[: MAX_UTTERANCE_CHARS + 1]))
        key = cache_key(text) if is_normalized else text.strip()
        readings.append((text, key) if has_speech(text) else ("", ""))
    return readings


def _end_with_parent() -> None:
    """Have this process end when the one that started it is killed, which would otherwise wait for work for ever."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent:
            parent.join()
            os._exit(0)

    threading.Thread(target=wait, name="parent", daemon=True).start()


class Readers:
    """Reads utterances, in other processes when it is worth starting them.

    Args:
        is_large: Whether there are many.
        is_normalized: Whether keys are normal forms.
    """

    def __init__(self, is_large: bool, is_normalized: bool) -> None:
        self._is_normalized = is_normalized
        processes = min(_MOST_PROCESSES, (os.cpu_count() or 1) - 1) if is_large else 0
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        self._pool = ProcessPoolExecutor(processes, context, _end_with_parent) if processes else None
        self.ahead = 2 * processes

    def start(self, utterances: Sequence[str]) -> "Future[list[Reading]]":
        """Begin to read; without other processes it is done at once."""
        if self._pool:
            return self._pool.submit(read_utterances, utterances, self._is_normalized)
        done: Future[list[Reading]] = Future()
        done.set_result(read_utterances(utterances, self._is_normalized))
        return done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
