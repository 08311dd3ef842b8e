"""Every example in the documentation is run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from voicebot.cli.app import _Commands

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "README_ko.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ANSWERS = (["cache", "seed"], ["cache", "approve"], ["fillers", "generate"])
BEFORE = {"flow": ANSWERS, "test": ANSWERS}
"""What a page takes for granted."""


def commands(page: Path) -> list[tuple[str, str]]:
    """Return (command, expected output) pairs; a line of dots stands for any output."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(output)) for command, output in found]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_the_examples_of_a_page_print_what_it_says(page: Path, tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment = {**kept, "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    for step in BEFORE.get(page.stem, ()):
        subprocess.run(
            [sys.executable, "-m", "voicebot", *step],
            cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=120,
        )  # fmt: skip
    for command, expected in commands(page):
        program, *arguments = shlex.split(command)
        assert program == "voicebot"
        done = subprocess.run(
            [sys.executable, "-m", "voicebot", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        pattern = ".*".join(re.escape(part) for part in expected.split("..."))
        assert re.fullmatch(pattern, done.stdout.rstrip("\n"), re.DOTALL), (command, done.stdout)


@pytest.mark.parametrize("name", _Commands.table)
def test_every_command_is_on_a_page(name: str) -> None:
    assert any(f"voicebot {name}" in page.read_text(encoding="utf-8") for page in PAGES)


def test_no_text_file_names_a_machine_path_or_a_registry() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout.split("\n")
    for name in files:
        path = ROOT / name
        if path.suffix in (".py", ".md", ".yaml", ".json", ".toml", ".csv", ".tsv") and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "/work" + "/" not in text, name
