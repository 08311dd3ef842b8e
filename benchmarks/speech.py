"""How soon speech is heard, what the wrappers cost, and what more workers bring."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.table import Row
from tests.fakes.speech_servers.server import Fault
from tests.tts.engines.cases import CASES, Case
from voicebot.errors import ConfigError
from voicebot.korean.dictionary import load_pronunciations
from voicebot.korean.spoken import spoken_form
from voicebot.settings.tts import TtsSettings
from voicebot.tts.batch import Batch
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechEngine, SpeechRequest, VoiceInfo
from voicebot.tts.registry import build_engine
from voicebot.tts.speaker import Speaker
from voicebot.tts.stack import build_link, build_stack

SENTENCE = "엔진오일은 만 킬로미터나 일 년마다 갈아 주시면 좋습니다. "
ON_THIS_MACHINE = ("local", "supertonic")
ENGINE_S = 0.2
SETTLE_S = 0.02
LINES, WORKERS, LINES_OF_ONE = 500, 16, 40
RUNS, PAIRS, RUNS_OF_SERVED = 60, 200, 8
NOBODY = {"AWS_ACCESS_KEY_ID": "AKIALOOPBACK", "AWS_SECRET_ACCESS_KEY": "loopback", "AWS_EC2_METADATA_DISABLED": "true"}
"""For Polly's client, whose server here asks for nothing."""


class Paced:
    """Takes 200 ms for each text, as a good provider does: half of it before the first audio."""

    info = EngineInfo("paced", True, (8000,), ("pcm_s16le",), ("ko",), False, 1000, 0.0, "1")

    def voices(self) -> list[VoiceInfo]:
        """Return none."""
        return []

    def health(self) -> Health:
        """Return good health."""
        return Health(True, "scripted")

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return a second of audio."""
        time.sleep(ENGINE_S / 2)
        for _ in range(10):
            yield AudioChunk(b"\1\0" * 800, "pcm_s16le", 8000)
            time.sleep(ENGINE_S / 20)


def rows() -> Iterator[Row]:
    """Measure each engine that runs here, and each client of a provider against a server that takes 300 ms."""
    engines = {"paced": Paced(), **dict(_engines())}
    for name, engine in engines.items():
        yield _first_audio(name, engine, RUNS)
    for case in CASES:
        with _served(case) as engine:
            yield _first_audio(case.name, engine, RUNS_OF_SERVED)
    for name, engine in engines.items():
        yield _overhead(name, engine, PAIRS if name in ON_THIS_MACHINE else RUNS)
    for case in CASES:
        with _served(case) as engine:
            yield _overhead(case.name, engine, RUNS_OF_SERVED)
    yield _workers()
    yield _spoken()


@contextmanager
def _served(case: Case) -> Iterator[SpeechEngine]:
    """Give an engine whose server on this machine takes as long as a provider."""
    for name, value in NOBODY.items():
        os.environ.setdefault(name, value)
    with case.serve(Fault("slow")) as server:
        yield case.build(server.url)


def _engines() -> Iterator[tuple[str, SpeechEngine]]:
    for name in ON_THIS_MACHINE:
        try:
            engine = build_engine(name, getattr(TtsSettings(), name))
            if engine.health().ok:
                yield name, engine
        except ConfigError:
            continue


def _stack(name: str, engine: SpeechEngine) -> SpeechEngine:
    return build_stack({name: build_link(name, engine, TtsSettings())}, TtsSettings())


def _first_audio(name: str, engine: SpeechEngine, runs: int) -> Row:
    speaking = _stack(name, engine)
    short, long = (SENTENCE * 70)[:100], (SENTENCE * 70)[:2000]
    _first_audio_s(speaking, short)
    pairs = [(_first_audio_s(speaking, long), _first_audio_s(speaking, short)) for _ in range(runs)]
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    measured = f"{ratio:.2f} times ({1000 * statistics.median(b for _, b in pairs):.1f} ms for the short one)"
    return Row(f"first audio of 2,000 characters against that of 100 (`{name}`)", measured, "at most 1.2 times")


def _first_audio_s(engine: SpeechEngine, text: str) -> float:
    started_s = time.perf_counter()
    chunks = iter(engine.stream(SpeechRequest(text)))
    next(chunks)
    taken_s = time.perf_counter() - started_s
    chunks.close()  # type: ignore[attr-defined]
    time.sleep(SETTLE_S)  # the engine stops at its next chunk; its last work is not the next text's
    return taken_s


def _overhead(name: str, engine: SpeechEngine, runs: int) -> Row:
    """Compare one piece through all wrappers with the same piece from the bare engine, in pairs.

    The two of a pair run one right after the other, now this one first and now that, and the middle of their ratios
    counts: what else the machine does meanwhile slows both of them or is one of the odd pairs.
    """
    speaking = _stack(name, engine)
    text = (SENTENCE * 10)[:100].strip()
    _total_s(speaking, text)
    pairs: list[tuple[float, float]] = []
    for _ in range((runs + 1) // 2):
        pairs.append((_total_s(speaking, text), _total_s(engine, text)))
        bare_s = _total_s(engine, text)
        pairs.append((_total_s(speaking, text), bare_s))
    added = statistics.median(whole_s / bare_s for whole_s, bare_s in pairs) - 1
    bare_ms = 1000 * statistics.median(bare_s for _, bare_s in pairs)
    measured = f"{added:+.1%} ({added * bare_ms:+.2f} ms on {bare_ms:.1f} ms)"
    return Row(f"all wrappers against the engine alone, 100 characters (`{name}`)", measured, "at most 5 %")


def _total_s(engine: SpeechEngine, text: str) -> float:
    started_s = time.perf_counter()
    for _ in engine.stream(SpeechRequest(text)):
        pass
    return time.perf_counter() - started_s


def _workers() -> Row:
    one_s, many_s = _line_s(LINES_OF_ONE, 1), _line_s(LINES, WORKERS)
    measured = f"{one_s / many_s:.1f} times ({1 / one_s:.1f} and {1 / many_s:.1f} lines a second)"
    what = f"batch of {LINES} lines with {WORKERS} workers against one worker, engine of {ENGINE_S * 1000:.0f} ms"
    return Row(what, measured, "at least 12 times")


def _spoken() -> Row:
    """Read each sentence of the list as `voicebot korean spoken` does, with the dictionary that comes with voicebot."""
    lines = (Path(__file__).parent.parent / "tests" / "korean" / "spoken_cases.tsv").read_text(encoding="utf-8")
    sentences = [line.split("\t")[0] for line in lines.splitlines() if line and not line.startswith("# ")]
    words = load_pronunciations()
    times_ms = []
    for number in range(6):
        for sentence in sentences:
            started_s = time.perf_counter()
            spoken_form(sentence, words)
            if number:  # the first round compiles the patterns
                times_ms.append(1000 * (time.perf_counter() - started_s))
    times_ms.sort()
    median, most = statistics.median(times_ms), times_ms[int(0.99 * len(times_ms))]
    measured = f"median {median:.3f} ms, 99th percentile {most:.3f} ms"
    return Row(f"the spoken form of a sentence ({len(sentences)} sentences)", measured, "under 0.2 ms")


def _line_s(lines: int, workers: int) -> float:
    """Return the seconds for a line, files and manifest included."""
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(f"{n}번 손님, 정비가 끝났습니다." for n in range(lines))
        batch = Batch(Speaker(_stack("paced", Paced())), text, SpeechRequest(""), Path(folder))
        started_s = time.perf_counter()
        report = batch.run(workers)
        taken_s = time.perf_counter() - started_s
    assert report.made == lines
    return taken_s / lines
