"""The programs on the library's page run, one after the other, as a reader would type them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

PAGE = Path(__file__).parent.parent.parent / "docs" / "library.md"
BLOCK = re.compile(r"^```python ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_programs_of_the_page_run(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    said = []
    for name, program in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        (tmp_path / (name or "program.py")).write_text(program, encoding="utf-8")
        if name:
            continue
        done = subprocess.run(
            [sys.executable, "program.py"],
            cwd=tmp_path, env={**kept, "HOME": str(tmp_path)}, capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.splitlines())
    assert said[0][0].startswith("네, 토요일에는")
    assert said[0][-1].startswith("there is no speech engine 'nobody' - the engines are: ")
    assert (tmp_path / "hello.wav").stat().st_size > 20_000
    assert float(said[1][0]) == pytest.approx(0.08 * len("두 시 반입니다"), abs=0.02)
    assert said[1][1].endswith(" - the voice is: sine")
