import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.flow import FLOWS, block, document, ending
from voicebot.errors import FlowError, NotFoundError
from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.actions.interactions import InvokeLambdaFunction
from voicebot.flow.actions.participant import GetParticipantInput
from voicebot.flow.load import load_flow
from voicebot.flow.problems import find_problems

pytestmark = pytest.mark.unit

VALUES = {"BotAliasArn": "arn:bot", "NextBatchArn": "arn:next", "QueueArn": "arn:aws:connect:x:1:instance/i/queue/q1"}


def refusal(*blocks: dict[str, object], **changes: object) -> FlowError:
    with pytest.raises(FlowError) as caught:
        load_flow(json.dumps({**document(*blocks), **changes}))
    assert caught.value.hint
    return caught.value


def test_a_flow_is_read_with_its_placeholders_filled() -> None:
    flow = load_flow(FLOWS / "inbound.json", VALUES)

    assert flow.name == "inbound"
    assert flow.start_action == "로그 켜기"
    function = flow.actions["다음 음성"].parameters
    assert isinstance(function, InvokeLambdaFunction)
    assert function.lambda_function_arn == "arn:next"
    assert function.invocation_time_limit_seconds == 8
    assert dict(flow.actions["더 있나"].transitions.branches()) == {
        "NextAction": "듣기",
        "Equals true": "다음 음성",
        "NoMatchingCondition": "듣기",
    }
    assert flow.settings == {"InputParameters": []}
    assert flow.metadata["somethingNew"] == [1, 2]


def test_numbers_and_booleans_may_be_strings_or_not() -> None:
    keypad = load_flow(FLOWS / "keypad.json").actions

    menu, number = keypad["메뉴"].parameters, keypad["번호"].parameters
    assert isinstance(menu, GetParticipantInput)
    assert isinstance(number, GetParticipantInput)
    assert (menu.store_input, menu.input_time_limit_seconds) == (False, 5)
    assert (number.store_input, number.input_time_limit_seconds) == (True, 5)
    assert number.dtmf_configuration is not None
    assert number.dtmf_configuration.interdigit_time_limit_seconds == 3


def test_old_exports_without_errors_and_parameters_are_read() -> None:
    text = '{"Version": "2019-10-30", "StartAction": "a", "Actions": [{"Identifier": "a", "Type": "EndFlowExecution"}]}'

    assert load_flow(text).actions["a"].transitions.errors == ()


def test_an_unfilled_placeholder_is_named_with_its_block() -> None:
    with pytest.raises(FlowError, match=r"block '듣기': the placeholder \$\{BotAliasArn\} has no value") as caught:
        load_flow(FLOWS / "inbound.json", {"QueueArn": "q"})
    assert caught.value.hint == "give a value for BotAliasArn; given are QueueArn"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no flow"):
        load_flow(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"Version": ', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "not JSON"),
    ],
)
def test_a_file_that_is_no_flow_is_one_clear_error(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "flow.json"
    path.write_bytes(data)

    with pytest.raises(FlowError, match=message):
        load_flow(path)


def test_a_folder_is_no_flow(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="cannot be read"):
        load_flow(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(document(*ending("a"))), encoding="utf-8-sig")

    assert load_flow(path).start_action == "a"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Version": "2020-01-01"}, "Version"),
        ({"StartAction": {"id": "a"}}, "StartAction"),
        ({"StartAction": "b"}, "StartAction names 'b'"),
        ({"Actions": []}, "list of blocks"),
        ({"Actions": {}}, "list of blocks"),
        ({"Actions": ["a"]}, "block number 1 has no Identifier"),
        ({"Actions": [{"Identifier": "a"}]}, "no Type"),
        ({"Actions": [{"Identifier": "a", "Type": "Wait", "Parameters": []}]}, "Parameters must be an object"),
        ({"Actions": [{"Identifier": "a", "Type": "Wait", "Transitions": {"Errors": ["x"]}}]}, "documented form"),
        ({"modules": []}, "old console export"),
    ],
)
def test_a_document_of_the_wrong_shape_is_refused(changes: dict[str, Any], message: str) -> None:
    assert message in refusal(*ending("a"), **changes).message


def test_duplicate_identifiers_are_refused() -> None:
    assert "block 'a': two blocks" in refusal(*ending("a", "a")).message


@pytest.mark.parametrize(
    "way", [{"next_": "끈기"}, {"errors": {"NoMatchingError": "끈기"}}, {"conditions": {"Equals 1": "끈기"}}]
)
def test_a_dangling_transition_names_both_blocks(way: dict[str, Any]) -> None:
    error = refusal(block("인사", "MessageParticipant", {"Text": "네"}, **way), *ending("끊기"))

    assert error.block == "인사"
    assert "leads to '끈기', which is no block" in error.message


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("PlayPrompt", "MessageParticipant"),
        ("SetVoice", "UpdateContactTextToSpeechVoice"),
        ("CheckAttribute", "Compare"),
        ("TransferToQueue", "TransferContactToQueue"),
        ("SetLoggingBehavior", "UpdateFlowLoggingBehavior"),
        ("MessageParticipent", "MessageParticipant"),
        ("invokelambdafunction", "InvokeLambdaFunction"),
        ("Trigger", "delete this block"),
        ("Zzz", "reference"),
    ],
)
def test_an_unknown_action_is_named_and_the_right_one_suggested(name: str, right: str) -> None:
    error = refusal(block("시작", name), *ending("끊기"))

    assert error.message == f"block '시작': there is no action {name!r} in the flow language"
    assert right in (error.hint or "")


PROMPT = {"Text": "네"}
KEYS = {**PROMPT, "InputTimeLimitSeconds": "5"}
LEX = {**PROMPT, "LexV2Bot": {"AliasArn": "a"}}


@pytest.mark.parametrize(
    ("type_", "parameters", "message"),
    [
        ("MessageParticipant", {}, "give one of PromptId, Text, SSML, Media"),
        ("MessageParticipant", {"Text": "a", "SSML": "b"}, "give only one of Text, SSML"),
        ("MessageParticipant", {"Txet": "a"}, "no parameter 'Txet'"),
        ("MessageParticipant", {"Media": {"Url": "a"}}, "'Media.Uri'"),
        ("MessageParticipantIteratively", {"Messages": [{}]}, "Messages.0: give one of"),
        ("UpdateContactTextToSpeechVoice", {"VoiceId": "Seoyeon"}, "'TextToSpeechVoice'"),
        ("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "On"}, "FlowLoggingBehavior"),
        (
            "InvokeLambdaFunction",
            {"LambdaFunctionARN": "a", "InvocationTimeLimitSeconds": "30"},
            "at most 8",
        ),
        ("InvokeLambdaFunction", {"LambdaFunctionARN": "a", "InvocationTimeLimitSeconds": "x"}, "whole number"),
        ("InvokeLambdaFunction", {}, "'LambdaFunctionARN'"),
        ("ConnectParticipantWithLexBot", PROMPT, "exactly one of LexV2Bot, LexBot"),
        ("ConnectParticipantWithLexBot", {"LexV2Bot": {"AliasArn": "a"}}, "give one of PromptId"),
        ("GetParticipantInput", PROMPT, "InputTimeLimitSeconds is missing"),
        ("GetParticipantInput", {"InputTimeLimitSeconds": "5"}, "give one of PromptId"),
        ("GetParticipantInput", {**KEYS, "StoreInput": "yes"}, 'must be "True" or "False"'),
        ("GetParticipantInput", {**KEYS, "StoreInput": "True"}, "if and only if StoreInput is True"),
        (
            "GetParticipantInput",
            {**KEYS, "StoreInput": "True", "InputValidation": {}},
            "exactly one of PhoneNumberValidation, CustomValidation",
        ),
        (
            "GetParticipantInput",
            {**KEYS, "StoreInput": "True", "InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local"}}},
            "needs CountryCode",
        ),
        (
            "GetParticipantInput",
            {**KEYS, "InputEncryption": {"EncryptionKeyId": "a", "Key": "b"}},
            "needs InputValidation.CustomValidation",
        ),
        ("Loop", {"LoopCount": "101"}, "less than or equal to 100"),
        ("Wait", {}, "exactly one of TimeoutSeconds, TimeLimitSeconds"),
        ("UpdateContactTargetQueue", {"QueueId": "a", "AgentId": "b"}, "exactly one of QueueId, AgentId"),
        ("UpdateContactEventHooks", {"EventHooks": {"CustomerHold": "a", "AgentHold": "b"}}, "at most 1"),
        ("UpdateContactEventHooks", {"EventHooks": {"Nothing": "a"}}, "EventHooks.Nothing"),
        ("TransferContactToQueue", {"QueueId": "a"}, "no parameter 'QueueId'"),
    ],
)
def test_parameters_of_the_wrong_shape_are_refused(type_: str, parameters: dict[str, Any], message: str) -> None:
    error = refusal(block("시작", type_, parameters, "끊기"), *ending("끊기"))

    assert error.block == "시작"
    assert message in error.message


@pytest.mark.parametrize(
    ("type_", "parameters", "hint"),
    [
        (
            "UpdateContactTextToSpeechVoice",
            {"TextToSpeechVoice": "a", "Engine": "Neural"},
            "did you mean TextToSpeechEngine?",
        ),
        ("UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "a", "LanguageCode": "ko-KR"}, "UpdateContactData"),
        ("MessageParticipant", {"Text": "a", "SkipWhenDTMFBuffer": "a"}, "did you mean SkipWhenDTMFBufferEnabled?"),
        ("DisconnectParticipant", {"Reason": "a"}, "it takes no parameters"),
    ],
)
def test_an_unknown_parameter_gets_a_hint(type_: str, parameters: dict[str, Any], hint: str) -> None:
    assert hint in (refusal(block("시작", type_, parameters, "끊기"), *ending("끊기")).hint or "")


@pytest.mark.parametrize(
    ("conditions", "message"),
    [({"Equal 1": "끊기"}, "no operator 'Equal'"), ({"Is 1": "끊기"}, "no operator 'Is'")],
)
def test_an_unknown_operator_is_refused(conditions: dict[str, str], message: str) -> None:
    first = block("비교", "Compare", {"ComparisonValue": "$.Attributes.a"}, "끊기", conditions=conditions)

    assert message in refusal(first, *ending("끊기")).message


def test_a_condition_has_one_operand() -> None:
    first = block("비교", "Compare", {"ComparisonValue": "$.Attributes.a"}, "끊기", conditions={"Equals 1": "끊기"})
    first["Transitions"]["Conditions"][0]["Condition"]["Operands"] = ["1", "2"]  # type: ignore[index]

    assert "Equals has 2 operands" in refusal(first, *ending("끊기")).message


def test_every_problem_can_be_listed() -> None:
    broken = document(block("a", "PlayPrompt", {}, "b"), block("c", "Loop", {"LoopCount": "x"}, "a"))

    assert [(each.rule, each.block) for each in find_problems(broken)] == [
        ("unknown-action", "a"),
        ("dangling-branch", "a"),
        ("parameter-value", "c"),
    ]


def test_actions_known_by_name_only_are_read() -> None:
    unmodelled = block("보기", "ShowView", {"ViewResource": {"Id": "x"}}, "끊기")

    assert load_flow(json.dumps(document(unmodelled, *ending("끊기")))).actions["보기"].type == "ShowView"
    assert "GetMetricData" in ACTIONS
