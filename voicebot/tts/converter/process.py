"""The converter in processes of its own, which may hang or die without taking anything along."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from voicebot.audio.clip import Clip
from voicebot.errors import ConfigError, EngineError, InputError, VoicebotError
from voicebot.tts.converter.child import serve
from voicebot.tts.converter.task import Failed, Options, Ready, Task
from voicebot.tts.protocol import Health, in_one_line

NAME = "openvoice"
START_S = 120.0
CONVERT_S = 30.0
_STOP_S = 2.0
_IDLE, _LOADING = "the converter is not loaded yet", "the converter is being loaded"


class ConverterProcesses:
    """Converts with as many processes as it is told to, each started when it is first needed.

    One that has died or was too late is replaced by the next task.

    Args:
        options: What each loads.
        processes: How many; each holds the whole model.
        start_s: The longest a process may take to load it.
        convert_s: The longest it may take for a task.
    """

    def __init__(
        self, options: Options, processes: int = 1, start_s: float = START_S, convert_s: float = CONVERT_S
    ) -> None:
        self._idle: queue.LifoQueue[_Process] = queue.LifoQueue()
        self._all = [_Process(options, start_s, convert_s) for _ in range(processes)]
        for process in self._all:
            self._idle.put(process)

    def convert(self, clip: Clip, target: bytes | Path) -> Clip:
        """Return the same speech in another voice.

        Args:
            clip: Speech.
            target: A recording or an embedding file: its bytes or its path.

        Raises:
            InputError: The target is neither.
            ConfigError: The converter cannot be loaded.
            EngineError: It was too late, or its process died.
        """
        with self._one() as process:
            return process.convert(Task(clip.to_bytes("pcm_s16le"), clip.sample_rate_hz, target))

    def start(self) -> None:
        """Load the converter in one process, if it is not loaded yet.

        Raises:
            ConfigError: It cannot be loaded.
            EngineError: It took too long.
        """
        with self._one() as process:
            process.start()

    def health(self) -> Health:
        """Return whether a task could be done now; never waits for a process that loads."""
        well = next((process for process in self._all if process.is_well), None)
        return Health(well is not None, (well or self._all[0]).condition)

    def pids(self) -> list[int]:
        """Return the numbers of the processes that run."""
        return [pid for process in self._all if (pid := process.pid) is not None]

    def close(self) -> None:
        """End the processes."""
        for process in self._all:
            process.stop()

    @contextmanager
    def _one(self) -> Iterator[_Process]:
        process = self._idle.get()
        try:
            yield process
        finally:
            self._idle.put(process)


class _Process:
    """One process and this end of the connection to it; for one thread at a time."""

    def __init__(self, options: Options, start_s: float, convert_s: float) -> None:
        self._options = options
        self._start_s = start_s
        self._convert_s = convert_s
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._rate_hz = 0
        self.condition, self.is_well = _IDLE, True

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.is_alive() else None

    def start(self) -> None:
        if self.pid is None:
            self.stop()
            self.condition, self.is_well, self._rate_hz = _LOADING, False, 0
            context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=serve, args=(theirs, self._options), name="openvoice", daemon=True)
            self._process.start()
            theirs.close()
            try:
                self._rate_hz = self._answer(self._start_s, "be loaded").sample_rate_hz
            except VoicebotError as exc:
                self.condition = in_one_line(exc)
                raise
            self.is_well = True
            self.condition = f"the converter gives {self._rate_hz} Hz on {self._options.device}"

    def convert(self, task: Task) -> Clip:
        self.start()
        assert self._connection is not None
        try:
            self._connection.send(task)
        except OSError as exc:
            self.stop()
            raise self._died() from exc
        done = self._answer(self._convert_s, "convert a piece")
        return Clip.from_bytes(done.samples, "pcm_s16le", done.sample_rate_hz)

    def stop(self) -> None:
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.terminate()
            process.join(_STOP_S)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def _answer(self, within_s: float, what: str) -> Ready:
        """Return the process's answer; one that does not come ends the process."""
        assert self._connection is not None
        try:
            answer = self._connection.recv() if self._connection.poll(within_s) else None
        except (EOFError, OSError) as exc:
            self.stop()
            raise self._died() from exc
        if answer is None:
            self.stop()
            raise EngineError(
                f"the converter took more than {within_s:g} s to {what} and was stopped",
                engine=NAME,
                retryable=True,
                hint="use a GPU, or raise speech_server.start_s or convert_s",
            )
        if isinstance(answer, Failed):
            raise self._failed(answer)
        assert isinstance(answer, Ready)
        return answer

    def _failed(self, answer: Failed) -> ConfigError | EngineError | InputError:
        if answer.is_input:
            return InputError(answer.message, hint=answer.hint)
        if not self._rate_hz:
            self.stop()
            return ConfigError(f"{NAME}: {answer.message}", hint=answer.hint)
        return EngineError(answer.message, engine=NAME, retryable=False, hint=answer.hint)

    def _died(self) -> EngineError:
        return EngineError(
            "the converter's process died",
            engine=NAME,
            retryable=True,
            hint="try again; if it goes on, look at the memory of the machine and at the log",
        )
