import dataclasses

import pytest

from tests.fakes.flow import (
    FLOWS,
    Bench,
    FakeCaller,
    FakeFunctions,
    FakeLex,
    FakeMedia,
    FakeVoice,
    block,
    branches,
    ending,
    flow_of,
    tone,
)
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, EngineError, FlowError
from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.contact import ContactStart
from voicebot.flow.handlers import HANDLERS
from voicebot.flow.load import load_flow
from voicebot.flow.ports import LexStep, Said
from voicebot.flow.world import Queue, World

pytestmark = pytest.mark.unit

QUEUE = "arn:aws:connect:x:1:instance/i/queue/q1"
VALUES = {"BotAliasArn": "arn:bot", "NextBatchArn": "arn:next", "QueueArn": QUEUE}
START = ContactStart("contact-1", "+821011112222", "+827012345678", {"tier": "gold"})


def lex_step(intent: str, **session: str) -> LexStep:
    return LexStep((), True, intent, session_attributes=session, confidence=0.9, dialog_state="Fulfilled")


@pytest.fixture
def bench() -> Bench:
    """A call in which the bot answers one question with two clips, and then hands over."""
    first = lex_step("CaptureUtterance", voicebot_job="job-7", voicebot_hit="true")
    batches = [
        {"AudioUrl": "https://b/1.wav", "NextIndex": "1", "HasMore": "true", "StageLookupMs": "4.5"},
        {"AudioUrl": "https://b/2.wav", "NextIndex": "2", "HasMore": "false"},
    ]
    return Bench(
        functions=FakeFunctions({"arn:next": batches}),
        lex=FakeLex([first, lex_step("RequestAgent")]),
        media=FakeMedia({"https://b/1.wav": (tone(0.5), "첫째"), "https://b/2.wav": (tone(0.5), "둘째")}),
        caller=FakeCaller([Said("영업시간이 어떻게 되나요"), Said("상담원 연결해 주세요")]),
    )


def test_a_whole_call_goes_through_its_blocks(bench: Bench) -> None:
    result = bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    assert branches(result) == [
        ("로그 켜기", "NextAction"),
        ("목소리", "NextAction"),
        ("언어", "NextAction"),
        ("인사", "NextAction"),
        ("듣기", "Equals CaptureUtterance"),
        ("다음 음성", "NextAction"),
        ("재생", "NextAction"),
        ("더 있나", "Equals true"),
        ("다음 음성", "NextAction"),
        ("재생", "NextAction"),
        ("더 있나", "NoMatchingCondition"),
        ("듣기", "NoMatchingCondition"),
        ("상담원 큐", "NextAction"),
        ("연결", None),
    ]
    assert (result.disconnect_reason, result.queue) == (None, "q1")
    assert [(entry.who, entry.text) for entry in result.entries] == [
        ("bot", "안녕하세요, AI 상담원입니다."),
        ("bot", "무엇을 도와드릴까요?"),
        ("caller", "영업시간이 어떻게 되나요"),
        ("bot", "첫째"),
        ("bot", "둘째"),
        ("bot", "무엇을 도와드릴까요?"),
        ("caller", "상담원 연결해 주세요"),
    ]
    assert bench.voice.said[0] == ("안녕하세요, AI 상담원입니다.", False, "Seoyeon", "ko-KR")
    assert [entry.text for entry in bench.observer.entries] == [entry.text for entry in result.entries]
    assert [entry.intent for entry in bench.observer.entries if entry.who == "caller"] == [
        "CaptureUtterance",
        "RequestAgent",
    ]
    assert bench.observer.visits == list(result.blocks)


def test_functions_get_the_event_that_connect_sends(bench: Bench) -> None:
    bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    assert bench.functions.events[0] == {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": {"tier": "gold"},
                "Channel": "VOICE",
                "ContactId": "contact-1",
                "CustomerEndpoint": {"Address": "+821011112222", "Type": "TELEPHONE_NUMBER"},
                "CustomerId": None,
                "Description": None,
                "InitialContactId": "contact-1",
                "InitiationMethod": "INBOUND",
                "InstanceARN": START.instance_arn,
                "LanguageCode": "ko-KR",
                "MediaStreams": {"Customer": {"Audio": None}},
                "Name": None,
                "PreviousContactId": "contact-1",
                "Queue": None,
                "References": {},
                "SystemEndpoint": {"Address": "+827012345678", "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": {"JobId": "job-7", "NextIndex": ""},
        },
    }
    assert bench.functions.events[1]["Details"]["Parameters"] == {"JobId": "job-7", "NextIndex": "1"}


def test_what_the_bot_and_functions_note_is_kept_with_the_utterance(bench: Bench) -> None:
    result = bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    first, second = (entry for entry in result.entries if entry.who == "caller")
    assert (first.turn, first.intent, first.confidence, first.block) == (1, "CaptureUtterance", 0.9, "듣기")
    assert first.annotations == {"voicebot_job": "job-7", "voicebot_hit": "true", "StageLookupMs": "4.5"}
    assert (second.turn, second.intent, second.annotations) == (2, "RequestAgent", {})


def test_what_the_caller_said_is_shown_even_if_the_bot_fails(bench: Bench) -> None:
    bench.lex = FakeLex([EngineError("gone", engine="lex", retryable=True)])

    bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    assert [entry.text for entry in bench.observer.entries if entry.who == "caller"] == ["영업시간이 어떻게 되나요"]


def test_the_same_call_is_the_same_again(bench: Bench) -> None:
    flow = load_flow(FLOWS / "inbound.json", VALUES)
    again = dataclasses.replace(
        bench,
        functions=FakeFunctions({"arn:next": list(bench.functions.answers["arn:next"])}),
        lex=FakeLex(list(bench.lex.steps)),
        caller=FakeCaller(bench.caller.turns),
        clock=VirtualClock(timer=lambda: 0.0),
    )

    one, two = bench.run(flow, START), again.run(flow, START)
    assert (one.entries, one.blocks) == (two.entries, two.blocks)


def test_a_full_queue_takes_its_branch(bench: Bench) -> None:
    bench.world = World({"q1": Queue("상담", capacity=0)})

    result = bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    assert branches(result)[-3:] == [("연결", "QueueAtCapacity"), ("만원", "NextAction"), ("끊기", None)]
    assert (result.disconnect_reason, result.queue) == ("CONTACT_FLOW_DISCONNECT", None)
    assert result.blocks[-3].error == "queue 상담 is full"


def test_a_caller_who_hangs_up_ends_the_call(bench: Bench) -> None:
    bench.caller = FakeCaller([])

    result = bench.run(load_flow(FLOWS / "inbound.json", VALUES), START)

    assert result.disconnect_reason == "CUSTOMER_DISCONNECT"
    assert branches(result)[-1] == ("듣기", None)
    assert result.duration_s == pytest.approx(2.0)


def test_real_work_passes_on_the_clock_of_the_call() -> None:
    ticks = iter(range(1000))
    clock = VirtualClock(timer=lambda: next(ticks) * 0.25)
    bench = Bench(functions=FakeFunctions({"arn:f": {"a": "b"}}), clock=clock)

    result = bench.run(
        flow_of(block("f", "InvokeLambdaFunction", {"LambdaFunctionARN": "arn:f"}, "end"), *ending("end"))
    )

    assert result.blocks[0].work_ms > 0
    assert result.blocks[0].end_s - result.blocks[0].start_s == pytest.approx(result.blocks[0].work_ms / 1000)


def test_every_action_can_be_run() -> None:
    assert set(HANDLERS) == set(ACTIONS)


def test_a_loop_without_a_sound_is_found() -> None:
    flow = flow_of(block("돌기", "Compare", {"ComparisonValue": "$.Attributes.a"}, "돌기"))

    with pytest.raises(FlowError, match="500 blocks ran without a sound or a question") as caught:
        Bench().run(flow)
    assert caught.value.block == "돌기"


def test_a_call_that_never_ends_is_found() -> None:
    flow = flow_of(block("말하기", "MessageParticipant", {"Text": "네"}, "말하기"))

    with pytest.raises(FlowError, match="the call passed 120 minutes"):
        Bench(voice=FakeVoice(seconds=60)).run(flow)


def test_an_unknown_reference_names_its_block() -> None:
    flow = flow_of(block("말하기", "MessageParticipant", {"Text": "$.Atributes.name"}, "end"), *ending("end"))

    with pytest.raises(FlowError, match="block '말하기': "):
        Bench().run(flow)


def test_a_failure_without_any_branch_goes_on_to_the_next_block() -> None:
    flow = flow_of(block("말하기", "MessageParticipant", {"Text": "네"}, "end"), *ending("end"))
    failure = EngineError("no voice", engine="v", retryable=False)

    result = Bench(voice=FakeVoice(failure=failure)).run(flow)

    assert branches(result) == [("말하기", "NextAction"), ("end", None)]
    assert result.blocks[0].error == "v: no voice"


def test_a_failure_without_any_way_out_is_an_error() -> None:
    flow = flow_of(block("말하기", "MessageParticipant", {"Media": {"Uri": "https://b/none.wav"}}), *ending("end"))

    with pytest.raises(FlowError, match="block '말하기': MessageParticipant has no way to go on: there is no audio"):
        Bench().run(flow)


def test_what_is_wrong_with_this_machine_is_not_the_flows_failure() -> None:
    flow = flow_of(block("말하기", "MessageParticipant", {"Text": "네"}, "end"), *ending("end"))

    with pytest.raises(ConfigError):
        Bench(voice=FakeVoice(failure=ConfigError("no voice is installed"))).run(flow)
