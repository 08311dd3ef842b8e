"""Fragments of a stream, read in a thread, so that whoever uses them can also watch the clock."""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from voicebot.errors import VoicebotError
from voicebot.transcribe.ebml import Readable
from voicebot.transcribe.fragments import Fragment, read_fragments

_DEPTH = 2
"""Fragments read ahead; Kinesis keeps the others."""


@dataclass(frozen=True)
class Ended:
    """The stream has ended: by itself, or with an error."""

    problem: Exception | None = None


class FragmentReader:
    """Reads one stream.

    Args:
        stream: What is read.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._items: queue.Queue[Fragment | Ended] = queue.Queue(_DEPTH)
        self._is_closed = threading.Event()
        threading.Thread(target=self._read, name="fragments", daemon=True).start()

    def next(self, timeout_s: float) -> Fragment | Ended | None:
        """Return the next fragment, or the end; None when there is neither within `timeout_s`."""
        with suppress(queue.Empty):
            return self._items.get(timeout=timeout_s)
        return None

    def close(self) -> None:
        """Stop reading."""
        self._is_closed.set()
        close = getattr(self._stream, "close", None)
        if close:
            with suppress(OSError, ValueError):
                close()

    def _read(self) -> None:
        end = Ended()
        try:
            for fragment in self._fragments():
                self._put(fragment)
        except (VoicebotError, OSError, ValueError) as exc:
            end = Ended(exc)
        self._put(end)

    def _fragments(self) -> Iterator[Fragment]:
        for fragment in read_fragments(self._stream):
            if self._is_closed.is_set():
                return
            yield fragment

    def _put(self, item: Fragment | Ended) -> None:
        while not self._is_closed.is_set():
            with suppress(queue.Full):
                self._items.put(item, timeout=0.2)
                return
