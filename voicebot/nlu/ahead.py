"""Several processes that make the stages of one run ahead of it."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Self

Stage = tuple[Any, ...]
"""A method's name, and its arguments."""
_made: list[object] = []
"""The run of a worker process, there from its start."""


class Ahead:
    """Calls methods of a run in other processes; what they keep on the disk is there when the run itself comes to it.

    Args:
        workers: Processes at the same time; with one, nothing is made ahead.
        run: Makes a worker's run; a class or function of an importable module.
        told: What it is called with.
        progress: Called with (stage, done, of).
    """

    def __init__(
        self,
        workers: int,
        run: Callable[..., object],
        told: tuple[object, ...],
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._progress = progress
        # Threads of numpy or torch do not survive a fork.
        spawn = multiprocessing.get_context("spawn")
        self._pool = (
            ProcessPoolExecutor(workers, spawn, initializer=_begin, initargs=(run, told)) if workers > 1 else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def make(self, stages: Iterable[Stage]) -> None:
        """Make stages, as many at a time as there are workers; their errors are raised here."""
        if self._pool is None:
            return
        futures = [(stage, self._pool.submit(_make, stage)) for stage in stages]
        for done, (stage, future) in enumerate(futures, 1):
            future.result()
            if self._progress:
                self._progress(stage[0], done, len(futures))


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(run: Callable[..., object], told: tuple[object, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _made.append(run(*told))


def _make(stage: Stage) -> None:
    getattr(_made[0], stage[0])(*stage[1:])


def _end_with_parent() -> None:
    """End this worker when the process that began it is killed; a pool alone would leave it waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
