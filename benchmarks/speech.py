"""How soon speech is heard."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row
from voicebot.client import Voicebot
from voicebot.settings import load
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker

SENTENCE = "엔진오일은 만 킬로미터나 일 년마다 갈아 주시면 좋습니다. "


def rows() -> Iterator[Row]:
    """Measure the first audio of a long text against a short one's."""
    with tempfile.TemporaryDirectory() as folder:
        voicebot = Voicebot(load(env={"HOME": folder}, overrides={"data_dir": str(Path(folder) / "data")}))
        speaker = voicebot.speaker(use_cache=False)
        short, long = (SENTENCE * 70)[:100], (SENTENCE * 70)[:2000]
        _first_audio_s(speaker, short)
        pairs = [(_first_audio_s(speaker, long), _first_audio_s(speaker, short)) for _ in range(30)]
    ratio = statistics.median(a / b for a, b in pairs)
    short_ms = 1000 * statistics.median(b for _, b in pairs)
    measured = f"{ratio:.2f} times ({short_ms:.1f} ms for the short one)"
    yield Row("first audio of 2,000 characters against that of 100 (`local`)", measured, "at most 1.2 times")


def _first_audio_s(speaker: Speaker, text: str) -> float:
    started_s = time.perf_counter()
    chunks = iter(speaker.stream(SpeechRequest(text)))
    next(chunks)
    taken_s = time.perf_counter() - started_s
    chunks.close()  # type: ignore[attr-defined]
    return taken_s
