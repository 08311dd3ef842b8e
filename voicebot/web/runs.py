"""Work that goes on beside the requests, and whoever watches it."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from starlette.responses import Response, StreamingResponse

from voicebot.errors import ConflictError, NotFoundError, VoicebotError
from voicebot.web.events import MEDIA_TYPE, event
from voicebot.web.talks import problem_of

MAX_KEPT = 40
MAX_RUNNING = 16
HEARTBEAT_S = 15.0
"""So often a quiet stream says that it is alive, which is also when a reader that left is noticed."""

_log = logging.getLogger(__name__)

RunState = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class Happening:
    """One thing that happened: its name, and a JSON object."""

    name: str
    data: dict[str, Any]


class Run:
    """One piece of work and what has happened in it so far.

    Args:
        kind: What is done.
    """

    def __init__(self, kind: str) -> None:
        self.id = uuid4().hex
        self.kind = kind
        self.started_at_s = time.time()
        self.state: RunState = "running"
        self.files: dict[str, bytes] = {}
        self.happened: list[Happening] = []
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def tell(self, name: str, data: dict[str, Any], state: RunState | None = None) -> None:
        """Note what happened and wake those who watch; from any thread."""
        with self._lock:
            self.happened.append(Happening(name, data))
            self.state = state or self.state
            for loop, woken in self._waiting:
                loop.call_soon_threadsafe(woken.set)

    def response(self, after: int = 0) -> Response:
        """Return what has happened and what will, as server-sent events.

        Args:
            after: How many events the reader has had.
        """
        return StreamingResponse(self._events(after), media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})

    async def _events(self, after: int) -> AsyncIterator[bytes]:
        woken = asyncio.Event()
        watcher = (asyncio.get_running_loop(), woken)
        with self._lock:
            self._waiting.add(watcher)
        at = after
        try:
            while True:
                woken.clear()
                while at < len(self.happened):
                    at += 1
                    yield event(self.happened[at - 1].name, self.happened[at - 1].data, at)
                if self.state != "running" and at >= len(self.happened):
                    return
                try:
                    await asyncio.wait_for(woken.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            with self._lock:
                self._waiting.discard(watcher)


class Runs:
    """Starts work in threads; keeps the last pieces of it."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, kind: str, work: Callable[[Run], dict[str, Any]]) -> Run:
        """Start `work` and return at once; what it returns is the last event's data.

        Raises:
            ConflictError: So much goes on already that nobody could follow it.
        """
        run = Run(kind)
        with self._lock:
            if sum(one.state == "running" for one in self._runs.values()) >= MAX_RUNNING:
                raise ConflictError(f"{MAX_RUNNING} calls or runs go on already", hint="end one of them")
            self._runs[run.id] = run
            while len(self._runs) > MAX_KEPT:
                self._runs.popitem(last=False)
        threading.Thread(target=self._do, args=(run, work), name=f"run-{kind}", daemon=True).start()
        return run

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            NotFoundError: There is none of that id.
        """
        run = self._runs.get(run_id)
        if run is None:
            raise NotFoundError("there is no such run", hint="it may have been long ago; start another")
        return run

    @staticmethod
    def _do(run: Run, work: Callable[[Run], dict[str, Any]]) -> None:
        try:
            run.tell("done", work(run), "done")
        except VoicebotError as exc:
            run.tell("problem", problem_of(exc), "failed")
        except Exception as exc:
            _log.exception("an unforeseen error in run %s", run.id)
            run.tell("problem", {"kind": type(exc).__name__, "detail": "the server met an unforeseen error"}, "failed")
