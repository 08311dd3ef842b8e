"""GetMedia: what is asked for, and what its refusals become."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from voicebot.aws.session import AwsService, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, NotFoundError, StorageError
from voicebot.transcribe.kinesis import KinesisMedia
from voicebot.transcribe.task import TranscribeTask

pytestmark = pytest.mark.contract

ARN = "arn:aws:kinesisvideo:ap-northeast-2:123456789012:stream/connect-contact/1"
TASK = TranscribeTask("contact", ARN, "91343852333181531502161607852955530730504675150", 1_726_677_688_724)


class Streams:
    """Kinesis Video as botocore's Stubber plays it."""

    def __init__(self) -> None:
        region = "ap-northeast-2"
        self.clients = {
            name: boto3.client(name, region_name=region) for name in ("kinesisvideo", "kinesis-video-media")
        }
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.endpoints: list[tuple[str, float]] = []
        for stub in self.stubs.values():
            stub.activate()

    def service(self, name: str) -> AwsService:
        return AwsService(self.clients[name], VirtualClock(), 3.0, RetryBudget())

    def service_at(self, name: str, endpoint_url: str, read_timeout_s: float) -> AwsService:
        self.endpoints.append((endpoint_url, read_timeout_s))
        return self.service(name)

    def answers(self, body: Any, selector: dict[str, Any]) -> None:
        where = {"DataEndpoint": "https://s-1.kinesisvideo.ap-northeast-2.amazonaws.com"}
        self.stubs["kinesisvideo"].add_response("get_data_endpoint", where, {"StreamARN": ARN, "APIName": "GET_MEDIA"})
        reply = {"ContentType": "video/webm", "Payload": body}
        self.stubs["kinesis-video-media"].add_response(
            "get_media", reply, {"StreamARN": ARN, "StartSelector": selector}
        )


@pytest.fixture
def streams() -> Iterator[Streams]:
    streams = Streams()
    yield streams
    for client in streams.clients.values():
        client.close()


@pytest.mark.parametrize(
    ("task", "selector"),
    [
        (
            TASK,
            {
                "StartSelectorType": "PRODUCER_TIMESTAMP",
                "StartTimestamp": datetime.fromtimestamp(1_726_677_686.724, UTC),
            },
        ),
        (
            TranscribeTask("contact", ARN, "12", 5, after_fragment="34"),
            {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": "34"},
        ),
        (
            TranscribeTask("contact", ARN, "12"),
            {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": "12"},
        ),
        (TranscribeTask("contact", ARN), {"StartSelectorType": "EARLIEST"}),
    ],
)
def test_a_task_is_read_on_from_where_it_was(streams: Streams, task: TranscribeTask, selector: dict[str, Any]) -> None:
    streams.answers(StreamingBody(io.BytesIO(b"media"), 5), selector)
    stream = KinesisMedia(streams).open(task)
    assert stream.read(10) == b"media"
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(10)
    assert streams.endpoints == [("https://s-1.kinesisvideo.ap-northeast-2.amazonaws.com", 65.0)]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", NotFoundError),
        ("NotAuthorizedException", ConfigError),
        ("ClientLimitExceededException", StorageError),
        ("ConnectionLimitExceededException", StorageError),
        ("InternalFailure", StorageError),
    ],
)
def test_each_refusal_has_its_error(streams: Streams, code: str, error: type[Exception]) -> None:
    for _ in range(20):
        status = 500 if code == "InternalFailure" else 400
        streams.stubs["kinesisvideo"].add_client_error("get_data_endpoint", code, "no", status)
    with pytest.raises(error):
        KinesisMedia(streams).open(TASK)


def test_a_network_that_breaks_off_is_an_error_that_can_be_tried_again(streams: Streams) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise ReadTimeoutError(endpoint_url="https://s-1")

    streams.answers(Broken(), {"StartSelectorType": "EARLIEST"})
    stream = KinesisMedia(streams).open(TranscribeTask("contact", ARN))
    with pytest.raises(StorageError, match="broke off"):
        stream.read(1)
