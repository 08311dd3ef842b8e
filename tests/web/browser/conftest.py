"""A real Chromium in front of a real server with answers in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import npm_package
from tests.fakes.speech_servers.fish import SERVER_HZ, FishServerWire, endless_header
from tests.fakes.speech_servers.server import Reply, Seen, SpeechServer
from tests.web.conftest import running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.flow.world import SEOUL
from voicebot.settings.load import load
from voicebot.web.app import create_app

AXE = "axe-core@4.14.1"
ROOT = Path(__file__).parents[3]
SHOTS = ROOT / "build" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)  # fmt: skip
PIECE_S, PIECES = 0.25, 12
NOON_S = datetime(2026, 11, 25, 12, tzinfo=SEOUL).timestamp()

Open = Callable[..., Any]


def chromium() -> str | None:
    """Return the system's Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class _Steady:
    """A body that is made as slowly as it is heard."""

    def __init__(self, stopping: Any) -> None:
        self._stopping = stopping

    def __iter__(self) -> Iterator[bytes]:
        yield endless_header(SERVER_HZ)
        for _ in range(PIECES):
            yield b"\x10\x20" * round(SERVER_HZ * PIECE_S)
            self._stopping.wait(PIECE_S)


class SteadyFish(FishServerWire):
    """A Fish Speech server that takes as long for the speech as the speech takes."""

    stopping: Any = None

    def speech(self, seen: Seen, url: str) -> Reply:
        return Reply(200, "audio/wav", _Steady(self.stopping))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with approved answers, waiting ones, and a slow Fish Speech behind it."""
    home = tmp_path_factory.mktemp("site")
    wire = SteadyFish()
    with SpeechServer(wire) as fish, running() as run:
        wire.stopping = fish.stopping
        settings = load(
            env={"HOME": str(home)},
            overrides={"data_dir": str(home / "data"), "web.port": 0, "tts.fish.base_url": fish.url, "tts.tries": 1},
        )
        for step in (["seed"], ["approve", "--limit", "30"]):
            command = [sys.executable, "-m", "voicebot", "cache", *step]
            environment = {**os.environ, "HOME": str(home), "VOICEBOT_DATA_DIR": str(home / "data")}
            subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True, timeout=120)
        noon = VirtualClock(NOON_S)  # nobody is called in the quiet hours
        yield run(create_app(Voicebot(settings, HANDLERS, noon)), settings)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as run:
        started = run.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, site: str) -> Iterator[Open]:
    """Return a function that opens the page at a tab; whatever goes wrong on it fails the test."""
    contexts: list[Any] = []
    problems: list[str] = []

    def open_page(
        tab: str = "tts", *, url: str = site, is_dark: bool = False, is_phone: bool = False, **options: Any
    ) -> Any:
        context = browser.new_context(
            base_url=url,
            locale=options.pop("locale", "ko-KR"),
            color_scheme="dark" if is_dark else "light",
            viewport=PHONE if is_phone else WIDE,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(f"/#{tab}")
        page.wait_for_selector("h1")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def shoot() -> Callable[[Any, str], None]:
    """Return a function that keeps a picture of a page for people to look at."""

    def shoot(page: Any, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SHOTS / f"{name}.png"))

    return shoot


@pytest.fixture(scope="module")
def axe() -> str:
    """Return axe-core's script, which npm brings."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    os.environ.setdefault("npm_config_update_notifier", "false")
    return (npm_package(npm, AXE) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
