"""What the converter's process is told, and what it answers; light, because both sides import it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = ("config.json", "checkpoint.pth")
"""What a converter's folder holds."""

EMBEDDING_MARK = b"PK\x03\x04"
"""How an embedding file (.pth) begins: it is a ZIP file."""


@dataclass(frozen=True)
class Options:
    """The converter that a process loads.

    Args:
        checkpoints: The folder with `config.json` and `checkpoint.pth`.
        device: Where it runs: cpu, cuda, cuda:1.
        tau: How freely the new voice varies, 0 to 1.
        source_embedding: The embedding of the voice that speaks before the conversion; None takes it from what it says.
    """

    checkpoints: Path
    device: str = "cpu"
    tau: float = 0.3
    source_embedding: Path | None = None


@dataclass(frozen=True)
class Task:
    """Speech to convert: 16-bit samples, and the voice to give it, as a file or its bytes."""

    samples: bytes
    sample_rate_hz: int
    target: bytes | Path


@dataclass(frozen=True)
class Ready:
    """The process has loaded the converter, or done a task."""

    samples: bytes
    sample_rate_hz: int


@dataclass(frozen=True)
class Failed:
    """The process could not.

    Args:
        is_input: What was given is to blame, not the converter.
        message: Why, without anything of what was said.
        hint: What to do next.
    """

    is_input: bool
    message: str
    hint: str | None = None
