"""How soon the command line answers."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row, process_ratio

BARE = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x", count: int = 1) -> None:
    "Do one thing."
@app.command()
def two(name: str = "x", count: int = 1) -> None:
    "Do another thing."
app()
"""


def rows() -> Iterator[Row]:
    """Measure --help against a bare Typer program's."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        ratio, ours_ms, bare_ms = process_ratio(
            [sys.executable, "-m", "voicebot", "--help"], [sys.executable, str(bare), "--help"]
        )
    measured = f"{ratio:.2f} times ({ours_ms:.0f} ms against {bare_ms:.0f} ms)"
    yield Row("`voicebot --help` against a bare Typer program's", measured, "at most 1.5 times")
