"""Several processes that make the stages of one run ahead of it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
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
        self._life, self._held = spawn.Pipe(duplex=False)
        told = (self._life, run, told)
        self._pool = ProcessPoolExecutor(workers, spawn, initializer=_begin, initargs=told) if workers > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self._held.close()  # what a stage has not finished is begun again by the next run
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._held.close()
        self._life.close()

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


def _begin(life: Connection, run: Callable[..., object], told: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began it
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    _made.append(run(*told))


def _make(stage: Stage) -> None:
    getattr(_made[0], stage[0])(*stage[1:])


def _end_with(life: Connection) -> None:
    """End this worker when the other end of a pipe is closed: by a run that fails, or with a process that is killed."""
    life.poll(None)
    os._exit(1)
