import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from voicebot.audio.wav import read_audio
from voicebot.errors import ConfigError, ConflictError, EngineError, InputError
from voicebot.tts.batch import MANIFEST, Batch
from voicebot.tts.protocol import AudioChunk, SpeechRequest
from voicebot.tts.speaker import Speaker
from voicebot.tts.wrappers.checked import CheckedTts

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
TEXT = "안녕하세요.\n\n오일 3개요.\r\n  타이어요. \n"


class Together(FakeTts):
    """Speaks once so many wait for it at once."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.all_there = threading.Barrier(parties, timeout=30)

    def _audio(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        self.all_there.wait()
        yield from super()._audio(request)


def batch(
    engine: FakeTts, folder: Path, text: str = TEXT, request: SpeechRequest | None = None, **more: object
) -> Batch:
    return Batch(Speaker(CheckedTts(engine)), text, request or SpeechRequest(""), folder, **more)  # type: ignore[arg-type]


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / MANIFEST).read_text().splitlines()]


def audio_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".wav", ".flac"))


def test_each_line_has_a_file_named_by_number_and_digest(tmp_path: Path) -> None:
    engine = FakeTts()
    report = batch(engine, tmp_path).run()
    assert (report.lines, report.made, report.skipped) == (3, 3, 0)
    assert [name[:6] for name in audio_files(tmp_path)] == ["00001-", "00003-", "00004-"]
    assert [request.text for request in engine.requests] == ["안녕하세요.", "오일 3개요.", "타이어요."]
    assert read_audio(tmp_path / audio_files(tmp_path)[0]).duration_s == pytest.approx(0.06)


def test_manifest_tells_what_was_made_and_no_words(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path).run(workers=3)
    assert [(row["line"], row["engine"], row["duration_s"]) for row in rows(tmp_path)] == [
        (1, "fake", 0.06), (3, "fake", 0.06), (4, "fake", 0.06),
    ]  # fmt: skip
    for row in rows(tmp_path):
        data = (tmp_path / str(row["file"])).read_bytes()
        assert (row["sha256"], row["audio_bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert "안녕" not in (tmp_path / MANIFEST).read_text()


def test_second_run_does_nothing(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path).run()
    engine = FakeTts()
    report = batch(engine, tmp_path).run()
    assert (report.made, report.skipped, engine.requests) == (0, 3, [])


@pytest.mark.parametrize(
    "more",
    [{"request": SpeechRequest("", voice="two")}, {"request": SpeechRequest("", speed=1.2)}, {"suffix": ".flac"},
     {"settings": {"pitch": 3}}],
)  # fmt: skip
def test_what_changes_the_sound_is_made_anew(tmp_path: Path, more: dict[str, object]) -> None:
    batch(FakeTts(), tmp_path).run()
    assert batch(FakeTts(), tmp_path, **more).run().made == 3  # type: ignore[arg-type]
    assert len(audio_files(tmp_path)) == 6


def test_line_that_moved_or_is_there_twice_is_copied(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path).run()
    engine = FakeTts()
    report = batch(engine, tmp_path, f"새로운 첫 줄.\n{TEXT}오일 3개요.\n새로운 첫 줄.\n").run(workers=2)
    assert [request.text for request in engine.requests] == ["새로운 첫 줄."]
    assert (report.made, report.copied, report.skipped, report.lines) == (1, 5, 0, 6)
    by_line = {row["line"]: row["digest"] for row in rows(tmp_path)}
    assert by_line[6] == by_line[4]


def test_damaged_file_is_made_again(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path).run()
    broken = tmp_path / audio_files(tmp_path)[1]
    good = broken.read_bytes()
    broken.write_bytes(good[:-100])
    engine = FakeTts()
    assert batch(engine, tmp_path).run().made == 1
    assert (broken.read_bytes(), len(engine.requests)) == (good, 1)


@pytest.mark.parametrize("left", [None, b"", b'{"line": 1, "fi', b"[1]\nnull\n{}\n"])
def test_file_that_the_manifest_has_not_yet_is_not_made_again(tmp_path: Path, left: bytes | None) -> None:
    batch(FakeTts(), tmp_path).run()
    if left is None:
        (tmp_path / MANIFEST).unlink()
    else:
        (tmp_path / MANIFEST).write_bytes(left)
    assert batch(FakeTts(), tmp_path).run().skipped == 3
    assert len(rows(tmp_path)) == 3


def test_line_that_cannot_be_said_does_not_stop_the_others(tmp_path: Path) -> None:
    report = batch(FakeTts(), tmp_path, "안녕하세요.\nㅋㅋㅋ\n타이어요.\nㅋㅋㅋ\n").run(workers=2)
    assert (report.made, report.not_tried) == (2, 0)
    assert [(failure.line, failure.kind) for failure in report.failed] == [(2, "InputError"), (4, "InputError")]


def test_plan_knows_what_cannot_be_said(tmp_path: Path) -> None:
    engine = FakeTts()
    plan = batch(engine, tmp_path, "안녕하세요.\nㅋㅋㅋ\n" + "가" * 20_001).plan()
    assert [line.number for line in plan.to_make] == [1]
    assert [(failure.line, failure.problem) for failure in plan.refused] == [
        (2, "there is nothing to say in the text"), (3, "the text has 20,001 characters; the limit is 20,000"),
    ]  # fmt: skip


def test_half_files_of_a_killed_run_are_cleared_away(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path).run()
    left = [f".{audio_files(tmp_path)[0]}.k2_x9a.part", f".{MANIFEST}.0aq7wz.part"]
    for name in (*left, ".letter.part"):
        (tmp_path / name).write_bytes(b"half")
    batch(FakeTts(), tmp_path).run()
    assert [path.name for path in tmp_path.glob(".*.part")] == [".letter.part"]


def test_engine_that_fails_and_fails_is_left_alone(tmp_path: Path) -> None:
    engine = FakeTts(fail_after=0)
    report = batch(engine, tmp_path, "\n".join(f"{n}번이요." for n in range(100))).run(workers=2)
    assert 8 <= len(engine.requests) <= 10
    assert len(report.failed) + report.not_tried == 100
    assert report.failed[0].kind == "EngineError"


class Unset(FakeTts):
    """Has no key."""

    def stream(self, request: SpeechRequest) -> "list[AudioChunk]":  # type: ignore[override]
        self.requests.append(request)
        raise ConfigError("no key")


def test_what_no_line_can_get_past_is_raised(tmp_path: Path) -> None:
    engine = Unset()
    with pytest.raises(ConfigError):
        batch(engine, tmp_path, "\n".join(f"{n}번이요." for n in range(100))).run(workers=2)
    assert len(engine.requests) < 20


def test_failed_lines_are_tried_by_the_next_run(tmp_path: Path) -> None:
    assert len(batch(FakeTts(fail_after=0), tmp_path).run().failed) == 3
    assert batch(FakeTts(), tmp_path).run().made == 3


def test_two_runs_in_one_folder_do_not_mix(tmp_path: Path) -> None:
    slow = Together(2)
    thread = threading.Thread(target=batch(slow, tmp_path, "네.").run)
    thread.start()
    while not slow.requests:
        time.sleep(0.001)
    with pytest.raises(ConflictError, match="another run"):
        batch(FakeTts(), tmp_path).run()
    slow.all_there.wait()
    thread.join(30)
    assert batch(FakeTts(), tmp_path, "네.").run().skipped == 1


def test_workers_work_at_once(tmp_path: Path) -> None:
    text = "\n".join(f"{n}번이요." for n in range(32))
    assert batch(Together(16), tmp_path, text).run(workers=16).made == 32


def test_progress_hears_of_every_line(tmp_path: Path) -> None:
    batch(FakeTts(), tmp_path, "가요.\n").run()
    seen: list[int] = []
    batch(FakeTts(), tmp_path, "가요.\n나요.\nㅋㅋ\n가요.\n").run(on_line=lambda line: seen.append(line.number))
    assert sorted(seen) == [1, 2, 3, 4]


@pytest.mark.parametrize(("text", "suffix"), [("\n \n", ".wav"), ("가요.", ".txt")])
def test_nothing_to_do_is_an_error(tmp_path: Path, text: str, suffix: str) -> None:
    with pytest.raises(InputError):
        batch(FakeTts(), tmp_path, text, suffix=suffix)


def test_error_names_no_words(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        Speaker(CheckedTts(FakeTts(fail_after=0))).clip(SpeechRequest("비밀이에요"))
    assert "비밀" not in str(caught.value)


PROGRAM = """
import sys
from pathlib import Path
from tests.fakes.speech import FakeTts
from voicebot.tts.batch import Batch
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker

class Counted(FakeTts):
    def _audio(self, request):
        yield from super()._audio(request)
        with open(sys.argv[2], "ab", buffering=0) as log:
            log.write(request.text.encode() + b"\\n")

text = "\\n".join(f"{n}번이요." for n in range(200))
Batch(Speaker(Counted(delay_s=0.01)), text, SpeechRequest(""), Path(sys.argv[1])).run(workers=4)
"""


def test_killed_runs_are_taken_up_and_nothing_finished_is_made_twice(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    command = [sys.executable, "-c", PROGRAM, str(folder), str(log)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    finished_before: set[str] = set()
    kills = 0
    for said in (5, 30, 60):
        with subprocess.Popen(command, env=environment, cwd=ROOT) as running:
            while not log.exists() or len(log.read_text().splitlines()) < said:
                time.sleep(0.005)
            running.send_signal(signal.SIGKILL)
        finished = set(audio_files(folder)) if folder.exists() else set()
        assert finished_before <= finished
        assert all(read_audio(folder / name).duration_s == pytest.approx(0.06) for name in finished)
        kills += 0 < len(finished) < 200
        finished_before = finished
    assert kills
    subprocess.run(command, env=environment, check=True, timeout=60, cwd=ROOT)
    assert len(audio_files(folder)) == len(rows(folder)) == 200
    lines = log.read_text().splitlines()
    assert set(lines) == {f"{n}번이요." for n in range(200)}
    assert len(lines) <= 200 + 3 * 4  # what was under way at each kill, and nothing else, is said again
