"""What a person sees of each fault of each engine's server, through the whole stack; docs/tts-faults.md is written from it.

VOICEBOT_WRITE_DOCS=1 writes the page anew.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.speech_servers.server import KEY, Fault
from tests.tts.engines.cases import CASES, Case, dead_url
from tests.tts.engines.conftest import nobody
from voicebot.cli.exits import exit_for
from voicebot.errors import VoicebotError
from voicebot.settings.tts import TtsSettings
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest
from voicebot.tts.stack import build_link, build_stack

pytestmark = pytest.mark.contract

__all__ = ["nobody"]

PAGE = Path(__file__).parents[2] / "docs" / "tts-faults.md"
TEXT = "고객님 번호는 010-1234-5678입니다."
LIMITS = {"connect_s": 0.4, "first_byte_s": 1.2, "total_s": 2.0}
SLACK_S = 1.0
"""For a busy machine: threads that start, connections that close."""

AT_ONCE = 6
REFUSED = "connection refused"

FAULTS: dict[str, tuple[Fault, set[int]]] = {
    "401": (Fault("status", 401), {1}),
    "402": (Fault("status", 402), {1}),
    "403": (Fault("status", 403), {1}),
    "404": (Fault("status", 404), {1}),
    "422": (Fault("status", 422), {1}),
    "429": (Fault("status", 429), {2, 3}),
    "429, Retry-After: 1": (Fault("status", 429, "1"), {2}),
    "429, Retry-After: 7": (Fault("status", 429, "7"), {1}),
    "500": (Fault("status", 500), {2, 3}),
    "503": (Fault("status", 503), {2, 3}),
    "503, Retry-After: 1": (Fault("status", 503, "1"), {2}),
    REFUSED: (Fault(), {2, 3}),
    "nothing is ever answered": (Fault("never"), {1, 2, 3}),
    "no audio after the headers": (Fault("silent"), {1, 2, 3}),
    "audio without an end": (Fault("drip"), {1, 2, 3}),
    "stream cut in the middle": (Fault("cut"), {1, 2, 3}),
    "empty body": (Fault("empty"), {1, 2, 3}),
    "JSON with status 200": (Fault("json"), {1}),
    "a web page with status 200": (Fault("page"), {1}),
}
"""What goes wrong, and how often the server may have been asked when the error is told."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    fault: str
    message: str
    hint: str
    exit: int
    asked: int
    took_s: float

    def line(self) -> str:
        """Return the line in Markdown."""
        start, mark, rest = self.message.partition("127.0.0.1:")  # the port differs from run to run
        message = f"{start}127.0.0.1{rest.lstrip('0123456789')}" if mark else self.message
        tried = f"{self.asked} times" if self.asked > 1 else "no"
        return f"| {self.fault} | {message} | {self.hint} | {self.exit} | {tried} | {self.took_s:.2f} s |"


class Counted:
    """Counts how often an engine is asked."""

    def __init__(self, engine: SpeechEngine) -> None:
        self.info, self.voices, self.health = engine.info, engine.voices, engine.health
        self.asked = 0
        self._engine = engine

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        self.asked += 1
        return self._engine.stream(request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_fault_is_told_in_time_and_as_the_page_says(case: Case) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        rows = list(threads.map(lambda fault: told(case, fault), FAULTS))
    if os.environ.get("VOICEBOT_WRITE_DOCS") == "1":
        write(case, rows)
    as_written = set(map(told_part, written_section(case)))
    for place, (fault, row) in enumerate(zip(FAULTS, rows, strict=True)):
        if told_part(row.line()) not in as_written:  # alone: a busy machine may have had no time for another try
            rows[place] = told(case, fault)
    seen, written = ([told_part(line) for line in lines] for lines in (section(case, rows), written_section(case)))
    assert seen == written


def told(case: Case, fault: str) -> Row:
    """Return what comes of a fault when a text is to be spoken as every command speaks."""
    what, tries = FAULTS[fault]
    tts = TtsSettings.model_validate({case.engine: LIMITS})
    with case.serve(what) as server:
        engine = Counted(case.build(dead_url() if fault == REFUSED else server.url, **LIMITS))
        stack = build_stack({case.engine: build_link(case.engine, engine, tts)}, tts)
        started_s = time.monotonic()
        with pytest.raises(VoicebotError) as caught:
            list(stack.stream(SpeechRequest(TEXT)))
        took_s = time.monotonic() - started_s
    error = caught.value
    assert took_s < LIMITS["total_s"] + SLACK_S, fault
    assert engine.asked in tries or took_s > LIMITS["total_s"] / 2, fault  # a starved machine has no time to try again
    assert error.hint, fault
    for secret in (KEY, "010", "1234", "공일공", "일이삼사"):
        assert secret not in error.message + error.hint, fault
    return Row(fault, error.message, error.hint, int(exit_for(error)), engine.asked, took_s)


def section(case: Case, rows: list[Row]) -> list[str]:
    """Return an engine's part of the page."""
    head = ["| fault | what you see | what to do | exit | tried again | took |", "|---|---|---|---|---|---|"]
    return [f"## {case.name}", "", *head, *(row.line() for row in rows)]


def written_section(case: Case) -> list[str]:
    """Return an engine's part of the page as it is."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return next((f"## {part}".splitlines() for part in parts if part.startswith(f"{case.name}\n")), [])


def write(case: Case, rows: list[Row]) -> None:
    """Put an engine's part into the page, in the order of the engines."""
    parts = {one.name: "\n".join(written_section(one)) for one in CASES} | {case.name: "\n".join(section(case, rows))}
    PAGE.write_text("\n\n".join([HEAD, *filter(None, parts.values())]) + "\n", encoding="utf-8")


def told_part(line: str) -> str:
    """Return a line without its last two columns, which depend on how busy the machine is."""
    return line.rpartition(" | ")[0].rpartition(" | ")[0] if line.endswith(" s |") else line


HEAD = f"""# What you see when a speech provider fails

Written by `tests/tts/test_fault_table.py` (`VOICEBOT_WRITE_DOCS=1 pytest tests/tts/test_fault_table.py`): every engine
against a server of its own on this machine, over real sockets, through everything that `voicebot tts` puts around an engine.
The limits there are {LIMITS["connect_s"]:g} s for the connection, {LIMITS["first_byte_s"]:g} s for the first audio and {LIMITS["total_s"]:g} s in all, tries and pauses included
(`tts.<engine>.connect_s`, `first_byte_s`, `total_s`). Nothing took longer than {LIMITS["total_s"]:g} s but for what this machine
needs to stop threads.

*Exit* is the exit code: 3 configuration, 5 refused, 6 unavailable, try again. *Tried again* says how often the server was asked.
That happens only before any audio was heard, only where it may help, and only if there is time for it: a `Retry-After`
longer than what is left is told at once. Providers' own words are never shown: they may repeat the text or a part of the key."""
