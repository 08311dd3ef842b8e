from typing import Any

import pytest

from tests.fakes.flow import Bench, FakeFunctions, block, branches, ending, flow_of
from voicebot.flow.contact import ContactStart
from voicebot.flow.result import CallResult
from voicebot.flow.world import Queue, World

pytestmark = pytest.mark.unit

START = ContactStart("c", "+8210", "+8270", {"name": "민지", "empty": ""}, initiation="API")


def run(type_: str, parameters: dict[str, Any], says: str = "", **bench: Any) -> CallResult:
    """Run one block, then call a function and say something that refers to the contact."""
    flow = flow_of(
        block("바꾸기", type_, parameters, "함수", {"NoMatchingError": "error"}),
        block("함수", "InvokeLambdaFunction", {"LambdaFunctionARN": "arn:f"}, "말하기"),
        block("말하기", "MessageParticipant", {"Text": f"[{says}]"}, "end"),
        *ending("end", "error"),
    )
    return Bench(**bench).run(flow, START)


def contact_data(type_: str, parameters: dict[str, Any]) -> dict[str, Any]:
    functions = FakeFunctions({"arn:f": {}})
    run(type_, parameters, functions=functions)
    return functions.events[0]["Details"]["ContactData"]


def failed(result: CallResult) -> str:
    assert branches(result)[0] == ("바꾸기", "NoMatchingError")
    return result.blocks[0].error or ""


def test_attributes_are_set_with_references() -> None:
    result = run(
        "UpdateContactAttributes", {"Attributes": {"greeting": "안녕 $.Attributes.name", "n": 1}}, "$.Attributes.n"
    )

    assert result.attributes == {"name": "민지", "empty": "", "greeting": "안녕 민지", "n": "1"}
    assert result.entries[0].text == "[1]"


def test_attributes_that_are_too_big_together_are_all_left_out() -> None:
    result = run("UpdateContactAttributes", {"Attributes": {"small": "x", "big": "가" * 10_920}})

    assert "more than 32768 bytes" in failed(result)
    assert result.attributes == START.attributes


@pytest.mark.parametrize("type_", ["UpdateContactAttributes", "UpdateContactData"])
def test_a_call_has_no_related_contact(type_: str) -> None:
    parameters = {"TargetContact": "Related"} | ({"Attributes": {}} if type_ == "UpdateContactAttributes" else {})

    assert failed(run(type_, parameters)) == "this contact has no related contact"


@pytest.mark.parametrize("value", ["b", {"Value": "b"}])
def test_flow_attributes_are_set(value: object) -> None:
    result = run("UpdateFlowAttributes", {"FlowAttributes": {"a": value}}, "$.FlowAttributes.a")

    assert (result.entries[0].text, result.attributes) == ("[b]", START.attributes)


def test_contact_data_is_seen_by_functions() -> None:
    parameters = {
        "LanguageCode": "ko-KR",
        "Name": "$.Attributes.name",
        "CustomerId": "77",
        "References": {"Ticket": {"Type": "STRING", "Value": "$.Attributes.name"}},
    }

    data = contact_data("UpdateContactData", parameters)

    assert (data["LanguageCode"], data["Name"], data["CustomerId"]) == ("ko-KR", "민지", "77")
    assert data["References"] == {"Ticket": {"Type": "STRING", "Value": "민지"}}
    assert data["InitiationMethod"] == "API"


@pytest.mark.parametrize("language", ["korean", "$.Attributes.empty"])
def test_a_language_must_be_one(language: str) -> None:
    assert "is not a language" in failed(run("UpdateContactData", {"LanguageCode": language}))


def test_the_voice_is_used_and_can_be_referred_to() -> None:
    bench = {"functions": FakeFunctions({"arn:f": {}})}
    parameters = {"TextToSpeechVoice": "Seoyeon", "TextToSpeechEngine": "Neural", "TextToSpeechStyle": "None"}

    assert (
        run("UpdateContactTextToSpeechVoice", parameters, "$.TextToSpeechVoiceId", **bench).entries[0].text
        == "[Seoyeon]"
    )
    assert failed(run("UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "$.Attributes.empty"}))


def test_media_streaming_tells_functions_where_the_audio_is() -> None:
    parameters = {
        "MediaStreamingState": "Enabled",
        "Participants": [{"ParticipantType": "Customer", "MediaDirections": ["From", "To"]}],
        "MediaStreamType": "Audio",
    }
    audio = contact_data("UpdateContactMediaStreamingBehavior", parameters)["MediaStreams"]["Customer"]["Audio"]

    assert set(audio) == {"StreamARN", "StartTimestamp", "StopTimestamp", "StartFragmentNumber"}
    stopped = contact_data("UpdateContactMediaStreamingBehavior", {"MediaStreamingState": "Disabled"})
    assert stopped["MediaStreams"]["Customer"]["Audio"] is None


@pytest.mark.parametrize(
    ("type_", "parameters"),
    [
        ("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"}),
        ("UpdateContactRecordingBehavior", {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}}),
        ("UpdateContactRecordingBehavior", {"AnalyticsBehavior": {"Enabled": "True"}}),
        ("UpdateContactEventHooks", {"EventHooks": {"CustomerQueue": "arn:flow"}}),
    ],
)
def test_settings_of_the_service_are_taken(type_: str, parameters: dict[str, Any]) -> None:
    assert branches(run(type_, parameters))[0] == ("바꾸기", "NextAction")


def test_an_event_hook_needs_a_flow() -> None:
    failed(run("UpdateContactEventHooks", {"EventHooks": {"CustomerQueue": "$.Attributes.empty"}}))


def test_the_target_queue_is_seen_by_functions_and_references() -> None:
    functions = FakeFunctions({"arn:f": {}})
    arn = "arn:aws:connect:x:1:instance/i/queue/q1"
    world = World({"q1": Queue("상담")})

    result = run("UpdateContactTargetQueue", {"QueueId": arn}, "$.Queue.Name", functions=functions, world=world)

    assert result.entries[0].text == "[상담]"
    queue = functions.events[0]["Details"]["ContactData"]["Queue"]
    assert queue == {"ARN": arn, "Name": "상담", "OutboundCallerId": None}


def test_a_queue_must_exist() -> None:
    world = World({"q1": Queue("상담")})

    assert failed(run("UpdateContactTargetQueue", {"QueueId": "q2"}, world=world)) == "there is no queue 'q2'"
    assert failed(run("UpdateContactTargetQueue", {"QueueId": "$.Attributes.empty"})) == "there is no queue ''"
    assert branches(run("UpdateContactTargetQueue", {"AgentId": "agent-7"}, world=world))[0] == ("바꾸기", "NextAction")


def test_booleans_in_attributes_become_words() -> None:
    assert run("UpdateContactAttributes", {"Attributes": {"a": True}}).attributes["a"] == "True"
