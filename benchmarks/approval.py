"""How much faster approval is with many workers, on an engine that takes its time."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Row
from voicebot.audio.clip import Clip
from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.cache.approval.approver import Approval
from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.tts.protocol import EngineInfo

ENGINE_S = 0.2
WORKERS = 16
ITEMS_EACH = 15


class SlowVoice:
    """A voice whose engine takes 200 ms, as one across a network does."""

    engine = "slow"
    voice = ""

    def prompt(self, text: str) -> Clip:
        """Return a tone."""
        time.sleep(ENGINE_S)
        wave = np.sin(np.arange(8000) * (0.1 + sum(text.encode()) % 89 / 100)) * 8000
        return Clip(wave.astype(np.int16), 8000)


def rows() -> Iterator[Row]:
    """Measure approvals a second with one worker and with many."""
    one, many = _per_second(1), _per_second(WORKERS)
    measured = f"{many / one:.1f} times ({one:.1f} and {many:.1f} items a second)"
    yield Row(f"cache approve with {WORKERS} workers against one, on a 200 ms engine", measured, "at least 12 times")


def _per_second(workers: int) -> float:
    items = ITEMS_EACH * workers
    with tempfile.TemporaryDirectory() as folder:
        voicebot = Voicebot(load(env={"HOME": folder}, overrides={"data_dir": str(Path(folder) / "data")}))
        for n in range(items):
            voicebot.inbox.record(Miss(f"물음{n}", f"물음 {n}번이에요", f"{n}번 답이에요.", source="seed"))
        info = EngineInfo("slow", False, (8000,), ("pcm_s16le",), ("ko",), False, 1000, 0.0, "1")
        voice = AnswerVoice(SlowVoice(), info)
        publisher = voicebot.answer_publisher(voice)
        approval = Approval(voicebot.inbox, publisher, voice, voicebot.orphans, voicebot.clock, 60.0)
        started_s = time.perf_counter()
        report = approval.run(workers=workers)
        took_s = time.perf_counter() - started_s
        assert report.approved == items, report
        voicebot.database.close()
    return items / took_s
