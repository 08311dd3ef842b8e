from collections import Counter
from datetime import datetime, time

import pytest

from tests.fakes.flow import Bench, block, branches, ending, flow_of
from voicebot.clock import VirtualClock
from voicebot.errors import FlowError
from voicebot.flow.contact import ContactStart
from voicebot.flow.world import SEOUL, Hours, Queue, World

pytestmark = pytest.mark.unit

START = ContactStart("c", "+8210", "+8270", {"tier": "gold", "limit": "gold"})
QUEUE = block("큐", "UpdateContactTargetQueue", {"QueueId": "q1"}, "가기")
BOTH = {"Equals True": "open", "Equals False": "closed"}


def at(text: str) -> VirtualClock:
    return VirtualClock(datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp(), timer=lambda: 0.0)


@pytest.mark.parametrize(
    ("conditions", "way"),
    [
        ({"Equals silver": "a", "Equals gold": "b", "TextStartsWith g": "c"}, "Equals gold"),
        ({"Equals silver": "a"}, "NoMatchingCondition"),
        ({"Equals $.Attributes.limit": "a"}, "Equals $.Attributes.limit"),
        ({}, "NoMatchingCondition"),
    ],
)
def test_the_first_true_condition_wins(conditions: dict[str, str], way: str) -> None:
    errors = {"NoMatchingError": "c", "NoMatchingCondition": "d"}
    first = block("비교", "Compare", {"ComparisonValue": "$.Attributes.tier"}, "e", errors, conditions)

    result = Bench().run(flow_of(first, *ending(*"abcde")), START)

    assert branches(result)[0] == ("비교", way)
    assert result.blocks[0].result == "gold"


def test_no_true_condition_and_no_branch_for_that_goes_on() -> None:
    first = block(
        "비교", "Compare", {"ComparisonValue": "$.Attributes.none"}, "b", {"NoMatchingError": "a"}, {"Equals 1": "a"}
    )

    assert branches(Bench().run(flow_of(first, *ending("a", "b"))))[0] == ("비교", "NextAction")


def test_a_loop_counts_and_begins_again() -> None:
    conditions = {"Equals ContinueLooping": "말하기", "Equals DoneLooping": "또"}
    flow = flow_of(
        block("반복", "Loop", {"LoopCount": "2"}, "말하기", conditions=conditions),
        block("말하기", "MessageParticipant", {"Text": "네"}, "반복"),
        block(
            "또",
            "Loop",
            {"LoopCount": 1},
            "반복",
            conditions={"Equals ContinueLooping": "반복", "Equals DoneLooping": "end"},
        ),
        *ending("end"),
    )

    assert Counter(identifier for identifier, _ in branches(Bench().run(flow))) == {
        "반복": 6,
        "말하기": 4,
        "또": 2,
        "end": 1,
    }


def test_a_loop_of_zero_is_done_at_once() -> None:
    conditions = {"Equals ContinueLooping": "a", "Equals DoneLooping": "b"}
    flow = flow_of(block("반복", "Loop", {"LoopCount": "0"}, "a", conditions=conditions), *ending("a", "b"))

    assert branches(Bench().run(flow))[0] == ("반복", "Equals DoneLooping")


def test_wait_is_for_chat() -> None:
    conditions = {"Equals WaitCompleted": "done"}
    first = block("기다리기", "Wait", {"TimeLimitSeconds": "60"}, "done", {"NoMatchingError": "error"}, conditions)
    flow = flow_of(first, *ending("done", "error"))

    assert branches(Bench().run(flow))[0] == ("기다리기", "NoMatchingError")
    chat = Bench().run(flow, ContactStart("c", "a", "b", channel="CHAT"))
    assert (branches(chat)[0], chat.duration_s) == (("기다리기", "Equals WaitCompleted"), 60)


@pytest.mark.parametrize(
    ("now", "way"),
    [
        ("2026-11-23 08:59:59", "Equals False"),
        ("2026-11-23 09:00:00", "Equals True"),
        ("2026-11-23 17:59:59", "Equals True"),
        ("2026-11-23 18:00:00", "Equals False"),
        ("2026-11-22 12:00:00", "Equals False"),
    ],
)
def test_hours_are_office_hours_in_seoul_by_default(now: str, way: str) -> None:
    first = block("시간", "CheckHoursOfOperation", {"HoursOfOperationId": "h"}, "closed", conditions=BOTH)

    assert branches(Bench(clock=at(now)).run(flow_of(first, *ending("open", "closed"))))[0] == ("시간", way)


def test_hours_come_from_the_world() -> None:
    night = Hours({"sun": (time(22), time(0))})
    world = World(hours={"night": night, "never": Hours(always=False)}, default_hours=Hours(always=True))

    for hours_id, way in {"night": "True", "never": "False", "other": "True"}.items():
        arn = f"arn:aws:connect:x:1:instance/i/operating-hours/{hours_id}"
        first = block("시간", "CheckHoursOfOperation", {"HoursOfOperationId": arn}, "closed", conditions=BOTH)
        result = Bench(clock=at("2026-11-22 23:30:00"), world=world).run(flow_of(first, *ending("open", "closed")))
        assert result.blocks[0].result == way


def test_hours_without_an_id_are_those_of_the_target_queue() -> None:
    check = block("가기", "CheckHoursOfOperation", {}, "open", {"NoMatchingError": "error"}, BOTH)
    world = World({"q1": Queue("상담", hours="h")}, {"h": Hours(always=False)}, Hours(always=True))
    ends = ending("open", "closed", "error")

    assert Bench(world=world).run(flow_of(QUEUE, check, *ends)).blocks[1].result == "False"
    assert branches(Bench(world=world).run(flow_of(check, *ends)))[0] == ("가기", "NoMatchingError")


def test_percentages_are_fixed_by_the_seed() -> None:
    conditions = {"NumberLessThan 31": "a", "NumberLessThan 61": "b"}
    flow = flow_of(
        block("나누기", "DistributeByPercentage", {}, "c", {"NoMatchingCondition": "c"}, conditions), *ending(*"abc")
    )

    taken = [branches(Bench(seed=seed).run(flow))[1][0] for seed in range(300)]

    assert taken == [branches(Bench(seed=seed).run(flow))[1][0] for seed in range(300)]
    assert all(abs(Counter(taken)[block_] - share) < 30 for block_, share in {"a": 90, "b": 90, "c": 120}.items())


def test_a_transfer_ends_the_flow_in_the_queue() -> None:
    flow = flow_of(QUEUE, block("가기", "TransferContactToQueue"), *ending("end"))

    result = Bench(world=World({"q1": Queue("상담", capacity=1)})).run(flow)

    assert (result.disconnect_reason, result.queue) == (None, "q1")


@pytest.mark.parametrize(
    ("errors", "way"),
    [
        ({"QueueAtCapacity": "full", "NoMatchingError": "error"}, "QueueAtCapacity"),
        ({"NoMatchingError": "error"}, "NoMatchingError"),
    ],
)
def test_a_full_queue_takes_its_branch_or_the_one_for_any_error(errors: dict[str, str], way: str) -> None:
    flow = flow_of(QUEUE, block("가기", "TransferContactToQueue", {}, "end", errors), *ending("full", "error", "end"))

    assert branches(Bench(world=World({"q1": Queue("상담", capacity=0)})).run(flow))[1] == ("가기", way)


def test_a_transfer_needs_a_queue() -> None:
    flow = flow_of(block("가기", "TransferContactToQueue", {}, None, {"NoMatchingError": "error"}), *ending("error"))

    assert branches(Bench().run(flow))[0] == ("가기", "NoMatchingError")


def test_another_flow_takes_over_with_the_contact_but_not_the_flow_attributes() -> None:
    first = flow_of(
        block("a", "UpdateFlowAttributes", {"FlowAttributes": {"x": "1"}}, "b"),
        block("b", "UpdateContactAttributes", {"Attributes": {"y": "2"}}, "c"),
        block("c", "TransferToFlow", {"ContactFlowId": "arn:x/contact-flow/f2"}, "end"),
        *ending("end"),
    )
    second = flow_of(
        block("말하기", "MessageParticipant", {"Text": "[$.FlowAttributes.x|$.Attributes.y]"}, "end"), *ending("end")
    )

    result = Bench(flows={"f2": second}).run(first)

    assert branches(result)[2:] == [("c", None), ("말하기", "NextAction"), ("end", None)]
    assert result.entries[0].text == "[|2]"


def test_a_flow_that_is_not_here_is_named() -> None:
    flow = flow_of(block("c", "TransferToFlow", {"ContactFlowId": "f2"}, "end"), *ending("end"))

    with pytest.raises(FlowError, match="block 'c': the flow 'f2' is not on this machine"):
        Bench().run(flow)


def test_a_transfer_to_nowhere_takes_the_error_branch() -> None:
    first = block("c", "TransferToFlow", {"ContactFlowId": "$.Attributes.none"}, "end", {"NoMatchingError": "error"})

    assert branches(Bench().run(flow_of(first, *ending("end", "error"))))[0] == ("c", "NoMatchingError")


def test_the_end_of_the_flow_ends_an_unqueued_call() -> None:
    assert Bench().run(flow_of(block("end", "EndFlowExecution"))).disconnect_reason == "CONTACT_FLOW_DISCONNECT"
