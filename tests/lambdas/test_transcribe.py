"""The transcribe handler: started by a flow, handed on by itself."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.transcribe.handler import handle
from voicebot.aws.session import AwsService, RetryBudget
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, StorageError
from voicebot.settings.load import load
from voicebot.transcribe.relay import LambdaRelay
from voicebot.transcribe.task import TranscribeTask

pytestmark = pytest.mark.contract

FUNCTION = "arn:aws:lambda:ap-northeast-2:123456789012:function:voicebot-transcribe:live"
ARN = "arn:aws:kinesisvideo:ap-northeast-2:123456789012:stream/connect-contact/1"
AUDIO = {"StreamARN": ARN, "StartTimestamp": "1726677688724", "StopTimestamp": None, "StartFragmentNumber": "9134"}


def flow_event(streams: Any) -> dict[str, Any]:
    contact = {"ContactId": "contact-1", "Channel": "VOICE", "InstanceARN": "i", "MediaStreams": streams}
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": contact, "Parameters": {}}}


class Transcribing:
    """A transcriber that has so many invocations' work."""

    def __init__(self, invocations: int) -> None:
        self.invocations = invocations
        self.tasks: list[tuple[TranscribeTask, float]] = []

    def run(self, task: TranscribeTask, deadline_s: float) -> TranscribeTask | None:
        self.tasks.append((task, deadline_s))
        if len(self.tasks) == self.invocations:
            return None
        heard = {"customer": 10.5 * len(self.tasks), "bot": 11.0}
        return TranscribeTask(
            task.contact_id, ARN, after_fragment=str(len(self.tasks)), heard_s=heard, part=task.part + 1
        )


class Relaying:
    """A relay whose next invocation begins at once."""

    def __init__(self, voicebot: Voicebot) -> None:
        self.voicebot = voicebot

    def start(self, task: TranscribeTask) -> None:
        handle(json.loads(json.dumps(asdict(task))), self.voicebot)


@pytest.fixture
def voicebot(tmp_path: Path) -> Iterator[Voicebot]:
    settings = load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "data")})
    client = Voicebot(settings, HANDLERS, VirtualClock(1000.0))
    client.__dict__["call_transcripts"] = Relaying(client)
    yield client
    client.database.close()


def test_a_flow_starts_a_call_and_it_is_handed_on_until_it_is_over(voicebot: Voicebot) -> None:
    transcribing = Transcribing(3)
    voicebot.__dict__["transcriber"] = transcribing
    assert handle(flow_event({"Customer": {"Audio": AUDIO}}), voicebot) == {"IsStarted": "true"}
    first, *others = [task for task, _ in transcribing.tasks]
    assert first == TranscribeTask("contact-1", ARN, "9134", 1_726_677_688_724)
    assert [(task.part, task.after_fragment) for task in others] == [(1, "1"), (2, "2")]
    assert others[1].heard_s == {"customer": 21.0, "bot": 11.0}


def test_a_flow_that_asks_twice_starts_one_transcription(voicebot: Voicebot) -> None:
    transcribing = Transcribing(1)
    voicebot.__dict__["transcriber"] = transcribing
    for _ in range(2):  # Lambda may deliver an event more than once
        assert handle(flow_event({"Customer": {"Audio": AUDIO}}), voicebot) == {"IsStarted": "true"}
    assert len(transcribing.tasks) == 1


def test_a_start_that_failed_may_be_asked_for_again(voicebot: Voicebot) -> None:
    class Failing:
        """A relay that is out of reach."""

        def start(self, task: TranscribeTask) -> None:
            """Fail."""
            raise StorageError("lambda: too many requests")

    relaying = voicebot.__dict__["call_transcripts"]
    voicebot.__dict__["call_transcripts"] = Failing()
    with pytest.raises(StorageError):
        handle(flow_event({"Customer": {"Audio": AUDIO}}), voicebot)
    voicebot.__dict__["call_transcripts"] = relaying
    voicebot.__dict__["transcriber"] = transcribing = Transcribing(1)
    handle(flow_event({"Customer": {"Audio": AUDIO}}), voicebot)
    assert len(transcribing.tasks) == 1


def test_an_invocation_leaves_time_for_the_next_one_to_take_over(voicebot: Voicebot) -> None:
    transcribing = Transcribing(1)
    voicebot.__dict__["transcriber"] = transcribing
    reply = handle({"contact_id": "contact-1", "stream_arn": ARN}, voicebot, remaining_s=600.0)
    assert reply == {"contact_id": "contact-1", "is_handed_over": "false"}
    assert transcribing.tasks[0][1] == pytest.approx(1000.0 + 600.0 - 60.0, abs=0.1)


@pytest.mark.parametrize(
    "streams", [None, {}, {"Customer": {"Audio": None}}, {"Customer": {"Audio": {"StreamARN": None}}}]
)
def test_a_flow_that_streams_nothing_is_told_so(voicebot: Voicebot, streams: Any) -> None:
    assert handle(flow_event(streams), voicebot) == {"IsStarted": "false"}


def test_lambda_is_invoked_asynchronously_with_the_task_as_json() -> None:
    client = boto3.client("lambda", region_name="ap-northeast-2")
    with Stubber(client) as stub:
        task = TranscribeTask("contact-1", ARN, "1", 5, "2", 6, {"customer": 1.5}, 2.5, 3)
        asked = {"FunctionName": FUNCTION, "InvocationType": "Event"}
        sent = json.dumps(
            {
                "contact_id": "contact-1", "stream_arn": ARN, "start_fragment": "1", "start_ms": 5, "after_fragment": "2",
                "origin_ms": 6, "heard_s": {"customer": 1.5}, "recorded_s": 2.5, "part": 3,
            }
        ).encode()  # fmt: skip
        stub.add_response("invoke", {"StatusCode": 202}, {**asked, "Payload": sent})
        relay = LambdaRelay(AwsService(client, VirtualClock(), 1.0, RetryBudget()), FUNCTION)
        relay.start(task)
        assert TranscribeTask(**json.loads(sent)) == task
        stub.assert_no_pending_responses()
        stub.add_client_error("invoke", "ResourceNotFoundException", "no", 404)
        with pytest.raises(ConfigError, match="cannot invoke itself"):
            relay.start(task)
    client.close()
