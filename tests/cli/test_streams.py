"""What a command does where it is started without a stream, or where its answers find no room."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system

VOICEBOT = f"{sys.executable} -m voicebot"


@pytest.fixture
def shell(home: Path, environment: Mapping[str, str]) -> Any:
    """Run a line of shell."""

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line], cwd=home, env=dict(environment), capture_output=True, encoding="utf-8", timeout=60
        )

    return run


def test_without_a_standard_input_the_text_is_empty(shell: Any) -> None:
    done = shell(f"{VOICEBOT} tts - -o q.wav <&-")
    assert (done.returncode, done.stderr.strip()) == (2, "voicebot: the text is empty (give a text to say)")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_bug(shell: Any, closed: str) -> None:
    assert shell(f"{VOICEBOT} korean spoken 3시 {closed}").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", ["korean spoken 3시", "config show", "tts 안녕 -o -", "--help", "tts --help"])
def test_answers_that_find_no_room_are_one_line(shell: Any, command: str) -> None:
    done = shell(f"{VOICEBOT} {command} >/dev/full")
    assert done.returncode == 6
    assert done.stderr.startswith("voicebot: standard output: No space left on device")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("tts hi --speed 99", "'--speed': must be at most 2"),
        ("tts hi --encoding gsm", "'--encoding': 'gsm' is not one of 'pcm16', 'mulaw'."),
        ("--backend gcp doctor", "'--backend': 'gcp' is not one of 'local', 'aws'."),
    ],
)
def test_a_wrong_option_is_told_in_a_persons_words(shell: Any, arguments: str, told: str) -> None:
    done = shell(f"COLUMNS=200 {VOICEBOT} {arguments}")
    assert done.returncode == 2
    assert f"Invalid value for {told}" in done.stderr


def test_a_drawing_of_another_kind_is_refused(shell: Any) -> None:
    done = shell(f"{VOICEBOT} flow diagram connect_flows/inbound.json -o flow.png")
    assert (done.returncode, "not drawn as .png" in done.stderr) == (2, True)


def test_a_file_without_any_number_is_no_list_of_opt_outs(shell: Any) -> None:
    done = shell(f"printf 'a,b\\nx,y\\n' > list.csv; {VOICEBOT} optout import list.csv")
    assert (done.returncode, "list.csv: no line holds a telephone number" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", ["--help", "cache --help", "cache inbox add --help", "voices list"])
def test_whoever_reads_only_the_first_line_gets_no_error(shell: Any, command: str) -> None:
    done = shell(f"set -o pipefail; {VOICEBOT} {command} | head -1")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("columns", [40, 60])
def test_help_on_a_narrow_terminal_has_every_option_whole(shell: Any, columns: int) -> None:
    done = shell(f"COLUMNS={columns} {VOICEBOT} cache coverage --help")
    for option in ("--predictions", "--min-hit-rate", "--max-false-hit-rate"):
        assert option in done.stdout


def test_work_goes_on_when_nobody_listens_to_the_talk_beside_it(shell: Any) -> None:
    done = shell(f"{VOICEBOT} cache seed; {VOICEBOT} cache approve --limit 8 2>&1 | head -1; {VOICEBOT} cache stats")
    assert "approved     8" in done.stdout, done.stdout


@pytest.mark.parametrize("command", ["cache seed -q", "cache inbox list -q", "tts 안녕 -q"])
def test_an_option_that_stands_before_the_command_is_told_where_it_belongs(shell: Any, command: str) -> None:
    done = shell(f"COLUMNS=200 {VOICEBOT} {command}")
    assert done.returncode == 2
    assert "Invalid value: -q stands before the command: voicebot -q ..." in done.stderr
