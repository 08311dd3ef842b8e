"""Commands as a person types them: whole processes in an empty home."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(home), "VOICEBOT_DATA_DIR": str(home / "data"), "LC_ALL": "C"}


@pytest.fixture
def run(home: Path, environment: dict[str, str]) -> Run:
    """Run voicebot and return what it printed and its exit code."""

    def command(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "voicebot", *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            cwd=home,
            env=environment | variables,
            timeout=120,
        )

    return command
