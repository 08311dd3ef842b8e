"""Modules, queues, hold: where a contact goes when one flow is not all."""

import json
from typing import Any

import pytest

from tests.fakes.flow import Bench, FakeCaller, FakeMedia, FakeVoice, block, branches, document, ending, flow_of, tone
from voicebot.errors import FlowError
from voicebot.flow.load import build_flow
from voicebot.flow.model import Flow
from voicebot.flow.ports import Pressed, Silent
from voicebot.flow.world import Queue, World

pytestmark = pytest.mark.unit

Q1 = "arn:aws:connect:x:1:instance/i/queue/q1"


def named(name: str, kind: str, *blocks: dict[str, object]) -> Flow:
    return build_flow(name, {**document(*blocks), "Metadata": {"type": kind}})


def say(identifier: str, text: str, next_: str) -> dict[str, object]:
    return block(identifier, "MessageParticipant", {"Text": text}, next_, {"NoMatchingError": next_})


def music(identifier: str = "음악", next_: str | None = None, **parameters: object) -> dict[str, object]:
    given = {"Messages": [{"Text": "하나"}, {"Text": "둘"}], **parameters}
    conditions = {"Equals MessagesInterrupted": next_} if next_ else None
    return block(identifier, "MessageParticipantIteratively", given, next_, conditions=conditions)


RETURN = block("돌아가기", "EndFlowModuleExecution")
MODULE = named("모듈", "module", say("모듈말", "모듈입니다", "돌아가기"), RETURN)


def test_a_module_runs_and_the_flow_goes_on() -> None:
    flow = flow_of(
        block("부르기", "InvokeFlowModule", {"FlowModuleId": "arn:x:flow-module/m1"}, "말", {"NoMatchingError": "end"}),
        say("말", "끝", "end"),
        *ending("end"),
    )
    bench = Bench(flows={"m1": MODULE})

    result = bench.run(flow)

    assert [entry.text for entry in result.entries] == ["모듈입니다", "끝"]
    assert branches(result)[:2] == [("부르기", "NextAction"), ("모듈말", "NextAction")]
    assert [visit.flow for visit in result.blocks] == ["flow", "모듈", "모듈", "flow", "flow"]
    assert result.blocks[0].end_s == 1.0
    assert bench.observer.begun[:2] == [("flow", "부르기"), ("모듈", "모듈말")]
    assert [visit.identifier for visit in bench.observer.visits] == ["모듈말", "돌아가기", "부르기", "말", "end"]


def test_a_module_names_the_branch_that_its_flow_takes() -> None:
    module = named("m", "module", block("실패", "EndFlowModuleExecution", {"TransitionReferenceName": "Error"}))
    flow = flow_of(
        block(
            "부르기", "InvokeFlowModule", {"FlowModuleId": "m1"}, "a", {"NoMatchingError": "a"}, {"Equals Error": "b"}
        ),
        *ending("a", "b"),
    )

    assert branches(Bench(flows={"m1": module}).run(flow))[0] == ("부르기", "Equals Error")


def test_modules_may_stand_in_modules_and_hang_up() -> None:
    outer = named("o", "module", block("안", "InvokeFlowModule", {"FlowModuleId": "m2"}, "돌아가기"), RETURN)
    inner = named("i", "module", say("안쪽", "네", "끊기"), block("끊기", "DisconnectParticipant"))
    flow = flow_of(block("부르기", "InvokeFlowModule", {"FlowModuleId": "m1"}, "end"), *ending("end"))

    result = Bench(flows={"m1": outer, "m2": inner}).run(flow)

    assert result.disconnect_reason == "CONTACT_FLOW_DISCONNECT"
    assert [visit.identifier for visit in result.blocks] == ["부르기", "안", "안쪽", "끊기"]


def test_a_module_alone_or_one_that_is_missing_is_an_error() -> None:
    with pytest.raises(FlowError, match="only a flow can run it"):
        Bench().run(MODULE)
    flow = flow_of(block("부르기", "InvokeFlowModule", {"FlowModuleId": "m9"}, "end"), *ending("end"))
    with pytest.raises(FlowError, match="'부르기': the flow 'm9' is not on this machine"):
        Bench().run(flow)


def test_endless_modules_are_found() -> None:
    loop = named("loop", "module", block("또", "InvokeFlowModule", {"FlowModuleId": "m"}, "돌아가기"), RETURN)
    with pytest.raises(FlowError, match="invoke each other"):
        Bench(flows={"m": loop}).run(
            flow_of(block("부르기", "InvokeFlowModule", {"FlowModuleId": "m"}, "end"), *ending("end"))
        )


def queued(*more: dict[str, object], hook: str = "CustomerQueue") -> Flow:
    hooks = [block(f"{name} 고르기", "UpdateContactEventHooks", {"EventHooks": {name: f"arn:x/{name}"}}, to) for name, to in (
        (hook, "큐"),)]  # fmt: skip
    return flow_of(
        *hooks,
        *more,
        block("큐", "UpdateContactTargetQueue", {"QueueId": Q1}, "가기"),
        block("가기", "TransferContactToQueue", {}, "full", {"QueueAtCapacity": "full", "NoMatchingError": "full"}),
        *ending("full"),
    )


def test_without_a_queue_flow_the_call_ends_in_the_queue() -> None:
    result = Bench().run(queued())

    assert (result.queue, result.agent_after_s, result.disconnect_reason) == ("q1", None, None)


def test_a_queue_flow_plays_until_an_agent_answers_in_the_middle_of_a_word() -> None:
    waiting = named("대기", "customerQueue", music())

    result = Bench(world=World({"q1": Queue("상담", answer_s=2.5)}), flows={"CustomerQueue": waiting}).run(queued())

    assert (result.queue, result.agent_after_s) == ("q1", 2.5)
    assert [(entry.text, entry.end_s) for entry in result.entries] == [("하나", 1.0), ("둘", 2.0), ("하나", 2.5)]
    assert result.blocks[-1].identifier == "음악"
    assert result.blocks[-1].branch is None


def test_messages_are_interrupted_on_time_and_begin_again() -> None:
    waiting = named(
        "대기",
        "customerQueue",
        music(next_="안내", InterruptFrequencySeconds="3"),
        say("안내", "곧 연결됩니다", "음악"),
    )

    result = Bench(world=World(agent_after_s=9.0), flows={"CustomerQueue": waiting}).run(queued())

    assert [entry.text for entry in result.entries] == ["하나", "둘", "하나", "곧 연결됩니다"] * 2 + ["하나"]
    assert result.agent_after_s == 9.0
    assert [visit.result for visit in result.blocks if visit.identifier == "음악"][:2] == ["MessagesInterrupted"] * 2


def test_a_caller_without_patience_hangs_up() -> None:
    waiting = named("대기", "customerQueue", music())

    result = Bench(world=World(patience_s=4.0), flows={"CustomerQueue": waiting}).run(queued())

    assert (result.disconnect_reason, result.duration_s) == ("CUSTOMER_DISCONNECT", 4.0)


def test_a_queue_flow_asks_and_takes_the_caller_to_another_queue() -> None:
    ask = block(
        "묻기",
        "GetParticipantInput",
        {"Text": "다른 곳은 1번", "InputTimeLimitSeconds": "5"},
        "음악",
        {"InputTimeLimitExceeded": "음악", "NoMatchingCondition": "음악", "NoMatchingError": "음악"},
        {"Equals 1": "옮기기"},
    )
    move = block("옮기기", "DequeueContactAndTransferToQueue", {"QueueId": "q2"}, None, {"QueueAtCapacity": "음악"})
    waiting = named("대기", "customerQueue", music(next_="묻기", InterruptFrequencySeconds="2"), ask, move)
    world = World({"q1": Queue("하나"), "q2": Queue("둘", answer_s=1.0)})

    result = Bench(world=world, flows={"CustomerQueue": waiting}, caller=FakeCaller([Silent(9.0), Pressed("1")])).run(
        queued()
    )

    assert result.queue == "q2"
    assert [visit.branch for visit in result.blocks if visit.identifier == "묻기"] == [
        "InputTimeLimitExceeded",
        "Equals 1",
    ]
    assert result.agent_after_s is not None


def test_a_full_second_queue_leaves_the_caller_in_the_first() -> None:
    move = block("옮기기", "DequeueContactAndTransferToQueue", {"QueueId": "q2"}, None, {"QueueAtCapacity": "음악"})
    waiting = named("대기", "customerQueue", move, music())
    world = World({"q1": Queue("하나", answer_s=3.0), "q2": Queue("둘", capacity=0)})

    result = Bench(world=world, flows={"CustomerQueue": waiting}).run(queued())

    assert (result.queue, result.agent_after_s) == ("q1", 3.0)


def test_a_queue_flow_that_ends_leaves_the_caller_waiting_in_silence() -> None:
    waiting = named("대기", "customerQueue", say("말", "기다려 주세요", "끝"), block("끝", "EndFlowExecution"))

    result = Bench(world=World(agent_after_s=30.0), flows={"CustomerQueue": waiting}).run(queued())

    assert (result.agent_after_s, result.duration_s, result.queue) == (30.0, 30.0, "q1")


def test_a_queue_flow_may_hang_up() -> None:
    waiting = named("대기", "customerQueue", say("말", "끊습니다", "끝"), block("끝", "DisconnectParticipant"))

    assert Bench(flows={"CustomerQueue": waiting}).run(queued()).disconnect_reason == "CONTACT_FLOW_DISCONNECT"


def test_an_agent_puts_the_caller_on_hold() -> None:
    flow = flow_of(
        block("1", "UpdateContactEventHooks", {"EventHooks": {"CustomerQueue": "wait"}}, "2"),
        block("2", "UpdateContactEventHooks", {"EventHooks": {"CustomerHold": "hold"}}, "3"),
        block("3", "UpdateContactEventHooks", {"EventHooks": {"CustomerWhisper": "whisper"}}, "큐"),
        block("큐", "UpdateContactTargetQueue", {"QueueId": Q1}, "가기"),
        block("가기", "TransferContactToQueue", {}, "full", {"QueueAtCapacity": "full", "NoMatchingError": "full"}),
        *ending("full"),
    )
    flows = {
        "wait": named("대기", "customerQueue", music("대기음")),
        "hold": named("보류", "customerHold", music("보류음")),
        "whisper": named(
            "알림", "customerWhisper", say("알림말", "연결되었습니다", "끝"), block("끝", "EndFlowExecution")
        ),
    }

    result = Bench(world=World({"q1": Queue("상담", answer_s=2.0, holds_s=(3.0, 1.0))}), flows=flows).run(flow)

    assert [visit.identifier for visit in result.blocks][-5:] == ["대기음", "알림말", "끝", "보류음", "보류음"]
    assert (result.agent_after_s, result.duration_s) == (2.0, 7.0)
    assert result.disconnect_reason is None


def test_a_hold_flow_runs_by_itself_until_the_agent_comes_back() -> None:
    hold = named(
        "보류", "customerHold", block("음악", "MessageParticipantIteratively", {"Messages": [{"PromptId": "p"}]})
    )
    media = FakeMedia({"prompt:p": (tone(4.0), "음악")})

    result = Bench(media=media, prompts={"p": "prompt:p"}, world=World(agent_after_s=10.0)).run(hold)

    assert (result.duration_s, len(result.entries)) == (10.0, 3)


def test_messages_without_a_sound_still_take_time() -> None:
    hold = named(
        "보류", "customerHold", block("무음", "MessageParticipantIteratively", {"Messages": [{"SSML": "<speak/>"}]})
    )

    assert Bench(voice=FakeVoice(seconds=0.0), world=World(agent_after_s=5.0)).run(hold).duration_s == 5.0


def test_a_transfer_flow_puts_the_caller_through_to_its_agent() -> None:
    flow: dict[str, Any] = {**document(say("말", "연결합니다", "가기"), block("가기", "TransferContactToAgent"))}
    result = Bench().run(build_flow("t", json.loads(json.dumps({**flow, "Metadata": {"type": "agentTransfer"}}))))

    assert (result.queue, result.disconnect_reason) == ("agent", None)
