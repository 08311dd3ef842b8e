"""A scenario written out as a test case of Amazon Connect, which runs it against the flow in the instance.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/testing-language.html, Version 2025-06-21.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voicebot.flow.model import Flow
from voicebot.flow.result import CallResult, Spoken
from voicebot.flow.scenario import CallExpectation, Scenario, Turn

TESTING_VERSION = "2025-06-21"
_LANGUAGE = "ko-KR"


@dataclass(frozen=True)
class TestCaseExport:
    """A test case, ready for CreateTestCase.

    Args:
        request: The parameters of CreateTestCase but for the instance; `Content` is JSON in a string.
        left_out: What of the scenario a test case of Connect cannot say.
    """

    request: dict[str, Any]
    left_out: tuple[str, ...]


def export_test_case(scenario: Scenario, result: CallResult, flow: Flow, flow_id: str) -> TestCaseExport:
    """Return a scenario as a test case.

    What the caller waits for before each turn is what the flow said in a run on this machine.

    Args:
        scenario: What the caller does.
        result: What came of it here.
        flow: The flow.
        flow_id: The flow's id or ARN in the instance.
    """
    left_out: list[str] = []
    observations = _chained([*_opening(scenario, flow, left_out), *_turns(scenario, result, left_out)])
    _finish(observations, scenario.expect, left_out)
    content = {"Version": TESTING_VERSION, "Metadata": {}, "Observations": observations}
    request = {
        "Name": scenario.name,
        "Description": f"scenario {scenario.name}",
        "Content": json.dumps(content, ensure_ascii=False),
        "EntryPoint": {
            "Type": "VOICE_CALL",
            "VoiceCallEntryPointParameters": {
                "SourcePhoneNumber": scenario.contact.number,
                "DestinationPhoneNumber": scenario.contact.system_number,
                "FlowId": flow_id,
            },
        },
        "InitializationData": json.dumps({"Attributes": scenario.contact.attributes}, ensure_ascii=False),
    }
    return TestCaseExport(request, tuple(dict.fromkeys(left_out)))


def _opening(scenario: Scenario, flow: Flow, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the observation that the test begins, with the mocks of functions."""
    actions = []
    arns = _function_arns(flow)
    for name, part in scenario.mocks.functions.items():
        arn = next((each for each in arns if name in (each, each.split(":")[6 if each.count(":") > 5 else -1])), name)
        for mock in part if isinstance(part, tuple) else (part,):
            if mock.fails:
                left_out.append(f"mocks.functions.{name}: fails")
                continue
            actions.append(_mock(arn, mock.answer, mock.delay_s))
    if scenario.mocks.lex or scenario.mocks.blocks:
        left_out.append("mocks.lex and mocks.blocks")
    if scenario.world.hours or scenario.world.queues or scenario.world.now:
        left_out.append("world: use overrides of the hours and queues of the instance")
    yield _observation("begin", {"Type": "TestInitiated", "Properties": {}}, actions)


def _turns(scenario: Scenario, result: CallResult, left_out: list[str]) -> Iterator[dict[str, Any]]:
    for number, turn in enumerate(scenario.turns, 1):
        prompt = _last_prompt(result.entries, number - 1)
        if number > 1:
            before = scenario.turns[number - 2]
            yield from _expected(number - 1, before, prompt, left_out)
        actions = _instruction(turn)
        if actions is None:
            left_out.append(f"turn {number}: {'silence' if turn.silence else 'hangup'}")
        elif prompt is None:
            left_out.append(f"turn {number}: nothing was said before it that could be waited for")
        else:
            yield _observation(f"turn-{number}", _heard(prompt, "Similarity"), [actions])
    if scenario.turns:
        yield from _expected(len(scenario.turns), scenario.turns[-1], None, left_out)


def _expected(number: int, turn: Turn, prompt: str | None, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what should be heard after a turn; what is heard as the next prompt anyway is waited for there."""
    expect = turn.expect
    if expect is None:
        return
    for text in expect.text_contains:
        if not (prompt and text in prompt):
            yield _observation(f"turn-{number}-hears-{text}", _heard(text, "Inclusion"), [])
    for name in ("intent", "hit", "absent", "block", "path", "digits", "barge_in", "within_ms"):
        if getattr(expect, name) not in (None, ()):
            left_out.append(f"turn {number}: expect {name}")


def _finish(observations: list[dict[str, Any]], expect: CallExpectation | None, left_out: list[str]) -> None:
    """Let the last observation check what is left and end the test."""
    last = observations[-1]
    if expect:
        for name, value in expect.attributes.items():
            parameters = {"Namespace": f"$.Attributes.{name}", "Operator": "Equals", "Operand": value}
            last["Actions"].append(_action("Assert", parameters))
        for name in ("ends", "queue", "path", "never", "text_contains", "absent", "callbacks", "notice", "within_s"):
            if getattr(expect, name) not in (None, ()):
                left_out.append(f"expect {name}")
    last["Actions"].append(_action("TestControl", {"ActionType": "TestControl", "Command": {"Type": "EndTest"}}))
    for observation in observations:
        actions = observation["Actions"]
        for number, action in enumerate(actions, 1):
            action["Identifier"] = f"{observation['Identifier']}-{number}"
        for action, after in pairwise(actions):
            action["Transitions"] = {"NextAction": after["Identifier"]}


def _chained(observations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for before, after in pairwise(observations):
        before["Transitions"] = {"NextObservations": [after["Identifier"]]}
    return observations


def _observation(identifier: str, event: dict[str, Any], actions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Identifier": identifier,
        "Event": {"Identifier": f"{identifier}-event", "Actor": "System", **event},
        "Usage": {"Type": "EXACTLY", "Times": 1},
        "Actions": list(actions),
        "Transitions": {"NextObservations": []},
    }


def _heard(text: str, criteria: str) -> dict[str, Any]:
    return {"Type": "MessageReceived", "Properties": {"Text": text, "MatchingCriteria": criteria}}


def _instruction(turn: Turn) -> dict[str, Any] | None:
    """Return what the simulated customer does; None for what they cannot do."""
    if turn.press is not None:
        instruction: dict[str, Any] = {"Type": "DtmfInput", "Properties": {"Value": turn.press}}
    elif turn.say is not None:
        instruction = {"Type": "TextUtterance", "Properties": {"Text": turn.say, "LanguageCode": _LANGUAGE}}
    else:
        return None
    parameters = {"ActionType": "SendInstruction", "Actor": "Customer", "Instruction": instruction}
    return _action("SendInstruction", parameters)


def _mock(arn: str, answer: object, delay_s: float) -> dict[str, Any]:
    loaded = json.dumps(answer, ensure_ascii=False)
    response = {"Type": "ExecutionResult", "ExecutionResult": {"DelaySeconds": round(delay_s), "LoadedData": loaded}}
    properties = {
        "ActionType": "InvokeLambdaFunction",
        "ActionParameters": {"LambdaFunctionARN": arn},
        "Strategy": {"Type": "MockResponse", "Response": response},
    }
    behavior = {"Type": "FlowAction", "Properties": properties}
    return _action("OverrideSystemBehavior", {"ActionType": "OverrideSystemBehavior", "Behavior": behavior})


def _action(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Identifier": "", "Type": kind, "Parameters": parameters, "Transitions": {"NextAction": ""}}


def _last_prompt(entries: Sequence[Spoken], turn: int) -> str | None:
    """Return what the bot said last before the caller's next turn."""
    said = [entry.text for entry in entries if entry.who == "bot" and entry.turn == turn and entry.text]
    return said[-1] if said else None


def _function_arns(flow: Flow) -> list[str]:
    return [
        str(getattr(action.parameters, "lambda_function_arn", ""))
        for action in flow.actions.values()
        if action.type == "InvokeLambdaFunction"
    ]
