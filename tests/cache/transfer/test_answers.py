"""Approved answers out of a store, and back."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.aws_backend import on_aws, sent_to
from voicebot.audio.clip import Clip
from voicebot.cache.clips import store_clip
from voicebot.cache.protocol import Answer, Miss
from voicebot.cache.transfer.answers import ClipFolder, ExportReport, export_answers
from voicebot.cache.transfer.loading import LoadOptions, LoadReport
from voicebot.client import Voicebot
from voicebot.errors import StorageError
from voicebot.settings.load import load
from voicebot.settings.tree import Settings

pytestmark = pytest.mark.unit

QUESTIONS = ("주차 되나요", "토요일에도 해요", '따옴표 "안에" 있어요, 그렇죠')


@pytest.fixture
def answers(voicebot: Voicebot) -> list[Answer]:
    """Three approved answers in the store, with their clips."""
    stored = []
    for n, question in enumerate(QUESTIONS):
        key = store_clip(voicebot.blobs, Clip(np.full(800, 50 * (n + 1), np.int16), 8000))
        text = f"네, 답 {n}입니다.\n둘째 줄이에요."
        answer = Answer(
            voicebot.lookup.key(question), question, f"c{n}", text, text, "location", (key,), "local", "ko", 1, 1e9 + n,
            speech="s1",
        )  # fmt: skip
        stored.append(voicebot.answers.put(answer))
    return stored


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Voicebot]:
    """Another machine."""
    client = Voicebot(load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "other")}))
    yield client
    client.database.close()


def export(voicebot: Voicebot, path: Path, clips: Path | None = None) -> ExportReport:
    folder = ClipFolder(clips, voicebot.blobs) if clips else None
    with path.open("w", encoding="utf-8", newline="") as file:
        return export_answers(voicebot.answers.scan(), file, "jsonl" if path.suffix == ".jsonl" else "csv", folder)


def import_(
    voicebot: Voicebot, path: Path, clips: Path | None = None, keep: bool = False, **options: Any
) -> LoadReport:
    return voicebot.loader.run(path, voicebot.import_target(clips, keep), LoadOptions(**options))


@pytest.mark.parametrize("name", ["answers.csv", "answers.jsonl"])
def test_another_machine_gets_the_same_answers_and_clips(
    voicebot: Voicebot, other: Voicebot, answers: list[Answer], tmp_path: Path, name: str
) -> None:
    exported = export(voicebot, tmp_path / name, tmp_path / "clips")
    assert (exported.answers, exported.clips, exported.lost_clips) == (3, 3, 0)
    assert import_(other, tmp_path / name, tmp_path / "clips").added == 3
    assert list(other.answers.scan()) == list(voicebot.answers.scan())
    assert all(other.blobs.exists(answer.clips[0]) for answer in answers)
    again = import_(other, tmp_path / name)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)


def test_a_clip_is_taken_only_if_it_is_what_its_name_says(
    voicebot: Voicebot, other: Voicebot, answers: list[Answer], tmp_path: Path
) -> None:
    export(voicebot, tmp_path / "a.csv", tmp_path / "clips")
    (tmp_path / "clips" / answers[0].clips[0]).write_bytes(b"RIFF")
    report = import_(other, tmp_path / "a.csv", tmp_path / "clips")
    assert (report.added, report.queued) == (2, 1)
    assert other.answers.get(answers[0].key) is None
    assert [item.utterance for item in other.inbox.scan("pending")] == [answers[0].utterance]


def test_a_lost_clip_is_counted_in_an_export(voicebot: Voicebot, answers: list[Answer], tmp_path: Path) -> None:
    voicebot.blobs.delete(answers[0].clips[0])
    assert export(voicebot, tmp_path / "a.csv", tmp_path / "clips").lost_clips == 1


def test_a_changed_line_replaces_what_is_stored_unless_it_is_to_be_kept(
    voicebot: Voicebot, answers: list[Answer], tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    changed = {"id": "c0", "utterance": QUESTIONS[0], "answer": "아니요.", "clips": list(answers[0].clips)}
    path.write_text(json.dumps(changed), encoding="utf-8")
    assert import_(voicebot, path, keep=True).kept == 1
    assert import_(voicebot, path, is_dry_run=True).changed == 1
    assert voicebot.answers.get(answers[0].key) == answers[0]
    assert import_(voicebot, path).changed == 1
    stored = voicebot.answers.get(answers[0].key)
    assert stored is not None
    assert (stored.template, stored.text, stored.version) == ("아니요.", "아니요.", 2)


def test_a_line_without_a_clip_waits_in_the_inbox_while_the_old_answer_plays(
    voicebot: Voicebot, answers: list[Answer], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,utterance,answer\nc0,{QUESTIONS[0]},아니요.\nc9,새 질문이에요,네.\n", encoding="utf-8")
    voicebot.inbox.record(Miss(voicebot.lookup.key("새 질문이에요"), "새 질문이에요"))
    assert import_(voicebot, path).queued == 2
    assert {item.answer for item in voicebot.inbox.scan("pending")} == {"아니요.", "네."}
    assert voicebot.answers.get(answers[0].key) == answers[0]


def test_the_first_of_two_answers_to_one_question_counts(voicebot: Voicebot, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,utterance,answer\na,주차 되나요,네.\nb,주차되나요?,아니요.\nc,저기 주차 되나요,네.\n", encoding="utf-8"
    )
    report = import_(voicebot, path)
    assert (report.queued, report.repeated, report.unusable_by_kind) == (1, 1, {"conflict": 1})
    assert report.problems[0].startswith("line 3: line 2 ")


def test_every_problem_is_in_the_problem_file(voicebot: Voicebot, tmp_path: Path) -> None:
    path, listed = tmp_path / "a.csv", tmp_path / "problems.csv"
    lines = "".join(f"a{n},,네.\n" for n in range(250))
    path.write_text(f"id,utterance,answer\n{lines}", encoding="utf-8")
    report = import_(voicebot, path, problems=listed)
    assert (report.unusable, len(report.problems)) == (250, 100)
    rows = list(csv.DictReader(io.StringIO(listed.read_text(encoding="utf-8"))))
    assert (len(rows), rows[0]["line"], rows[0]["kind"]) == (250, "2", "silent")


def test_numbers_that_are_none_are_named(voicebot: Voicebot, answers: list[Answer], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f"id,utterance,answer,clips,approved_at_s\nc0,{QUESTIONS[0]},네.,{answers[0].clips[0]},gestern\n"
        f"c1,{QUESTIONS[1]},네.,{answers[0].clips[0]},nan\n",
        encoding="utf-8",
    )
    assert import_(voicebot, path).unusable_by_kind == {"number": 2}


class _Failing:
    """A target whose store fails once, in the middle."""

    def __init__(self, target: Any, after: int) -> None:
        self.name = target.name
        self.problem = target.problem
        self._target = target
        self._left = after
        self.applied: list[int] = []

    def apply(self, entry: Any, is_dry_run: bool) -> Any:
        if self._left == 0:
            raise StorageError("the disk is full")
        self._left -= 1
        self.applied.append(entry.line)
        return self._target.apply(entry, is_dry_run)


def test_a_run_that_broke_off_is_gone_on_with(
    voicebot: Voicebot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    monkeypatch.setattr("voicebot.cache.transfer.loading.CHUNK", 1000)
    lines = "".join(f"a{n},질문 {n}번이에요,네 {n}.\n" for n in range(5000))
    path.write_text(f"id,utterance,answer\n{lines}a0,질문 0번이에요,아니요.\n", encoding="utf-8")
    failing = _Failing(voicebot.seed_target, 3500)
    with pytest.raises(StorageError):
        voicebot.loader.run(path, failing)
    second = _Failing(voicebot.seed_target, 10_000)
    report = voicebot.loader.run(path, second)
    assert report.resumed_after_line == 3001
    assert second.applied[0] == 3002
    assert (report.added, report.unchanged, report.lines) == (5000, 0, 5002)
    assert report.unusable_by_kind == {"conflict": 1}
    assert voicebot.inbox.counts()["pending"] == 5000
    assert voicebot.loader.run(path, voicebot.seed_target).resumed_after_line == 0


def test_a_changed_file_or_a_wish_begins_at_the_first_line(
    voicebot: Voicebot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebot.cache.transfer.loading.CHUNK", 1000)
    path = tmp_path / "a.csv"
    lines = "".join(f"a{n},질문 {n}번이에요,네 {n}.\n" for n in range(2500))
    for change, options in (("b,새 질문,네.\n", LoadOptions()), ("", LoadOptions(is_restarted=True))):
        path.write_text(f"id,utterance,answer\n{lines}", encoding="utf-8")
        with pytest.raises(StorageError):
            voicebot.loader.run(path, _Failing(voicebot.seed_target, 1500))
        path.write_text(f"id,utterance,answer\n{lines}{change}", encoding="utf-8") if change else None
        assert voicebot.loader.run(path, voicebot.seed_target, options).resumed_after_line == 0


def test_dynamodb_and_s3_take_the_same_file(
    settings: Settings, moto_url: str, unique: str, voicebot: Voicebot, answers: list[Answer], tmp_path: Path
) -> None:
    export(voicebot, tmp_path / "a.jsonl", tmp_path / "clips")
    remote = Voicebot(on_aws(settings, moto_url, unique))
    remote.set_up_stores()
    assert import_(remote, tmp_path / "a.jsonl", tmp_path / "clips").added == 3
    assert [replace(answer, version=1) for answer in remote.answers.scan()] == list(voicebot.answers.scan())


def test_an_exact_lookup_is_one_read(settings: Settings, moto_url: str, unique: str) -> None:
    remote = Voicebot(on_aws(settings, moto_url, unique))
    remote.set_up_stores()
    answer = Answer(
        remote.lookup.key("주차 되나요"), "주차 되나요", "c", "네.", "네.", "", ("c",), "local", "ko", 1, 1.0
    )
    remote.answers.put(answer)
    with sent_to(remote.aws.service("dynamodb")) as sent:
        found = remote.lookup.find("저기 주차 되나요?")
    assert found.answer == replace(answer, version=1)
    assert sent == ["GetItem"]
