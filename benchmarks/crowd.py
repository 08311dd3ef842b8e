"""Many listeners at once, on any application that `voicebot serve` has, and what they do to everybody else."""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.table import Row

LISTENERS = 200
SECONDS = 30.0
LOOK_EVERY_S = 0.05
RECEIVE_BYTES = 65_536
BYTES_A_SECOND = 2 * 22_050
PHRASES = [
    f"{hour}시에 오시면 됩니다. 오시기 전에 전화 주세요. 주차는 건물 뒤쪽에 하시면 됩니다." for hour in range(1, 13)
]
TEXTS = [" ".join(PHRASES[n:] + PHRASES[:n]) for n in range(len(PHRASES))]
TOKEN = "a-token-of-the-benchmark-0123456789"
_TOKENS = f"crowd: {{token: {TOKEN}, requests_per_minute: 1000000, concurrent: 10000}}\n"
_WATCHER = """
import http.client, sys, time
host, port, seconds, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    started = time.perf_counter()
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", "/healthz")
    reply = connection.getresponse()
    assert reply.status == 200 and reply.read()
    connection.close()
    print((time.perf_counter() - started) * 1000)
    time.sleep(pause)
"""
"""A process of its own, so that it does not wait for the listeners."""


@dataclass(frozen=True)
class Application:
    """What is served.

    Args:
        name: For people.
        options: Of `voicebot serve`.
        path: Where a stream is asked for.
    """

    name: str
    options: tuple[str, ...]
    path: str


PAGE = Application("the page", (), "/api/v1/speech")
BRIDGE = Application("the bridge", ("--gateway",), "/synthesize")


@dataclass(frozen=True)
class Served:
    """An application that runs in a process of its own."""

    application: Application
    url: str
    process: "subprocess.Popen[str]"

    @property
    def address(self) -> tuple[str, str]:
        """Return host and port."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, port


@dataclass
class Crowd:
    """What became of many listeners."""

    heard_bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    @property
    def p99_ms(self) -> float:
        """Return the 99th percentile of how long `/healthz` took."""
        return sorted(self.health_ms)[int(len(self.health_ms) * 0.99)]

    @property
    def grown_mb(self) -> float:
        """Return by how much the memory of the last third is above that of the second."""
        third = len(self.memory_mb) // 3
        return statistics.median(self.memory_mb[-third:]) - statistics.median(self.memory_mb[third : 2 * third])


@contextmanager
def serving(application: Application, folder: Path) -> Iterator[Served]:
    """Lend an application, served on loopback; whoever asks the bridge needs a token."""
    (folder / "tokens.yaml").write_text(_TOKENS, encoding="utf-8")
    command = [sys.executable, "-m", "voicebot", "serve", "--port", "0", *application.options]
    own = {"HOME": str(folder), "VOICEBOT_DATA_DIR": str(folder / "data")}
    tokens = {"VOICEBOT_GATEWAY_SERVER__TOKENS_FILE": str(folder / "tokens.yaml")}
    process = subprocess.Popen(
        command, env={**os.environ, **own, **tokens}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert process.stdout
    try:
        yield Served(application, process.stdout.readline().split()[-1], process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def rows(served: Served) -> Iterator[Row]:
    """Yield what listeners who take their time do, and then those who take everything at once and ask again."""
    for is_patient, how in ((True, "as they are heard"), (False, "as fast as they come, again and again")):
        crowd = asyncio.run(gather(served, LISTENERS, SECONDS, is_patient))
        what = f"{served.application.name}, {LISTENERS} streams at once for {SECONDS:.0f} s, {how}"
        streams = (
            f"{len(crowd.heard_bytes):,} streams, {len(crowd.errors)} errors, {sum(crowd.heard_bytes) / 1e6:,.0f} MB"
        )
        yield Row(f"{what}: errors", streams, "none")
        measured = f"p99 {crowd.p99_ms:.0f} ms of {len(crowd.health_ms)}"
        yield Row(f"{what}: `/healthz` meanwhile", measured, "under 200 ms" if is_patient else "")
        memory = f"{crowd.memory_mb[-1]:.0f} MB, {crowd.grown_mb:+.0f} MB from the second third to the last"
        yield Row(f"{what}: memory", memory, "flat")


async def gather(served: Served, listeners: int, seconds: float, is_patient: bool = True) -> Crowd:
    """Have many listen at once.

    Args:
        served: To what.
        listeners: How many.
        seconds: For how long; whoever has heard all of a text asks for another.
        is_patient: They take audio as fast as it is heard; else as fast as it comes.
    """
    crowd = Crowd()
    for text in TEXTS:  # what is said is no engine's work then
        await _listen(served, text)
    end_s = time.perf_counter() + seconds

    async def listener(number: int) -> None:
        while time.perf_counter() < end_s:
            try:
                crowd.heard_bytes.append(await _listen(served, TEXTS[number % len(TEXTS)], end_s, is_patient))
            except (OSError, ValueError, asyncio.IncompleteReadError) as exc:
                crowd.errors.append(type(exc).__name__)

    async def scales() -> None:
        while time.perf_counter() < end_s:
            crowd.memory_mb.append(_resident_mb(served.process.pid))
            await asyncio.sleep(LOOK_EVERY_S)

    command = [sys.executable, "-c", _WATCHER, *served.address, str(seconds), str(LOOK_EVERY_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        await asyncio.gather(scales(), *(listener(number) for number in range(listeners)))
        crowd.health_ms.extend(map(float, watcher.communicate()[0].split()))
        if watcher.returncode:
            crowd.errors.append("/healthz")
    return crowd


async def _listen(served: Served, text: str, until_s: float = float("inf"), is_patient: bool = False) -> int:
    """Return how many bytes of audio came until all had come, or it was time to hang up.

    Raises:
        ValueError: The stream was not whole.
    """
    host, port = served.address
    body = json.dumps({"text": text, "stream": True}).encode()
    head = (
        f"POST {served.application.path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=connection, limit=RECEIVE_BYTES)
    try:
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            raise ValueError(answer[:40])
        total, began_s = 0, time.perf_counter()
        while (size := int(await reader.readline(), 16)) > 0:
            total += len(await reader.readexactly(size))
            await reader.readline()
            if time.perf_counter() > until_s:
                break
            if is_patient:
                await asyncio.sleep(began_s + total / BYTES_A_SECOND - time.perf_counter())
        return total
    finally:
        writer.close()


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
