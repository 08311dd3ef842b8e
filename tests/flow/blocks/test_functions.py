from typing import Any

import pytest

from tests.fakes.flow import Bench, FakeFunctions, block, branches, ending, flow_of
from voicebot.clock import VirtualClock
from voicebot.flow.model import Flow
from voicebot.flow.ports import FunctionFailed, FunctionThrottled, FunctionTimeout
from voicebot.flow.result import CallResult

pytestmark = pytest.mark.unit

ARN = "arn:f"
BUSY, DOWN = FunctionThrottled(ARN), FunctionFailed(ARN, "status 503", retryable=True)


def calling(**parameters: Any) -> Flow:
    say = block("말하기", "MessageParticipant", {"Text": "$.External.text $.External.list[1].name"}, "end")
    call = block(
        "함수", "InvokeLambdaFunction", {"LambdaFunctionARN": ARN, **parameters}, "말하기", {"NoMatchingError": "error"}
    )
    return flow_of(call, say, *ending("end", "error"))


def run(answer: object, flow: Flow | None = None, takes_s: float = 0.0) -> tuple[CallResult, FakeFunctions]:
    clock = VirtualClock(timer=lambda: 0.0)
    functions = FakeFunctions({ARN: answer}, clock, takes_s)
    return Bench(functions=functions, clock=clock).run(flow or calling()), functions


def failure(answer: object, flow: Flow | None = None, takes_s: float = 0.0) -> str:
    result, _ = run(answer, flow, takes_s)
    assert branches(result) == [("함수", "NoMatchingError"), ("error", None)]
    return result.blocks[0].error or ""


def test_an_answer_can_be_referred_to() -> None:
    result, functions = run({"text": "안녕하세요"})

    assert result.entries[0].text == "안녕하세요"
    assert functions.timeouts_s == [8]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("안녕", "is a string"),
        ([["a"]], "is a list"),
        (None, "is null"),
        ({"a": 1}, "a is a number"),
        ({"a": True}, "a is a boolean"),
        ({"a": None}, "a is null"),
        ({"a": {"b": "c"}}, "a is an object"),
        ({"a": "x", "b": ["c"], "d": 1.5}, "b is a list, d is a number"),
        ({"a": b"raw"}, "not JSON"),
        ({"a": "가" * 10_923}, "32778 bytes"),
    ],
)
def test_an_answer_that_is_no_small_string_map_takes_the_error_branch(answer: object, message: str) -> None:
    assert message in failure(answer)


def test_an_answer_just_below_the_limit_is_taken() -> None:
    result, _ = run({"a": "가" * 10_919 + "b"})

    assert branches(result)[0] == ("함수", "NextAction")


def test_json_may_be_nested_when_the_flow_says_so() -> None:
    flow = calling(ResponseValidation={"ResponseType": "JSON"})
    result, _ = run({"text": 7, "list": [{}, {"name": "둘"}]}, flow)

    assert result.entries[0].text == "7 둘"


def test_the_last_answer_replaces_the_one_before() -> None:
    call = {"LambdaFunctionARN": ARN}
    flow = flow_of(
        block("하나", "InvokeLambdaFunction", call, "둘"),
        block("둘", "InvokeLambdaFunction", call, "말하기"),
        block("말하기", "MessageParticipant", {"Text": "[$.External.a|$.External.b]"}, "end"),
        *ending("end"),
    )

    result, _ = run([{"a": "1"}, {"b": "2"}], flow)

    assert result.entries[0].text == "[|2]"


def test_functions_that_are_busy_or_down_are_tried_three_times_more() -> None:
    result, functions = run([BUSY, DOWN, BUSY, {"text": "네"}])

    assert (result.entries[0].text, len(functions.events)) == ("네", 4)
    assert failure([BUSY] * 9) == "arn:f: too many requests"


def test_retries_share_one_time_limit() -> None:
    result, functions = run([DOWN] * 9, takes_s=3.0)

    assert functions.timeouts_s == [8, 5, 2]
    assert branches(result)[0] == ("함수", "NoMatchingError")
    assert result.blocks[0].error == "arn:f: no answer within 8 s"


def test_an_error_in_the_functions_code_is_not_retried() -> None:
    result, functions = run([FunctionFailed(ARN, "KeyError"), {"text": "네"}])

    assert (branches(result)[0], len(functions.events)) == (("함수", "NoMatchingError"), 1)


def test_a_timeout_takes_the_whole_limit_and_is_not_retried() -> None:
    result, functions = run([FunctionTimeout(ARN, 3), {"text": "네"}], calling(InvocationTimeLimitSeconds="3"))

    assert (len(functions.events), result.duration_s) == (1, 3.0)
    assert result.blocks[0].error == "arn:f: no answer within 3 s"


def test_an_answer_that_comes_too_late_is_a_timeout() -> None:
    assert failure({"text": "네"}, calling(InvocationTimeLimitSeconds=2), takes_s=2.5) == "arn:f: no answer within 2 s"


def test_the_work_of_a_function_is_measured() -> None:
    result, _ = run({"text": "네"}, takes_s=0.75)

    assert result.blocks[0].work_ms == pytest.approx(750)
    assert result.blocks[1].start_s == pytest.approx(0.75)


def test_a_function_that_does_not_exist_takes_the_error_branch() -> None:
    assert failure({}, calling(LambdaFunctionARN="arn:g")) == "there is no function arn:g"


def test_an_asynchronous_call_leaves_nothing_behind() -> None:
    flow = calling(InvocationType="ASYNCHRONOUS")
    result, functions = run({"text": "네"}, flow)

    assert (functions.started, result.entries) == ([ARN], ())
    assert failure([BUSY], flow) == "arn:f: too many requests"


def test_a_function_cannot_change_the_contact_through_its_event() -> None:
    def meddle(event: dict[str, Any]) -> dict[str, str]:
        event["Details"]["ContactData"]["Attributes"]["x"] = "y"
        return {}

    result, _ = run(meddle)

    assert result.attributes == {}
