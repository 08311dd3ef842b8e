"""A small real model, trained and used by the commands."""

import csv
import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from voicebot.cli.console import Console
from voicebot.cli.nlu import stages
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.system

INTENTS = ("tire", "booking_new", "out_of_scope")
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="training needs torch")
without_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed")


def rows(name: str, label: str, wanted: tuple[str, ...] | None, each: int, most: int) -> list[tuple[str, str]]:
    """Return at most `each` lines of each label from the shipped data."""
    kept: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts[row[label]] += 1
            if (wanted is None or row[label] in wanted) and counts[row[label]] <= each:
                kept.append((row["utterance"], row[label]))
    return kept[:most]


def save(path: Path, header: tuple[str, str], lines: list[tuple[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small training files, a cache and queries."""
    folder = tmp_path_factory.mktemp("nlu")
    save(folder / "intents.csv", ("utterance", "intent"), rows("intent_dataset.csv", "intent", INTENTS, 30, 90))
    groups = rows("paraphrase_groups.csv", "group", None, 6, 260)
    save(folder / "pairs.csv", ("utterance", "group"), groups)
    cached = [(group, line) for place, (line, group) in enumerate(groups) if place % 2]
    save(folder / "cache.csv", ("id", "utterance"), cached)
    save(folder / "queries.csv", ("utterance", "expected"), [(line, group) for line, group in groups[:60]])
    return folder


@pytest.fixture(scope="module")
def model(files: Path) -> Path:
    """A model trained by the command."""
    out = files / "model"
    train = ["nlu", "train", "--intents", "intents.csv", "--pairs", "pairs.csv", "-o", "model", "--seed", "3", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", *train],
        cwd=files, env={"PATH": os.environ["PATH"], "HOME": str(files)}, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert 0.0 <= report["intent_accuracy"] <= 1.0
    assert done.stderr == ""
    return out


@needs_torch
def test_a_prediction_is_one_document_with_its_ranking(run: Any, model: Path) -> None:
    done = run("nlu", "predict", "타이어 바꾸고 싶어요", "--model", str(model), "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert set(document) == {"text", "intent", "confidence", "is_rejected", "ranking"}
    assert document["intent"] in INTENTS
    assert sum(one["confidence"] for one in document["ranking"]) == pytest.approx(1.0, abs=0.01)


@needs_torch
def test_standard_input_is_a_line_in_a_line_out(run: Any, model: Path) -> None:
    said = "타이어 바꾸고 싶어요\n\n예약할게요\nㅋㅋ\n"
    done = run("nlu", "predict", "-", "--model", str(model), stdin=said)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    document = json.loads(run("nlu", "predict", "-", "--model", str(model), "--json", stdin=said).stdout)
    assert [one["text"] for one in document] == ["타이어 바꾸고 싶어요", "예약할게요", "ㅋㅋ"]


@needs_torch
def test_an_evaluation_has_its_measures_with_intervals(run: Any, model: Path, files: Path) -> None:
    done = run("nlu", "eval", str(files / "intents.csv"), "--model", str(model), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    for name in ("accuracy", "macro_f1", "out_of_scope_recall"):
        assert 0.0 <= document[name] <= 1.0
        low, high = document[f"{name}_interval"]
        assert low <= document[name] <= high


@needs_torch
def test_coverage_and_tune_run_on_a_trained_model(run: Any, model: Path, files: Path, home: Path) -> None:
    common = (str(files / "queries.csv"), "--cache", str(files / "cache.csv"), "--model", str(model))
    done = run("cache", "coverage", *common, "--json", "--predictions", "out.csv", "--html", "out.html")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    kinds = {one["name"]: one for one in document["by_kind"]}
    assert (kinds["exact"]["hits"], kinds["exact"]["queries"]) == (30, 30)
    assert document["queries"] == 60
    assert all(one["guard"] for one in document["worst_false_hits"])
    with (home / "out.csv").open(encoding="utf-8", newline="") as file:
        taken = [row["hit"] == "true" for row in csv.DictReader(file)]
    assert sum(taken) == document["hits"] + document["false_hits"]
    assert "<svg" in (home / "out.html").read_text(encoding="utf-8")
    tuned = run("cache", "tune", *common, "--budget", "0.5", "--json")
    assert tuned.returncode == 0, tuned.stderr
    assert json.loads(tuned.stdout)["false_hit_rate"] <= 0.5


@needs_torch
def test_a_damaged_model_is_one_line(run: Any, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in model.iterdir():
        if file.is_file():
            data = bytearray(file.read_bytes())
            if file.name.startswith("weights-"):
                data[len(data) // 2] ^= 1
            (broken / file.name).write_bytes(data)
    done = run("nlu", "predict", "예약할게요", "--model", str(broken))
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)


@without_torch
def test_training_without_torch_names_the_extra(run: Any, files: Path) -> None:
    done = run("nlu", "train", "--pairs", str(files / "pairs.csv"), "-o", "model")
    assert done.returncode == 3
    assert "torch" in done.stderr
    assert "voicebot[nlu]" in done.stderr


def test_a_dry_run_of_training_reads_the_files_and_writes_nothing(run: Any, files: Path, home: Path) -> None:
    arguments = ("--intents", str(files / "intents.csv"), "--pairs", str(files / "pairs.csv"), "-o", "model")
    done = run("nlu", "train", *arguments, "--dry-run", "--json")
    assert json.loads(done.stdout) == {"intents": 90, "pairs": 260, "out": "model"}
    assert not (home / "model").exists()


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("missing.csv", b"utterance,label\na,b\n", ":1"),
        ("encoding.csv", b"utterance,group\na,b\n" + "가".encode("cp949") + b",c\n", ":3"),
        ("empty.csv", b"", ""),
    ],
)
def test_a_training_file_that_cannot_be_used_is_one_line(
    run: Any, home: Path, name: str, data: bytes, where: str
) -> None:
    (home / name).write_bytes(data)
    done = run("nlu", "train", "--pairs", name, "-o", "model")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"{name}{where}" in done.stderr


def test_a_missing_model_says_how_to_get_one(run: Any) -> None:
    done = run("nlu", "predict", "예약할게요", "--model", "none")
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "voicebot nlu train" in done.stderr


@pytest.mark.parametrize("text", ["", "...", "ㅋㅋ"])
def test_a_text_without_words_is_a_usage_error(run: Any, text: str) -> None:
    done = run("nlu", "predict", text, "--model", "none")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_each_stage_of_training_has_a_bar_of_its_own() -> None:
    class Bars(Console):
        def __init__(self) -> None:
            super().__init__(quiet=True)
            self.bars: list[list[Any]] = []

        @contextmanager
        def progress(self, what: str, total: int | None) -> Iterator[Callable[[], None]]:
            bar = [what, total, 0]
            self.bars.append(bar)

            def step() -> None:
                bar[2] += 1

            yield step

    console = Bars()
    with stages(console) as progress:
        for told in (("encoder", 1, 2), ("encoder", 2, 2), ("encoder", 1, 2), ("verifier", 3, 8)):
            progress(*told)
    assert console.bars == [["encoder", 2, 2], ["encoder", 2, 1], ["verifier", 8, 3]]
