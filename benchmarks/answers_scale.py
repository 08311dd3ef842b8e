"""A million answers: how long an import takes, what memory, and how fast an exact lookup is afterwards.

Not part of `make bench`: it takes minutes. Run: python benchmarks/answers_scale.py [LINES]
A million lines are written into docs/benchmarks.md.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from benchmarks.table import APART, PAGE, Row, call_ms, table
from voicebot.audio.clip import Clip
from voicebot.cache.clips import store_clip
from voicebot.cache.lookup import LookupResult
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load

LINES = 1_000_000
_TOPICS = ("엔진오일", "타이어", "배터리", "브레이크", "에어컨", "와이퍼", "정기점검", "세차", "보험", "예약")


def rows(lines: int = LINES) -> Iterator[Row]:
    """Import `lines` answers in a process of its own, then look some of them up in this one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        voicebot = Voicebot(load(env={"HOME": folder}, overrides={"data_dir": str(home / "data")}), HANDLERS)
        table = home / "answers.csv"
        _write(table, lines, store_clip(voicebot.blobs, Clip(np.zeros(8000, np.int16), 8000)))
        took_s, busy_s, peak_mb = _import(home, table)
        measured = f"{took_s:.0f} s, of which {busy_s:.0f} s of processor time in two processes"
        yield Row(f"import of {lines:,} lines", measured, "120 s at most")
        yield Row("the most memory of that process", f"{peak_mb:.0f} MB", "200 MB at most")
        numbers = iter(np.random.default_rng(7).integers(0, lines, 20_000).tolist())
        find = voicebot.lookup.find
        busy: list[float] = []
        median_ms, p99_ms = call_ms(lambda: _find(find, _question(next(numbers)), busy), runs=10_000)
        busy_ms = sorted(busy)[int(len(busy) * 0.99)]
        measured = f"median {median_ms:.2f} ms, 99th percentile {p99_ms:.2f} ms ({busy_ms:.2f} ms of processor time)"
        yield Row(f"an exact lookup at {lines:,} answers (SQLite)", measured, "3 ms at most (99th percentile)")
        voicebot.database.close()


def _question(number: int) -> str:
    return f"{_TOPICS[number % 10]} {number}번 문의인데요 언제 되나요"


def _write(path: Path, lines: int, clip: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "utterance", "answer", "intent", "text", "clips", "engine", "voice"))
        for number in range(lines):
            answer = f"네, {number}번 문의는 접수한 날부터 사흘 안에 연락드리겠습니다."
            writer.writerow((f"a{number}", _question(number), answer, "booking_check", answer, clip, "local", "ko"))


def _import(home: Path, table: Path) -> tuple[float, float, float]:
    """Return the seconds, the processor's seconds and the megabytes of a process that imports a table."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "VOICEBOT_DATA_DIR": str(home / "data")}
    command = [sys.executable, "-m", "voicebot", "cache", "import", str(table), "--json"]
    started_s = time.perf_counter()
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parent.parent, stdout=subprocess.DEVNULL)
    took_s = time.perf_counter() - started_s
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _find(find: Callable[[str], LookupResult], question: str, busy_ms: list[float]) -> None:
    started_s = time.thread_time()
    found = find(question)
    busy_ms.append((time.thread_time() - started_s) * 1000)
    assert found.is_hit


def main() -> None:
    """Measure, print and, of a million lines, write."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    measured = []
    for row in rows(lines):
        print(row.line(), flush=True)
        measured.append(row)
    if lines == LINES:
        before, _, _ = PAGE.read_text(encoding="utf-8").partition(APART)
        by = "Written by `benchmarks/answers_scale.py`, which takes minutes."
        PAGE.write_text(f"{before}{APART}\n{by}\n\n{table(measured)}", encoding="utf-8")


if __name__ == "__main__":
    main()
