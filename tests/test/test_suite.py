import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from voicebot.errors import EngineError, GateError, InputError, NotFoundError
from voicebot.flow.coverage import Coverage
from voicebot.flow.expectations import Check
from voicebot.flow.scenario import Scenario
from voicebot.test.junit import junit_document
from voicebot.test.suite import Played, explain, load_report, run_suite, scenario_files

pytestmark = pytest.mark.unit


class Scripted:
    """A target whose outcomes are given by the scenario's name, in turn."""

    name = "scripted"

    def __init__(self, **outcomes: object) -> None:
        self._outcomes: dict[str, Iterator[object]] = {
            name: iter(each if isinstance(each, list) else [each]) for name, each in outcomes.items()
        }

    def play(self, scenario: Scenario) -> Played:
        outcome = next(self._outcomes[scenario.name], True)
        if isinstance(outcome, Exception):
            raise outcome
        return Played((Check(1, "intent", "A", "A" if outcome else "B<&\x00", bool(outcome)),), 12.5, ("turn 2",))

    def coverage(self) -> Sequence[Coverage]:
        return ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good", "bad", "down"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nturns: []\n", encoding="utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "deep.yml").write_text("name: deep\nturns: []\n", encoding="utf-8")
    return tmp_path


DOWN = EngineError("no answer", engine="lex", retryable=True)


def test_each_case_passes_fails_or_cannot_be_played(folder: Path) -> None:
    report = run_suite([folder], Scripted(good=True, bad=False, down=DOWN, deep=True))

    assert [(case.name, case.is_passed) for case in report.cases] == [
        ("bad", False), ("down", False), ("good", True), ("deep", True),
    ]  # fmt: skip
    assert list(report.lines()) == [
        "FAILED  bad  1 expectations, 12.5 s",
        "        turn 1: intent should be A, is B<&\x00",
        "FAILED  down  lex: no answer",
        "passed  good  1 expectations, 12.5 s",
        "passed  deep  1 expectations, 12.5 s",
        "2 of 4 passed over scripted",
    ]
    with pytest.raises(GateError, match="2 of 4 scenarios failed; bad: turn 1: intent should be A"):
        report.gate()


def test_a_suite_that_passes_has_no_gate_to_meet(folder: Path) -> None:
    run_suite([folder / "good.yaml"], Scripted(good=True)).gate(0.9)


def test_what_passes_once_may_fail_again(folder: Path) -> None:
    report = run_suite([folder / "good.yaml"], Scripted(good=[True, False, True]), repeat=3)

    assert [(case.run, case.is_passed) for case in report.cases] == [(1, True), (2, False), (3, True)]
    assert "FAILED  good (run 2)" in "\n".join(report.lines())


def test_junit_says_what_failed_and_what_could_not_be_played(folder: Path) -> None:
    report = run_suite([folder], Scripted(good=True, bad=False, down=DOWN, deep=True))
    root = ElementTree.fromstring(junit_document(report))

    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failure, error = cases["bad"].find("failure"), cases["down"].find("error")
    assert failure is not None
    assert failure.get("message") == "turn 1: intent should be A, is B<&"
    assert error is not None
    assert error.get("message") == "lex: no answer"
    assert len(cases["good"]) == 0


def test_an_earlier_report_says_what_changed(folder: Path) -> None:
    before = run_suite([folder], Scripted(good=True, bad=False, down=DOWN, deep=True))
    path = folder / "report.json"
    path.write_text(json.dumps(before.document()), encoding="utf-8")

    after = run_suite([folder], Scripted(good=False, bad=True, down=DOWN, deep=True))

    assert after.changes(load_report(path)) == ["now passes: bad", "fails now: good"]
    assert before.changes(load_report(path)) == []


@pytest.mark.parametrize("text", ["[]", "{}", '{"cases": 3}', "no"])
def test_a_file_that_is_no_report_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"r\.json is not a report"):
        load_report(path)
    with pytest.raises(NotFoundError, match="there is no report"):
        load_report(tmp_path / "none.json")


def test_a_manifest_names_files_and_folders_and_each_is_played_once(folder: Path) -> None:
    manifest = folder / "nightly.yaml"
    manifest.write_text("scenarios: [good.yaml, more, good.yaml]\n", encoding="utf-8")

    assert [path.name for path in scenario_files([manifest])] == ["good.yaml", "deep.yml"]


def test_scenarios_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no scenario"):
        scenario_files([tmp_path / "none.yaml"])
    with pytest.raises(NotFoundError, match="there is no scenario there"):
        scenario_files([tmp_path])
    (tmp_path / "m.yaml").write_text("scenarios: 3\n")
    with pytest.raises(InputError, match="must be a list of files"):
        scenario_files([tmp_path / "m.yaml"])


def test_a_report_is_one_document(folder: Path) -> None:
    document = json.loads(
        json.dumps(run_suite([folder], Scripted(good=True, bad=False, down=DOWN, deep=True)).document())
    )

    assert (document["target"], document["passed"], document["failed"]) == ("scripted", 2, 2)
    assert [row["error"] for row in document["cases"]] == [None, "lex: no answer", None, None]
    assert document["cases"][0]["left_out"] == ["turn 2"]


def test_an_expectation_of_the_whole_call_is_called_so() -> None:
    assert explain(Check(0, "ends", "flow", "caller", False)) == "the call: ends should be flow, is caller"
