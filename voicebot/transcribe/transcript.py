"""A transcript for people and programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from voicebot.disk import write_atomically
from voicebot.transcribe.protocol import Segment


def lines(segments: Sequence[Segment]) -> Iterator[str]:
    """Yield a transcript as a person reads it."""
    for segment in segments:
        minutes, seconds = divmod(segment.start_s, 60)
        yield f"{int(minutes):02d}:{seconds:04.1f}\t{segment.track}\t{segment.text}"


def write_transcript(path: Path, segments: Sequence[Segment]) -> None:
    """Write a transcript as one JSON document."""
    document = {"segments": [asdict(segment) for segment in segments]}
    write_atomically(path, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode())
