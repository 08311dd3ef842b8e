"""A call's live audio from Kinesis Video Streams."""

from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.errors import ConfigError, NotFoundError, StorageError
from voicebot.transcribe.ebml import Readable
from voicebot.transcribe.task import TranscribeTask

EARLIER_MS = 2000
"""How long before the call's first fragment the stream is opened: `AfterFragmentNumber` would leave that one out."""
READ_TIMEOUT_S = 65.0
"""Between two bytes; a fragment is about a second."""

_BUSY = frozenset({"ClientLimitExceededException", "ConnectionLimitExceededException"})


class Services(Protocol):
    """Makes services; `voicebot.aws.session.AwsSession`."""

    def service(self, name: str) -> AwsService:
        """Return a service by botocore's name for it."""
        ...

    def service_at(self, name: str, endpoint_url: str, read_timeout_s: float) -> AwsService:
        """Return a service at an address of its own."""
        ...


class KinesisMedia:
    """`MediaSource` over GetMedia.

    Args:
        aws: Where the streams are.
    """

    def __init__(self, aws: Services) -> None:
        self._aws = aws

    def open(self, task: TranscribeTask) -> Readable:
        """Return the stream from where the task goes on."""
        try:
            where = self._aws.service("kinesisvideo").call(
                "get_data_endpoint", StreamARN=task.stream_arn, APIName="GET_MEDIA"
            )
            media = self._aws.service_at("kinesis-video-media", where["DataEndpoint"], READ_TIMEOUT_S)
            reply = media.call("get_media", StreamARN=task.stream_arn, StartSelector=_selector(task))
        except ClientError as exc:
            code = error_code(exc)
            if code == "ResourceNotFoundException":
                raise NotFoundError(
                    "the call's video stream does not exist", hint="enable live media streaming in the Connect instance"
                ) from exc
            if code == "NotAuthorizedException":
                raise ConfigError(
                    "the call's video stream may not be read", hint="allow kinesisvideo:GetMedia and GetDataEndpoint"
                ) from exc
            if code in _BUSY:
                raise StorageError(f"kinesis video: too many readers ({code})", hint="try again later") from exc
            raise
        return _Payload(reply["Payload"])


class _Payload:
    """GetMedia's answer, with its network errors in our words."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int, /) -> bytes:
        try:
            return bytes(self._body.read(size))
        except (BotoCoreError, HTTPError, OSError) as exc:
            raise StorageError(f"the media stream broke off ({type(exc).__name__})", hint="try again") from exc

    def close(self) -> None:
        """Let the connection go."""
        self._body.close()


def _selector(task: TranscribeTask) -> dict[str, Any]:
    if task.after_fragment:
        return {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": task.after_fragment}
    if task.start_ms:
        at = datetime.fromtimestamp((task.start_ms - EARLIER_MS) / 1000, UTC)
        return {"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": at}
    if task.start_fragment:
        return {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": task.start_fragment}
    return {"StartSelectorType": "EARLIEST"}
