"""The answers' index as an artefact: mapped, swapped, checked."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot.cache.index import POINTER_KEY, AnswerIndex, IndexOptions
from voicebot.cache.protocol import Answer
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError
from voicebot.nlu.arrays import MAGIC
from voicebot.nlu.matcher import Matcher
from voicebot.nlu.model import Model

pytestmark = pytest.mark.unit

LINES = (
    ("c1", "토요일에도 문 여나요"),
    ("c2", "엔진오일 교환 얼마예요"),
    ("c3", "주차장 있어요"),
    ("c3", "차 댈 데 있나요"),
)


@pytest.fixture(scope="module")
def model() -> Model:
    from voicebot.nlu.model import load_model
    from voicebot.resources import DATA_DIR

    return load_model(DATA_DIR / "model")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_000.0, timer=lambda: 0.0)


@pytest.fixture
def make(voicebot: Voicebot, model: Model, clock: VirtualClock, tmp_path: Path) -> Callable[[str], AnswerIndex]:
    """Make an index as another process would have it."""

    def index(name: str) -> AnswerIndex:
        options = IndexOptions(tmp_path / name, look_s=60.0)
        return AnswerIndex(voicebot.answers, voicebot.blobs, lambda: model, clock, options)

    return index


def approve(voicebot: Voicebot, *lines: tuple[str, str]) -> None:
    for answer_id, line in lines:
        key = voicebot.lookup.key(line)
        voicebot.answers.put(Answer(key, line, answer_id, "네.", "네.", "", ("c",), "local", "ko", 1, 1.0))


def test_a_mapped_index_finds_what_the_one_in_memory_finds(
    voicebot: Voicebot, model: Model, make: Callable[[str], AnswerIndex]
) -> None:
    approve(voicebot, *LINES)
    assert make("builder").build() == len(LINES)
    index = make("reader")
    whole = Matcher.build(model, [(a.answer_id, a.utterance) for a in voicebot.answers.scan()])
    for text in ("토요일에 문 열어요", "주차장 있나요", "엔진오일 교환 비용", "일요일에도 문 여나요", "우주여행"):
        assert index.find(text) == whole.find(text)


def test_before_one_is_built_nothing_is_found(make: Callable[[str], AnswerIndex]) -> None:
    assert make("reader").find("주차장 있나요") is None


def test_arrays_are_views_of_the_mapped_file(
    voicebot: Voicebot, model: Model, make: Callable[[str], AnswerIndex], tmp_path: Path
) -> None:
    approve(voicebot, *LINES)
    make("builder").build()
    (path,) = (tmp_path / "builder").glob("*.vbindex")
    matcher = Matcher.load(model, path)
    arrays = matcher._index.arrays()
    assert all(not array.flags.owndata and not array.flags.writeable for array in arrays.values() if array.size)
    assert all(array.ctypes.data % 64 == 0 for array in arrays.values() if array.size)


def test_a_process_goes_on_with_the_old_index_and_takes_the_new_one_when_it_is_time(
    voicebot: Voicebot, make: Callable[[str], AnswerIndex], clock: VirtualClock
) -> None:
    approve(voicebot, *LINES[:1])
    builder, reader = make("builder"), make("reader")
    builder.build()
    assert found(reader) == "c1"
    approve(voicebot, *LINES)
    builder.build()
    assert found(reader) == "c1"
    clock.sleep(61.0)
    found(reader)
    deadline_s = time.monotonic() + 20
    while found(reader) != "c3" and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert found(reader) == "c3"


def found(index: AnswerIndex) -> str:
    match = index.find("차 댈 데 있나요")
    return match.candidate.answer_id if match and match.candidate else ""


def test_the_index_before_stays_for_those_who_load_it_and_the_one_before_that_goes(
    voicebot: Voicebot, make: Callable[[str], AnswerIndex]
) -> None:
    builder = make("builder")
    keys = []
    for line in LINES:
        approve(voicebot, line)
        builder.build()
        pointer = builder.pointer()
        assert pointer
        keys.append(pointer.key)
    builder.build()
    assert set(voicebot.blobs.scan("index/")) == {POINTER_KEY, keys[-1], keys[-2]}


def test_builders_and_readers_at_the_same_time_never_meet_half_an_index(
    voicebot: Voicebot, make: Callable[[str], AnswerIndex], clock: VirtualClock
) -> None:
    approve(voicebot, *LINES)
    make("builder").build()
    failures: list[str] = []

    def read(number: int) -> None:
        index = make(f"reader-{number}")
        for _ in range(20):
            index.refresh()
            if found(index) != "c3":
                failures.append("not found")

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for number in range(5):
        approve(voicebot, (f"n{number}", f"새 질문 {number}번이에요"))
        make("builder").build()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("damage", ["cut", "other", "empty", "old pointer"])
def test_a_damaged_index_costs_paraphrases_and_is_built_again(
    voicebot: Voicebot, make: Callable[[str], AnswerIndex], damage: str
) -> None:
    approve(voicebot, *LINES)
    make("builder").build()
    pointer = make("reader").pointer()
    assert pointer
    with voicebot.blobs.open(pointer.key) as file:
        data = file.read()
    if damage == "old pointer":
        voicebot.blobs.put(POINTER_KEY, json.dumps({"key": pointer.key, "lines": 4}).encode(), "application/json")
    else:
        voicebot.blobs.put(pointer.key, {"cut": data[:500], "other": b"x" * 500, "empty": b""}[damage], "x")
    assert make("reader").find("차 댈 데 있나요") is None
    voicebot.blobs.delete(pointer.key)
    make("builder").build()
    assert found(make("reader")) == "c3"


@pytest.mark.parametrize("change", ["magic", "header", "short", "empty", "model"])
def test_a_file_that_is_no_index_of_this_model_is_refused(
    voicebot: Voicebot, model: Model, make: Callable[[str], AnswerIndex], tmp_path: Path, change: str
) -> None:
    approve(voicebot, *LINES)
    make("builder").build()
    (path,) = (tmp_path / "builder").glob("*.vbindex")
    data = path.read_bytes()
    changed = {
        "magic": b"ABCDEFGH" + data[8:],
        "header": data[:24] + b"{" * 40 + data[64:],
        "short": data[: len(data) // 2],
        "empty": b"",
        "model": data.replace(model.fingerprint.encode(), b"0" * len(model.fingerprint), 1),
    }[change]
    broken = tmp_path / "broken.vbindex"
    broken.write_bytes(changed)
    assert data.startswith(MAGIC)
    with pytest.raises(ConfigError):
        Matcher.load(model, broken, is_checked=False)
