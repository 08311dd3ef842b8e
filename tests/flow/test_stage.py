"""What a scenario file can put around a call, and what it can ask of it."""

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes.flow import Bench, block, document, ending, flow_of, tone
from tests.flow.lint.corpus import ALIAS, LAMBDA
from voicebot.audio.wav import write_audio
from voicebot.errors import FlowError, NotFoundError
from voicebot.flow.expectations import Check, check_scenario, ending_of, is_path
from voicebot.flow.load import load_flow
from voicebot.flow.ports import Ports
from voicebot.flow.result import CallResult
from voicebot.flow.scenario import Scenario, ScenarioCaller, load_scenario
from voicebot.flow.stage import build_runner
from voicebot.flow.testcase import TESTING_VERSION, export_test_case

pytestmark = pytest.mark.unit

FLOW = document(
    block("인사", "MessageParticipant", {"Text": "인공지능 상담사입니다."}, "음악", {"NoMatchingError": "음악"}),
    block("음악", "MessageParticipant", {"PromptId": "arn:x:prompt/p-1"}, "듣기", {"NoMatchingError": "실패"}),
    block(
        "듣기",
        "ConnectParticipantWithLexBot",
        {"Text": "말씀하세요.", "LexV2Bot": {"AliasArn": ALIAS}},
        "조회",
        {"NoMatchingCondition": "조회", "NoMatchingError": "실패"},
        {"Equals Agent": "모듈"},
    ),
    block(
        "조회",
        "InvokeLambdaFunction",
        {"LambdaFunctionARN": LAMBDA, "InvocationTimeLimitSeconds": "4"},
        "답",
        {"NoMatchingError": "실패"},
    ),
    block("답", "MessageParticipant", {"Text": "$.External.answer"}, "듣기", {"NoMatchingError": "실패"}),
    block("모듈", "InvokeFlowModule", {"FlowModuleId": "m1"}, "끝", {"NoMatchingError": "실패"}),
    block("실패", "UpdateContactAttributes", {"Attributes": {"failed": "yes"}}, "끝", {"NoMatchingError": "끝"}),
    *ending("끝"),
)
MODULE = document(
    block("말", "MessageParticipant", {"Text": "${Goodbye}"}, "돌아가기", {"NoMatchingError": "돌아가기"}),
    block("돌아가기", "EndFlowModuleExecution"),
)
SCRIPT = """
name: 주문
flow: flow.json
flows: {"arn:x:flow-module/m1": module.json}
prompts: {p-1: 잔잔한 음악}
values: {Goodbye: 안녕히 가세요}
contact: {attributes: {plan: gold}}
world: {now: "2026-11-25T10:00"}
mocks:
  lex: [{intent: Order, says: 확인할게요, confidence: 0.8}, {intent: Order}, {intent: Agent}]
  functions:
    next_batch: [{answer: {answer: 오늘 도착해요}, delay_s: 1.5}, {fails: timeout}]
turns:
  - say: 배송 언제 와요
    expect:
      intent: Order
      text_contains: [확인할게요, 도착해요]
      absent: 죄송
      path: [조회, 답]
      block: 듣기
      within_ms: 1200
  - say: 또 언제 와요
expect: {ends: flow, path: [인사, 듣기, 실패], never: 모듈, attributes: {failed: "yes"},
         text_contains: 인공지능, absent: 오류, notice: {text: 인공지능, within_s: 2}, within_s: 60, callbacks: 0}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.json").write_text(json.dumps(FLOW), encoding="utf-8")
    (tmp_path / "module.json").write_text(json.dumps(MODULE), encoding="utf-8")
    return tmp_path


def scenario(folder: Path, text: str = SCRIPT) -> Scenario:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def play(script: Scenario) -> CallResult:
    bench = Bench()
    ports = Ports(bench.functions, bench.lex, bench.voice, bench.media, ScenarioCaller(script), bench.observer)
    runner = build_runner(ports, bench.clock, script.build_world(), script, script.values)
    return runner.run(load_flow(Path(script.flow or ""), script.values), script.build_start("c"))


def test_mocks_stand_for_the_outside_and_every_expectation_is_met(folder: Path) -> None:
    script = scenario(folder)
    result = play(script)
    checks = check_scenario(script, result)
    assert [check for check in checks if not check.is_met] == []
    assert len(checks) == 16
    assert [visit.work_ms for visit in result.blocks if visit.identifier == "조회"] == [1500.0, 4000.0]
    assert [entry.text for entry in result.entries if entry.kind == "audio"] == ["잔잔한 음악"]


def test_a_scenario_brings_its_modules_and_their_values(folder: Path) -> None:
    text = SCRIPT.replace("{intent: Order, says: 확인할게요, confidence: 0.8}, {intent: Order}, ", "")
    result = play(scenario(folder, text.partition("turns:")[0] + "turns: [{say: 상담원}]"))
    assert [entry.text for entry in result.entries][-1] == "안녕히 가세요"


def test_a_bot_that_is_not_mocked_any_more_takes_the_error_branch(folder: Path) -> None:
    text = (
        SCRIPT.partition("mocks:")[0]
        + "mocks: {lex: [{intent: Order, done: false, says: 몇 번인가요}]}\nturns: [{say: 네}, {say: 네}]"
    )
    result = play(scenario(folder, text))
    assert [visit.branch for visit in result.blocks if visit.identifier == "듣기"] == ["NoMatchingError"]


def test_a_prompt_of_the_scenario_is_as_strict_as_connect(folder: Path) -> None:
    write_audio(folder / "pcm.wav", tone(0.5))
    result = play(scenario(folder, SCRIPT.replace("p-1: 잔잔한 음악", "p-1: pcm.wav")))
    assert "Connect would not play this file" in str(result.blocks[1].error)


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(FlowError, match="the library prompt 'p-1' is not on this machine"):
        play(scenario(folder, SCRIPT.replace("prompts: {p-1: 잔잔한 음악}", "")))
    with pytest.raises(NotFoundError, match=r"none\.json"):
        play(scenario(folder, SCRIPT.replace("module.json", "none.json")))


def test_a_call_that_goes_another_way_says_so(folder: Path) -> None:
    wrong = SCRIPT.partition("expect: {ends")[0] + (
        "expect: {ends: queue, queue: q1, path: [듣기, 인사], never: 답, text_contains: 없음, absent: 도착,"
        ' attributes: {failed: "no"}, callbacks: 1, notice: {text: 녹음, within_s: 3}, within_s: 1}'
    )
    script = scenario(folder, wrong)
    checks = [check for check in check_scenario(script, play(script)) if check.turn == 0]
    assert len(checks) == 10
    assert not any(check.is_met for check in checks)
    assert Check(0, "ends", "queue", "flow", False) in checks
    assert Check(0, "notice 녹음", "3 s", "never", False) in checks


def test_a_time_without_a_zone_is_korean(folder: Path) -> None:
    starts_at_s = scenario(folder).world.starts_at_s()
    assert starts_at_s == datetime.fromisoformat("2026-11-25T10:00+09:00").timestamp()
    assert ending_of(play(scenario(folder))) == "flow"


@pytest.mark.parametrize(
    ("wanted", "visited", "is_met"),
    [
        (["a", "c"], ["a", "b", "c"], True),
        (["c", "a"], ["a", "b", "c"], False),
        (["a", "a"], ["a", "b"], False),
        ([], [], True),
    ],
)
def test_a_path_is_a_way_with_anything_between(wanted: list[str], visited: list[str], is_met: bool) -> None:
    assert is_path(wanted, visited) is is_met


def test_a_scenario_becomes_a_test_case_of_connect(folder: Path) -> None:
    script = scenario(folder)
    export = export_test_case(script, play(script), load_flow(folder / "flow.json"), "flow-1")
    content = json.loads(export.request["Content"])
    observations = content["Observations"]

    assert content["Version"] == TESTING_VERSION
    assert export.request["EntryPoint"]["VoiceCallEntryPointParameters"] == {
        "SourcePhoneNumber": "+821012345678", "DestinationPhoneNumber": "+827012345678", "FlowId": "flow-1",
    }  # fmt: skip
    assert json.loads(export.request["InitializationData"]) == {"Attributes": {"plan": "gold"}}
    assert [each["Event"]["Type"] for each in observations] == ["TestInitiated"] + ["MessageReceived"] * 4
    mock = observations[0]["Actions"][0]["Parameters"]["Behavior"]["Properties"]
    assert mock["ActionParameters"] == {"LambdaFunctionARN": LAMBDA}
    assert json.loads(mock["Strategy"]["Response"]["ExecutionResult"]["LoadedData"]) == {"answer": "오늘 도착해요"}
    said = [action["Parameters"]["Instruction"] for each in observations for action in each["Actions"]
            if action["Type"] == "SendInstruction"]  # fmt: skip
    assert said[0] == {"Type": "TextUtterance", "Properties": {"Text": "배송 언제 와요", "LanguageCode": "ko-KR"}}
    for before, after in pairwise(observations):
        assert before["Transitions"]["NextObservations"] == [after["Identifier"]]
    assert observations[-1]["Actions"][-1]["Parameters"]["Command"] == {"Type": "EndTest"}
    assert [action["Type"] for action in observations[-1]["Actions"]][-2:] == ["Assert", "TestControl"]
    identifiers = [action["Identifier"] for each in observations for action in each["Actions"]]
    assert len(set(identifiers)) == len(identifiers)
    assert "mocks.functions.next_batch: fails" in export.left_out
    assert "turn 1: expect path" in export.left_out


def test_keys_are_pressed_in_a_test_case(folder: Path) -> None:
    script = scenario(folder, SCRIPT.partition("turns:")[0] + 'turns: [{press: "1#"}, {silence: 3}, {hangup: true}]')
    export = export_test_case(script, play(script), load_flow(folder / "flow.json"), "f")
    assert '"DtmfInput"' in export.request["Content"]
    assert [each for each in export.left_out if each.startswith("turn")] == ["turn 2: silence", "turn 3: hangup"]


BARGE = """
name: 끼어들기
flow: flow.json
prompts: {p-1: 음악}
mocks: {lex: [{intent: Order, done: false, says: 확인하고 있어요}, {intent: Agent}]}
flows: {"arn:x:flow-module/m1": module.json}
values: {Goodbye: 네}
turns:
  - {say: 상담원, after_s: 0.4, expect: {barge_in: true}}
  - {say: 빨리요, expect: {barge_in: false}}
"""


def test_a_caller_cuts_a_prompt_short(folder: Path) -> None:
    script = scenario(folder, BARGE)
    result = play(script)
    prompt, caller = [entry for entry in result.entries if entry.block == "듣기"][:2]

    assert (prompt.text, round(prompt.end_s - prompt.start_s, 3)) == ("말씀하세요.", 0.4)
    assert caller.start_s == pytest.approx(prompt.end_s, abs=0.05)
    assert [check.is_met for check in check_scenario(script, result)] == [True, True]


def test_a_prompt_that_may_not_be_cut_is_heard_to_its_end(folder: Path) -> None:
    flow = json.loads((folder / "flow.json").read_text(encoding="utf-8"))
    flow["Actions"][2]["Parameters"]["LexSessionAttributes"] = {"x-amz-lex:allow-interrupt:*:*": "false"}
    (folder / "flow.json").write_text(json.dumps(flow), encoding="utf-8")

    prompt = next(entry for entry in play(scenario(folder, BARGE)).entries if entry.block == "듣기")

    assert prompt.end_s - prompt.start_s == 1.0


def test_a_menu_is_cut_by_keys_and_not_by_words() -> None:
    menu = flow_of(
        block("메뉴", "GetParticipantInput", {"Text": "번호", "InputTimeLimitSeconds": "5"}, "끝", {"NoMatchingCondition": "끝",
              "InputTimeLimitExceeded": "끝", "NoMatchingError": "끝"}, {"Equals 1": "끝"}),
        *ending("끝"),
    )  # fmt: skip
    lengths = []
    for turn in ({"press": "1", "after_s": 0.25}, {"say": "일번", "after_s": 0.25}):
        bench = Bench()
        bench.caller = ScenarioCaller(Scenario.model_validate({"name": "x", "turns": [turn]}))  # type: ignore[assignment]
        entry = bench.run(menu).entries[0]
        lengths.append(entry.end_s - entry.start_s)

    assert lengths == [0.25, 1.0]


def test_silence_cannot_cut_a_prompt() -> None:
    with pytest.raises(ValueError, match="after_s is for say"):
        Scenario.model_validate({"name": "x", "turns": [{"silence": 3, "after_s": 1}]})
