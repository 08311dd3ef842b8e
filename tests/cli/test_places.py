"""A place where nothing can be written is said before the work, and what is at fault by its name."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system

FLOW = ("flow", "run", "connect_flows/inbound.json")


@pytest.fixture(autouse=True)
def obstacles(home: Path) -> None:
    (home / "folder").mkdir()
    (home / "file").write_text("", encoding="utf-8")
    (home / "lines.txt").write_text("하나\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((*FLOW, "--record", "folder"), 2, "folder: this is a folder (name a file)"),
        ((*FLOW, "--record", "call.mp3"), 2, "call.mp3: calls are recorded as WAV (end it with .wav)"),
        ((*FLOW, "--transcript", "file/x.json"), 3, "file: this is a file, not a folder (name another place)"),
        ((*FLOW, "--export-testcase", "x.json"), 2, "a test case is made of a scenario (name one with --scenario)"),
        (("test", "scenarios", "--junit", "folder"), 2, "folder: this is a folder (name a file)"),
        (("tts", "하나", "-o", "file/x.wav"), 3, "file: this is a file, not a folder (name another place)"),
        (("tts", "-f", "lines.txt", "--out-dir", "file"), 3, "file: this is a file, not a folder (name another place)"),
        (("tts", "하나", "-f", "lines.txt"), 2, "there are a text and a file (give one of them)"),
        (("tts", "-f", "folder"), 2, "folder: this is a folder (name a file)"),
        (
            ("voices", "compare", "하나", "--out-dir", "file"),
            3,
            "file: this is a file, not a folder (name another place)",
        ),
        (("voices", "compare", "하나", "--html", "folder"), 2, "folder: this is a folder (name a file)"),
        (("lex", "publish", "--version", "3"), 2, "--version says where --rollback goes (add --rollback)"),
        (("optout", "import", "file"), 2, "file: the file is empty (one number a line, or a column number)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_it_is_one_line_before_anything_is_done(
    run: Any, home: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"voicebot: {told}\n")
    assert not (home / "data" / "voicebot.db").exists()


def test_a_data_folder_that_is_a_file_is_named_itself(run: Any, home: Path) -> None:
    done = run("cache", "list", VOICEBOT_DATA_DIR=str(home / "file"))
    assert (done.returncode, done.stderr) == (
        3,
        f"voicebot: {home / 'file'}: this is a file, not a folder (name another place)\n",
    )


def test_files_of_one_call_are_not_left_out_silently_where_there_are_several(run: Any) -> None:
    done = run(*FLOW, "--scenario", "scenarios/inbound", "--record", "call.wav")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--record" in done.stderr
