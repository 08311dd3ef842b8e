from pathlib import Path

import pytest

from tests.fakes.flow import FLOWS, Bench, FakeFunctions, FakeLex, FakeMedia, tone
from voicebot.audio.clip import Clip
from voicebot.audio.wav import write_audio
from voicebot.errors import InputError, NotFoundError
from voicebot.flow.expectations import check_scenario
from voicebot.flow.load import load_flow
from voicebot.flow.ports import HungUp, LexStep, Pressed, Said, Silent
from voicebot.flow.report import call_document
from voicebot.flow.scenario import Scenario, ScenarioCaller, load_scenario

pytestmark = pytest.mark.unit

WHOLE = """
name: 영업시간 안내
flow: connect_flows/inbound.json
contact: {number: "+821099998888", initiation: API, attributes: {name: 민지}}
world:
  queues: {q1: {name: 상담, capacity: 0, hours: night}}
  hours: {night: {sat: "22:00-00:00"}, holiday: closed}
turns:
  - say: 영업시간이 어떻게 되나요?
    expect: {intent: CaptureUtterance, hit: true, text_contains: 아홉 시, block: 재생, within_ms: 1500}
  - press: 1
  - press: "0123#"
  - silence: 4
  - hangup: true
"""


def scenario(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


class Recogniser:
    def transcribe(self, clip: Clip) -> str:
        return f"{clip.duration_s:g}초"


def test_a_scenario_is_read(tmp_path: Path) -> None:
    case = scenario(tmp_path, WHOLE)
    world, start = case.build_world(), case.build_start("c1")

    assert (case.name, case.flow, len(case.turns)) == ("영업시간 안내", "connect_flows/inbound.json", 5)
    assert (start.contact_id, start.customer_number, start.initiation) == ("c1", "+821099998888", "API")
    assert start.attributes == {"name": "민지"}
    assert world.queues["q1"].is_full
    assert not world.hours_of("holiday").is_open(0)
    assert world.hours_of("other").is_open(0)  # 1970-01-01 was a Thursday, and it was nine in Seoul


@pytest.mark.parametrize(("word", "is_open"), [("open", True), ("closed", False)])
def test_one_word_is_for_all_hours(tmp_path: Path, word: str, is_open: bool) -> None:
    world = scenario(tmp_path, f"world: {{hours: {word}}}\nturns: []").build_world()

    assert world.hours_of("any").is_open(0) is is_open
    assert world.hours_of(None).is_open(0) is is_open


def test_the_caller_does_what_the_scenario_says_and_then_hangs_up(tmp_path: Path) -> None:
    caller = ScenarioCaller(scenario(tmp_path, WHOLE))

    turns = [caller.next("speech") for _ in range(6)]

    assert turns == [
        Said("영업시간이 어떻게 되나요?"),
        Pressed("1"),
        Pressed("0123#"),
        Silent(4),
        HungUp(),
        HungUp(),
    ]


def test_a_wav_is_found_beside_the_scenario_and_its_words_recognised_or_written(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tone(0.5))
    case = scenario(tmp_path, "turns:\n  - wav: a.wav\n  - {wav: a.wav, say: 네}")

    caller = ScenarioCaller(case, Recogniser())
    first, second = caller.next("speech"), caller.next("speech")

    assert isinstance(first, Said)
    assert isinstance(second, Said)
    assert (first.text, second.text) == ("0.5초", "네")
    assert first.clip is not None
    with pytest.raises(InputError, match=r"case: turn 1: nothing here can tell what is said") as caught:
        ScenarioCaller(case)
    assert "voicebot[stt]" in (caught.value.hint or "")


def test_a_wav_that_is_none_names_the_turn(tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_text("no")
    case = scenario(tmp_path, "turns: [{say: 네}, {wav: b.wav, say: 네}]")

    with pytest.raises(InputError, match=r"turn 2: .*not an audio file"):
        ScenarioCaller(case)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a scenario has name, flow and turns"),
        ("turns: [", "line 1: not YAML"),
        ("turns: [{say: 2026-13-45}]", "cannot be read"),
        ("name: a", "turns: is missing"),
        ("turns: 네", "turns: "),
        ("turns: [네]", "turn 1: "),
        ("turns: [{say: 네}, {}]", "turn 2: a turn has one of say, press, silence, wav, hangup, and this one has none"),
        ("turns: [{say: 네, press: '1'}]", "turn 1: a turn has one of .* not say and press"),
        ("turns: [{say: ''}]", "turn 1: say: "),
        ("turns: [{say: no}]", "turn 1: say: "),
        ("turns: [{press: 012}]", "turn 1: press: "),
        ("turns: [{press: 일}]", "turn 1: press takes keys in quotes"),
        ("turns: [{silence: -1}]", "turn 1: silence: "),
        ("turns: [{hangup: false}]", "turn 1: hangup: "),
        ("turns: [{say: 네, expects: {}}]", "turn 1: expects: "),
        ("turns: [{say: 네, expect: {hits: true}}]", "turn 1: expect: hits: "),
        ("turns: []\nworld: {hours: sometimes}", "world: hours: hours are open, closed"),
        ("turns: []\nworld: {hours: {h: {mon: '9-6'}}}", "world: hours: mon is not of the form"),
        ("turns: []\nworld: {hours: {h: {월: '09:00-18:00'}}}", "world: hours: hours are"),
        ("turns: []\nlambdas: {}", "lambdas: "),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=f"case.yaml.*{message}") as caught:
        scenario(tmp_path, text)
    assert caught.value.hint


def test_a_missing_scenario_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_scenario(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="this is a folder"):
        load_scenario(tmp_path)


@pytest.fixture
def bench() -> Bench:
    answer = LexStep(
        (), True, "CaptureUtterance", session_attributes={"voicebot_hit": "true", "voicebot_stage_find_ms": "3"}
    )
    batch = {"AudioUrl": "https://b/1.wav", "HasMore": "false", "StageLookupMs": "4.5", "StageNote": "없음"}
    return Bench(
        functions=FakeFunctions({"arn:next": batch}),
        lex=FakeLex([answer]),
        media=FakeMedia({"https://b/1.wav": (tone(0.5), "아홉 시에 열어요.")}),
    )


def run(bench: Bench, case: Scenario) -> tuple[dict[str, object], list[tuple[int, str, str, bool]]]:
    flow = load_flow(FLOWS / "inbound.json", {"BotAliasArn": "a", "NextBatchArn": "arn:next", "QueueArn": "q1"})
    bench.caller = ScenarioCaller(case)  # type: ignore[assignment]
    result = bench.run(flow, case.build_start("c1"))
    checks = check_scenario(case, result)
    document = call_document(result, checks)
    return document, [(check.turn, check.what, check.actual, check.is_met) for check in checks]


def test_expectations_that_are_met(tmp_path: Path, bench: Bench) -> None:
    case = scenario(tmp_path, WHOLE[: WHOLE.index("  - press: 1")])

    assert run(bench, case)[1] == [
        (1, "intent", "CaptureUtterance", True),
        (1, "hit", "yes", True),
        (1, "text_contains", "아홉 시에 열어요. 무엇을 도와드릴까요?", True),
        (1, "block", "듣기, 재생, 다음 음성, 더 있나", True),
        (1, "within_ms", "820", True),
    ]


def test_expectations_that_are_not_met(tmp_path: Path, bench: Bench) -> None:
    text = """
    turns:
      - say: 영업시간이요
        expect: {intent: Goodbye, hit: false, text_contains: 열 시, block: 만원, within_ms: 100}
      - hangup: true
      - say: 네
        expect: {intent: Goodbye, hit: false, text_contains: 열 시, block: 만원, within_ms: 100}
    """

    checks = run(bench, scenario(tmp_path, text))[1]

    assert [is_met for *_, is_met in checks] == [False] * 10
    assert [actual for turn, _, actual, _ in checks if turn == 3] == [
        "none",
        "nothing was looked up",
        "",
        "",
        "nothing was said",
    ]


def test_the_document_has_everything_that_happened(tmp_path: Path, bench: Bench) -> None:
    case = scenario(tmp_path, "turns: [{say: 영업시간이요, expect: {hit: true}}]")

    document = run(bench, case)[0]

    assert (document["contact_id"], document["disconnect_reason"]) == ("c1", "CUSTOMER_DISCONNECT")
    assert document["started_at"] == "1970-01-01T09:00:00.000+09:00"
    transcript = document["transcript"]
    assert isinstance(transcript, list)
    caller = next(row for row in transcript if row["who"] == "caller")
    assert (caller["hit"], caller["intent"]) == (True, "CaptureUtterance")
    assert caller["stages_ms"] == {"find": 3.0, "lookup": 4.5}
    assert transcript[0]["hit"] is None
    blocks, checks = document["blocks"], document["checks"]
    assert isinstance(blocks, list)
    assert blocks[-1]["identifier"] == "듣기"
    assert checks == [{"turn": 1, "what": "hit", "expected": "yes", "actual": "yes", "is_met": True}]
