"""Calls that are streamed while they are transcribed, faster than real time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.kinesis import Trickle
from tests.fakes.transcribe import Server
from voicebot.clock import Clock
from voicebot.errors import StorageError
from voicebot.transcribe.amazon import AmazonTranscriber
from voicebot.transcribe.ebml import Readable
from voicebot.transcribe.protocol import SpeechStream
from voicebot.transcribe.sound import BYTES_PER_S
from voicebot.transcribe.task import TranscribeTask


class FastClock:
    """Time that runs so many times faster.

    Args:
        rate: How many seconds pass in one.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._start = time.monotonic()

    def now(self) -> float:
        return (time.monotonic() - self._start) * self.rate

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds, 0.0) / self.rate)


@dataclass
class Tape:
    """`MediaSource` over fragments that become available as the call goes on.

    Attributes:
        fragments: Numbers and bytes.
        clock: Time that waits for nobody, or that passes as fragments are read.
        seconds: How long a fragment lasts.
        breaks: Each stream is broken off after so many fragments, in order; then no more.
        opened: From which fragment each stream was asked for.
        refusals: So many times opening fails at first.
        gaps: Seconds without audio before the fragment at a place.
    """

    fragments: list[tuple[int, bytes]]
    clock: Clock
    seconds: float = 1.024
    breaks: list[int] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    refusals: int = 0
    gaps: dict[int, float] = field(default_factory=dict)

    def open(self, task: TranscribeTask) -> Readable:
        if self.refusals:
            self.refusals -= 1
            raise StorageError("the media stream is busy")
        self.opened.append(task.after_fragment)
        most = self.breaks.pop(0) if self.breaks else None
        return Trickle(self._parts(task.after_fragment, most), 1 << 16)

    def _parts(self, after: str, most: int | None) -> Iterator[bytes]:
        sent = 0
        for place, (number, data) in enumerate(self.fragments):
            if after and number <= int(after):
                continue
            self.clock.sleep(self.seconds + self.gaps.get(place, 0.0))
            if most is not None and sent == most:
                yield data[: len(data) // 2]
                return
            sent += 1
            yield data


class InStep:
    """`StreamRecogniser` that takes audio only as fast as the server hears it: time that passes at will is no race.

    Args:
        engine: The recogniser.
        server: Who hears.
    """

    def __init__(self, engine: AmazonTranscriber, server: Server) -> None:
        self._engine, self._server = engine, server

    def open(self) -> SpeechStream:
        stream = self._engine.open()
        return _InStep(stream, self._server, len(self._server.audio_s) - 1)


class _InStep:
    def __init__(self, stream: SpeechStream, server: Server, number: int) -> None:
        self._stream, self._server, self._number = stream, server, number
        self._sent_s = 0.0
        self._is_heard = True
        self.take, self.finish, self.abort = stream.take, stream.finish, stream.abort

    def send(self, pcm: bytes) -> None:
        self._stream.send(pcm)
        self._sent_s += len(pcm) / BYTES_PER_S
        deadline = time.monotonic() + 0.5
        while self._is_heard and self._server.audio_s[self._number] < self._sent_s - 0.5:
            time.sleep(0.0005)
            self._is_heard = time.monotonic() < deadline  # else the server has broken the stream off
