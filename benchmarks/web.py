"""The page and the bridge: how soon a click is heard, and what many listeners at once do to everybody else."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import crowd
from benchmarks.crowd import PHRASES
from benchmarks.table import Row

RUNS = 9
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")


def rows() -> Iterator[Row]:
    """Serve on loopback, and listen: in a browser where there is one, then 200 at once, to the page and to the bridge."""
    for application in (crowd.PAGE, crowd.BRIDGE):
        with tempfile.TemporaryDirectory() as folder, crowd.serving(application, Path(folder)) as served:
            if application is crowd.PAGE:
                yield from _clicks(served.url, Path(folder))
            yield from crowd.rows(served)


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
