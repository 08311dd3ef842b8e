"""The review screen, on a real terminal."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.settings.load import load

pytestmark = pytest.mark.system

TIMEOUT_S = 30.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\r\x07]")


def _sit_at_terminal() -> None:
    """Have Ctrl-C be a signal, also where the tests themselves were started to ignore it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A person at a terminal: reads what is drawn, presses keys."""

    def __init__(self, environment: dict[str, str], folder: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        command = [sys.executable, "-m", "voicebot", "cache", "approve", "--interactive", *arguments]
        more = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment | more,
            start_new_session=True,
            preexec_fn=_sit_at_terminal,
        )
        os.close(slave)
        self._seen = ""

    def expect(self, text: str) -> str:
        """Return what is drawn up to and with `text`."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while text not in self._seen:
            ready, _, _ = select.select([self._master], [], [], max(0.0, deadline_s - time.monotonic()))
            assert ready, f"{text!r} was not drawn, but: {self._seen}"
            try:
                data = os.read(self._master, 65536)
            except OSError:
                raise AssertionError(f"the command ended without {text!r}: {self._seen}") from None
            self._seen += _CONTROL.sub("", data.decode(errors="replace"))
        seen, _, self._seen = self._seen.partition(text)
        return seen + text

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def voicebot(home: Path) -> Iterator[Voicebot]:
    client = Voicebot(load(env={"HOME": str(home), "VOICEBOT_DATA_DIR": str(home / "data")}))
    yield client
    client.database.close()


@pytest.fixture
def player(home: Path, environment: dict[str, str]) -> Path:
    """A loudspeaker that keeps what it is given."""
    programs = home / "programs"
    programs.mkdir()
    heard = home / "heard.wav"
    aplay = programs / "aplay"
    aplay.write_text(f'#!/bin/sh\nfor file; do :; done\ncp "$file" "{heard}"\n')
    aplay.chmod(0o755)
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    return heard


def record(voicebot: Voicebot, *utterances: str, answer: str | None = "네, 돼요.") -> None:
    for utterance in utterances:
        voicebot.inbox.record(Miss(voicebot.lookup.key(utterance), utterance, answer))


def test_a_person_plays_edits_approves_rejects_skips_and_undoes(
    voicebot: Voicebot, home: Path, environment: dict[str, str], player: Path
) -> None:
    record(voicebot, "주차 되나요", "세차 되나요", "광택 되나요")
    terminal = Terminal(environment, home)
    assert "주차 되나요" in terminal.expect("q quit")
    terminal.press("\x1b[A")  # an arrow, whose last byte is an A
    terminal.press("p")
    terminal.expect("1 of 3")
    terminal.expect("q quit")
    assert player.read_bytes()[:4] == b"RIFF"
    terminal.press("e")
    terminal.expect("answer> 네, 돼요.")
    terminal.press(" 지점마다 달라요.\r")
    terminal.expect("네, 돼요. 지점마다 달라요.")
    terminal.expect("q quit")
    terminal.press("a")
    terminal.expect("2 of 3")
    terminal.expect("q quit")
    terminal.press("r")
    terminal.expect("3 of 3")
    terminal.expect("q quit")
    terminal.press("u")
    terminal.expect("2 of 3")
    terminal.expect("q quit")
    terminal.press("x")  # no such key
    terminal.press("s")
    terminal.expect("3 of 3")
    terminal.expect("q quit")
    terminal.press("ㄱ")  # r on a Korean keyboard
    terminal.expect("1 approved (1 edited), 1 rejected, 1 skipped")
    assert terminal.process.wait(timeout=30) == 0
    terminal.close()
    answer = voicebot.lookup.find("주차 되나요").answer
    assert answer is not None
    assert answer.text == "네, 돼요. 지점마다 달라요."
    counts = voicebot.inbox.counts()
    assert (counts["approved"], counts["rejected"], counts["pending"]) == (1, 1, 1)


def test_what_cannot_be_done_is_said_and_the_screen_stays(
    voicebot: Voicebot, home: Path, environment: dict[str, str]
) -> None:
    record(voicebot, "주차 되나요", answer=None)
    terminal = Terminal(environment, home)
    terminal.expect("there is no answer yet")
    terminal.expect("q quit")
    terminal.press("a")
    terminal.expect("it cannot be approved: there is no answer yet (edit the answer)")
    terminal.expect("q quit")
    terminal.press("u")
    terminal.expect("there is nothing to undo")
    terminal.expect("q quit")
    terminal.press("e")
    terminal.expect("answer> ")
    terminal.press("{nothing.known}\r")
    terminal.expect("'nothing.known' is not known")
    terminal.expect("q quit")
    terminal.press("q")
    terminal.expect("0 approved, 0 rejected, 0 skipped")
    assert terminal.process.wait(timeout=30) == 0
    terminal.close()
    assert voicebot.inbox.counts()["pending"] == 1
    assert voicebot.inbox.owners() == []


def test_ctrl_c_puts_back_what_is_open(voicebot: Voicebot, home: Path, environment: dict[str, str]) -> None:
    record(voicebot, "주차 되나요")
    terminal = Terminal(environment, home)
    terminal.expect("q quit")
    assert len(voicebot.inbox.owners()) == 1
    terminal.press("\x03")
    assert terminal.process.wait(timeout=30) == 130
    terminal.close()
    assert voicebot.inbox.owners() == []
    assert voicebot.inbox.counts()["pending"] == 1


def test_a_rule_does_its_part_before_the_person_does(
    voicebot: Voicebot, home: Path, environment: dict[str, str]
) -> None:
    record(voicebot, "주차 되나요", answer="30,000원이에요.")
    voicebot.inbox.record(Miss("세차되나요", "세차 되나요", "네, 돼요.", source="person", confidence=1.0))
    rule = home / "rule.yaml"
    rule.write_text("approve: {'*': 0.9}\n")
    terminal = Terminal(environment, home, "--rule", str(rule))
    terminal.expect("1 of 1")
    terminal.expect("the answer holds a price")
    terminal.expect("q quit")
    terminal.press("a")
    terminal.expect("1 approved, 0 failed, 1 wait for a person, reviewed: 1 approved, 0 rejected, 0 skipped")
    assert terminal.process.wait(timeout=30) == 0
    terminal.close()
    assert voicebot.inbox.counts()["approved"] == 2


def test_without_a_terminal_it_says_so(home: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", "cache", "approve", "--interactive", "--json"],
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", cwd=home, env=environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    error = json.loads(done.stderr)
    assert "terminal" in error["message"]
    assert "--rule" in error["hint"]
