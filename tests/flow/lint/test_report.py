import json
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.flow import block
from tests.flow.lint.corpus import WAV, called, korean, played, said
from voicebot.audio.clip import Clip
from voicebot.audio.wav import write_audio
from voicebot.errors import GateError, InputError, NotFoundError
from voicebot.flow.actions.facts import flow_type_of
from voicebot.flow.lint.linter import lint_document, lint_flow, repair_document
from voicebot.flow.lint.report import fix_files, lint_files, sarif_document
from voicebot.flow.load import load_flow

pytestmark = pytest.mark.unit


@pytest.fixture
def flows(tmp_path: Path) -> list[Path]:
    """A flow with an error and one that is clean."""
    late, clean = tmp_path / "late.json", tmp_path / "clean.json"
    late.write_text(json.dumps(called(InvocationTimeLimitSeconds="30"), ensure_ascii=False, indent=1), encoding="utf-8")
    clean.write_text(json.dumps(said(Text="안녕하세요.")), encoding="utf-8")
    return [late, clean]


def test_a_run_counts_and_names_every_finding(flows: list[Path]) -> None:
    run = lint_files(flows)
    assert run.document()["errors"] == 1
    assert run.rows() == [
        {
            "flow": str(flows[0]),
            "rule": "lambda-time-limit",
            "severity": "error",
            "block": "it",
            "message": "InvokeLambdaFunction: InvocationTimeLimitSeconds: must be at most 8",
            "fix": "Connect waits 8 s for a function, with its retries; make longer work asynchronous",
            "fixable": True,
        }
    ]
    assert run.lines()[-1] == "2 flows: 1 error, 0 warnings, 0 notes"
    with pytest.raises(GateError, match=r"1 error$"):
        run.gate()


def test_warnings_fail_a_strict_run_only(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps({**said(Text="네"), "Metadata": {"EntryPointPosition": {}}}), encoding="utf-8")
    run = lint_files([path])
    run.gate()
    with pytest.raises(GateError):
        run.gate(is_strict=True)


def test_sarif_points_at_the_line_of_the_block(flows: list[Path]) -> None:
    document = json.loads(json.dumps(sarif_document(lint_files(flows))))
    (run,) = document["runs"]
    (result,) = run["results"]
    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "lambda-time-limit"
    assert result["level"] == "error"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert '"Identifier": "it"' in flows[0].read_text(encoding="utf-8").splitlines()[region["startLine"] - 1]


def test_a_fix_is_written_only_where_there_is_one(flows: list[Path]) -> None:
    before = flows[1].read_bytes()
    assert fix_files(flows, is_dry_run=True) == {str(flows[0]): 1, str(flows[1]): 0}
    assert "30" in flows[0].read_text(encoding="utf-8")
    assert fix_files(flows) == {str(flows[0]): 1, str(flows[1]): 0}
    assert flows[1].read_bytes() == before
    assert lint_files(flows).rows() == []
    assert load_flow(flows[0])


def test_a_misnamed_flow_is_put_right_until_it_can_be_run(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    wrong = korean(
        block("인사(1)", "PlayPrompt", {"Text": "<speak>네</speak>"}, "it"),
        block(
            "it",
            "InvokeExternalResource",
            {"FunctionArn": "arn:aws:lambda:x:1:function:f", "TimeoutSeconds": 20},
            "end",
        ),
    )
    path.write_text(json.dumps({**wrong, "Version": "1"}), encoding="utf-8")
    fix_files([path])
    assert lint_files([path]).rows() == []
    assert [action.type for action in load_flow(path).actions.values()][2:4] == [
        "MessageParticipant",
        "InvokeLambdaFunction",
    ]


@pytest.mark.parametrize(("rate_hz", "found"), [(8000, False), (16000, True)])
def test_the_header_of_a_prompt_at_hand_is_read(tmp_path: Path, rate_hz: int, found: bool) -> None:
    clip = Clip(np.zeros(rate_hz, dtype=np.int16), rate_hz)
    write_audio(tmp_path / "welcome.wav", clip, "mulaw")
    findings = lint_flow(json.dumps(played(WAV)), audio=tmp_path).findings
    assert [each.rule for each in findings] == (["prompt-audio"] if found else [])


def test_a_library_prompt_is_found_by_the_name_that_the_console_keeps(tmp_path: Path) -> None:
    (tmp_path / "Music.wav").write_bytes(b"no sound")
    flow = {**said(PromptId="p-1"), "Metadata": {"ActionMetadata": {"it": {"promptName": "Music.wav"}}}}
    assert [each.rule for each in lint_flow(json.dumps(flow), audio=tmp_path).findings] == ["prompt-audio"]


def test_a_missing_flow_and_an_unknown_type_are_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        lint_files([tmp_path / "none.json"])
    with pytest.raises(InputError, match="no flow type"):
        flow_type_of("INBOUND")
    assert flow_type_of("customerQueue") == flow_type_of("customer_queue") == "CUSTOMER_QUEUE"


def test_a_long_flow_is_repaired_in_a_few_rounds() -> None:
    wrong = korean(
        *(block(f"it{n}", "PlayPrompt", {"Text": "네"}, f"it{n + 1}" if n < 99 else "end") for n in range(100))
    )
    mended, repairs = repair_document(wrong)
    assert repairs == 200
    assert lint_document(mended) == ()
