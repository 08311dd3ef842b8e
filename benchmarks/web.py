"""The page and its server: how soon a click is heard, and what many listeners at once do to everybody else."""

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.table import Row

LISTENERS = 200
SECONDS = 30.0
LOOK_EVERY_S = 0.05
RUNS = 9
RECEIVE_BYTES = 65_536
BYTES_A_SECOND = 2 * 22_050
PHRASES = [
    f"{hour}시에 오시면 됩니다. 오시기 전에 전화 주세요. 주차는 건물 뒤쪽에 하시면 됩니다." for hour in range(1, 13)
]
_WATCHER = """
import http.client, sys, time
host, port, seconds, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
end = time.perf_counter() + seconds - 1
while time.perf_counter() < end:
    started = time.perf_counter()
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    connection.close()
    print((time.perf_counter() - started) * 1000)
    time.sleep(pause)
"""
"""A process of its own, so that it does not wait for the listeners."""
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")


def rows() -> Iterator[Row]:
    """Serve on loopback, and listen: in a browser where there is one, then 200 at once."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (url, process):
        yield from _clicks(url, Path(folder))
        yield from asyncio.run(_crowd(url, process.pid))


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Lend the URL of a server in a process of its own."""
    command = [sys.executable, "-m", "voicebot", "serve", "--port", "0"]
    environment = {**os.environ, "HOME": str(folder), "VOICEBOT_DATA_DIR": str(folder / "data")}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    assert process.stdout
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def _clicks(url: str, folder: Path) -> Iterator[Row]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright

    from voicebot.client import Voicebot
    from voicebot.settings.load import load
    from voicebot.tts.protocol import SpeechRequest

    own = Voicebot(load(env={"HOME": str(folder)}, overrides={"data_dir": str(folder / "own")})).speaker(
        use_cache=False
    )
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page()
        page.goto(url + "/#tts")
        page.wait_for_selector(".choices input:checked", state="attached")
        cached = [_click(page, PHRASES[0], is_anew=False) for _ in range(RUNS + 1)][1:]
        later = []
        for n in range(RUNS):
            text = f"{n + 1}번째 문장입니다. {PHRASES[0]}"
            heard_ms = _click(page, text, is_anew=True)
            started_s = time.perf_counter()
            next(iter(own.stream(SpeechRequest(text))))
            later.append(heard_ms - (time.perf_counter() - started_s) * 1000)
        browser.close()
    measured = f"{statistics.median(cached):.0f} ms (worst {max(cached):.0f} ms)"
    yield Row("first audio in the browser after the click, cached phrase", measured, "at most 300 ms")
    measured = f"{statistics.median(later):.0f} ms (worst {max(later):.0f} ms)"
    yield Row("the same, uncached, after the engine's own first chunk", measured, "at most 100 ms")


def _click(page: Any, text: str, is_anew: bool) -> float:
    """Return the milliseconds from the click until the first sample sounds."""
    page.evaluate("document.querySelectorAll('.result').forEach(one => one.remove())")
    page.locator("#tts-text").fill(text)
    page.evaluate("anew => { document.querySelector('details .check input').checked = anew; }", is_anew)
    return float(
        page.evaluate(
            """async () => {
              const clicked = performance.now();
              document.querySelector("main button[type=submit]").click();
              for (;;) {
                const card = document.querySelector(".result");
                if (card?.dataset.heardMs && card.dataset.state === "done") return Number(card.dataset.heardMs) + Number(card.dataset.startedMs) - clicked;
                await new Promise(next => setTimeout(next, 5));
              }
            }"""
        )
    )


async def _crowd(url: str, pid: int) -> list[Row]:
    host, port = url.removeprefix("http://").split(":")
    heard: list[int] = []
    errors: list[str] = []
    memory_mb: list[float] = []
    texts = [" ".join(PHRASES[n:] + PHRASES[:n]) for n in range(len(PHRASES))]
    for text in texts:
        await _listen(host, port, text)
    end_s = time.perf_counter() + SECONDS

    async def listener(n: int) -> None:
        while time.perf_counter() < end_s:
            try:
                heard.append(await _listen(host, port, texts[n % len(texts)], end_s))
            except (OSError, ValueError, asyncio.IncompleteReadError) as exc:
                errors.append(type(exc).__name__)

    async def scales() -> None:
        while time.perf_counter() < end_s:
            memory_mb.append(_resident_mb(pid))
            await asyncio.sleep(LOOK_EVERY_S)

    command = [sys.executable, "-c", _WATCHER, host, port, str(SECONDS), str(LOOK_EVERY_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        await asyncio.gather(scales(), *(listener(n) for n in range(LISTENERS)))
        alive_ms = sorted(map(float, watcher.communicate()[0].split()))
    third = len(memory_mb) // 3
    grown = statistics.median(memory_mb[-third:]) - statistics.median(memory_mb[third : 2 * third])
    p99_ms = alive_ms[int(len(alive_ms) * 0.99)]
    what = f"{LISTENERS} streams at once for {SECONDS:.0f} s"
    done = f"{len(heard):,} streams, {len(errors)} errors, {sum(heard) / 1e6:,.0f} MB"
    return [
        Row(f"{what}: errors", done, "none"),
        Row(f"{what}: `/healthz` meanwhile", f"p99 {p99_ms:.0f} ms of {len(alive_ms)}", "under 200 ms"),
        Row(f"{what}: memory", f"{memory_mb[-1]:.0f} MB, {grown:+.0f} MB from the second third to the last", "flat"),
    ]


async def _listen(host: str, port: str, text: str, until_s: float | None = None) -> int:
    """Return how many bytes of audio came.

    Args:
        host: The server's.
        port: The server's.
        text: What to say.
        until_s: Listen as fast as a person does, and hang up then; None takes everything at once.

    Raises:
        ValueError: The stream was not whole.
    """
    body = json.dumps({"text": text, "stream": True}).encode()
    head = f"POST /api/v1/speech HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=connection, limit=RECEIVE_BYTES)
    try:
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            raise ValueError(answer[:40])
        total, began_s = 0, time.perf_counter()
        while (size := int(await reader.readline(), 16)) > 0:
            total += len(await reader.readexactly(size))
            await reader.readline()
            if until_s is not None:
                if time.perf_counter() > until_s:
                    break
                await asyncio.sleep(began_s + total / BYTES_A_SECOND - time.perf_counter())
        return total
    finally:
        writer.close()


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
