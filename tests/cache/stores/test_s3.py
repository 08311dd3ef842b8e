"""What S3 is asked for, what its object URLs are, and what happens when it fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from tests.fakes.aws_replies import reply_to
from voicebot.audio.clip import Clip
from voicebot.audio.wav import wav_bytes
from voicebot.aws.session import AwsService, AwsSession
from voicebot.cache.clips import store_clip
from voicebot.cache.stores.s3 import S3Blobs, setup_bucket
from voicebot.errors import ConfigError, InputError, NotFoundError, StorageError

pytestmark = pytest.mark.contract

INSTANCE = "arn:aws:connect:ap-northeast-2:111122223333:instance/12345678-1234-1234-1234-123456789012"
PROMPT = Clip(np.full(800, 1000, dtype=np.int16), 8000)


def reply(status: int, body: bytes = b"", **headers: str) -> Callable[[Any], AWSResponse]:
    """Return a fault that answers in place of the server."""
    return lambda request: reply_to(request, status, body, **headers)


@contextmanager
def faults(service: AwsService, operation: str, fault: Callable[[Any], AWSResponse | None]) -> Iterator[list[Any]]:
    """Answer an operation's requests by `fault`; yields the requests that were made."""
    seen: list[Any] = []

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        seen.append(request)
        return fault(request)

    service.client.meta.events.register(f"before-send.s3.{operation}", before_send)
    yield seen
    service.client.meta.events.unregister(f"before-send.s3.{operation}", before_send)


def watched(service: AwsService, operation: str) -> Any:
    """Return a context that yields the requests of an operation."""
    return faults(service, operation, lambda request: None)


def error_body(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


@pytest.fixture
def service(aws: Callable[[str, str], Any]) -> AwsService:
    service: AwsService = aws("moto", "s3")
    return service


@pytest.fixture
def blobs(service: AwsService, unique: str) -> S3Blobs:
    setup_bucket(service, unique)
    return S3Blobs(service, unique)


def test_the_url_is_the_https_object_url_with_every_odd_letter_quoted(blobs: S3Blobs, unique: str) -> None:
    key = "clips/가 나+&=?#%.wav"
    url = blobs.url(key)
    host = f"https://{unique}.s3.ap-northeast-2.amazonaws.com"
    assert url == f"{host}/clips/%EA%B0%80%20%EB%82%98%2B%26%3D%3F%23%25.wav"
    assert blobs.key_of(url) == key


def test_odd_keys_come_back_from_the_bucket(blobs: S3Blobs) -> None:
    for key in ("clips/가 나+&=?#%.wav", "clips/a\u00a0b.wav", "clips/<x>&.wav"):
        blobs.put(key, b"x", "audio/wav")
        assert blobs.exists(key)
    assert list(blobs.scan("clips/")) == sorted(["clips/가 나+&=?#%.wav", "clips/a\u00a0b.wav", "clips/<x>&.wav"])


@pytest.mark.parametrize(
    "url",
    [
        "http://{bucket}.s3.ap-northeast-2.amazonaws.com/a.wav",
        "https://other.s3.ap-northeast-2.amazonaws.com/a.wav",
        "https://{bucket}.s3.us-east-1.amazonaws.com/a.wav",
        "https://{bucket}.s3.ap-northeast-2.amazonaws.com/a.wav?x=1",
        "https://{bucket}.s3.ap-northeast-2.amazonaws.com/../a.wav",
        "https://{bucket}.s3.ap-northeast-2.amazonaws.com/",
        "https://{bucket}.s3.ap-northeast-2.amazonaws.com/%ff.wav",
        "s3://{bucket}/a.wav",
    ],
)
def test_other_addresses_have_no_key(blobs: S3Blobs, unique: str, url: str) -> None:
    assert blobs.key_of(url.format(bucket=unique)) is None


def test_a_prompt_carries_its_type_encryption_and_what_it_is(blobs: S3Blobs, service: AwsService, unique: str) -> None:
    with watched(service, "PutObject") as sent:
        key = store_clip(blobs, PROMPT)
    headers = sent[0].headers
    assert headers["x-amz-server-side-encryption"] == b"AES256"
    head = service.call("head_object", Bucket=unique, Key=key)
    assert head["ContentType"] == "audio/wav"
    assert head["Metadata"] == {
        "sha256": key.rpartition("/")[2].removesuffix(".wav"),
        "encoding": "mulaw",
        "sample-rate-hz": "8000",
        "channels": "1",
    }
    with blobs.open(key) as file:
        assert file.read() == wav_bytes(PROMPT, "mulaw")


def test_a_clip_that_is_there_is_not_sent_again(blobs: S3Blobs, service: AwsService) -> None:
    store_clip(blobs, PROMPT)
    with watched(service, "PutObject") as sent:
        store_clip(blobs, PROMPT)
    assert sent == []


def test_a_customers_key_encrypts(service: AwsService, unique: str) -> None:
    setup_bucket(service, unique, kms_key_id="alias/voicebot")
    with watched(service, "PutObject") as sent:
        S3Blobs(service, unique, kms_key_id="alias/voicebot").put("a.wav", b"x", "audio/wav")
    headers = sent[0].headers
    assert headers["x-amz-server-side-encryption"] == b"aws:kms"
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == b"alias/voicebot"


def test_the_managed_key_that_connect_cannot_use_is_refused(service: AwsService, unique: str) -> None:
    with pytest.raises(ConfigError, match="managed key"):
        S3Blobs(service, unique, kms_key_id="alias/aws/s3")


@pytest.mark.parametrize("bucket", ["my.clips", "Clips", "ab", "a" * 64, "클립"])
def test_a_bucket_that_connect_cannot_play_from_is_refused(service: AwsService, bucket: str) -> None:
    with pytest.raises(ConfigError):
        S3Blobs(service, bucket)


def test_a_key_that_s3_cannot_hold_is_the_inputs_fault(blobs: S3Blobs) -> None:
    with pytest.raises(InputError, match="1024"):
        blobs.put("가" * 342, b"x", "audio/wav")


def test_a_large_blob_comes_as_it_is_read(blobs: S3Blobs) -> None:
    data = bytes(range(256)) * 4096
    blobs.put("index.bin", data, "application/octet-stream")
    with blobs.open("index.bin") as file:
        assert file.read(10) == data[:10]
        assert file.readline()
        assert len(file.read()) < len(data)


def test_scan_reads_page_after_page(blobs: S3Blobs, service: AwsService) -> None:
    for number in range(7):
        blobs.put(f"clips/{number}.wav", b"x", "audio/wav")

    def two_a_page(params: dict[str, Any], **_: object) -> None:
        params["MaxKeys"] = 2

    service.client.meta.events.register("provide-client-params.s3.ListObjectsV2", two_a_page)
    with watched(service, "ListObjectsV2") as sent:
        assert list(blobs.scan("clips/")) == [f"clips/{number}.wav" for number in range(7)]
    service.client.meta.events.unregister("provide-client-params.s3.ListObjectsV2", two_a_page)
    assert len(sent) == 4


def test_a_missing_bucket_is_not_an_absent_blob(service: AwsService, unique: str) -> None:
    blobs = S3Blobs(service, unique)
    for ask in (
        lambda: blobs.exists("a.wav"),
        lambda: blobs.open("a.wav"),
        lambda: blobs.put("a.wav", b"x", "audio/wav"),
    ):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert caught.value.hint == "run: voicebot cache setup"


def test_a_404_for_a_call_that_the_server_does_not_know_is_never_an_absent_blob(
    blobs: S3Blobs, service: AwsService
) -> None:
    with faults(service, "GetObject", reply(404, b"Not yet implemented")), pytest.raises(ClientError):
        blobs.open("a.wav")
    with (
        faults(service, "HeadObject", reply(404)),
        faults(service, "ListObjectsV2", reply(404, b"Not yet implemented")),
        pytest.raises(ClientError),
    ):
        blobs.exists("a.wav")


def test_an_absent_blob_costs_one_look_at_the_bucket_ever(blobs: S3Blobs, service: AwsService) -> None:
    with watched(service, "ListObjectsV2") as sent:
        assert not blobs.exists("a.wav")
        assert not blobs.exists("b.wav")
        with pytest.raises(NotFoundError):
            blobs.open("a.wav")
    assert len(sent) == 1


def test_slow_down_is_tried_again(blobs: S3Blobs, service: AwsService) -> None:
    left = iter(range(2))
    slow = reply(503, error_body("SlowDown"))
    with faults(service, "PutObject", lambda request: slow(request) if next(left, None) is not None else None) as sent:
        blobs.put("a.wav", b"abc", "audio/wav")
    assert len(sent) == 3
    with blobs.open("a.wav") as file:
        assert file.read() == b"abc"


def test_an_outage_is_a_storage_error(moto_url: str, unique: str) -> None:
    service = AwsSession("ap-northeast-2", moto_url, budget_s=0.2).service("s3")
    blobs = S3Blobs(service, unique)
    with faults(service, "PutObject", reply(500, error_body("InternalError"))), pytest.raises(StorageError):
        blobs.put("a.wav", b"abc", "audio/wav")


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_a_refusal_is_a_config_error(blobs: S3Blobs, service: AwsService, operation: str) -> None:
    body = b"" if operation == "HeadObject" else error_body("AccessDenied")
    ask = blobs.exists if operation == "HeadObject" else blobs.open
    with faults(service, operation, reply(403, body)), pytest.raises(ConfigError, match="not allowed"):
        ask("a.wav")


def test_a_download_that_breaks_off_is_a_storage_error(blobs: S3Blobs, service: AwsService) -> None:
    half = reply(200, b"half", Content_Length="100")
    with (
        faults(service, "GetObject", half),
        blobs.open("a.wav") as file,
        pytest.raises(StorageError, match="broke off"),
    ):
        file.read()


def test_setup_makes_a_private_encrypted_bucket_that_connect_reads(service: AwsService, unique: str) -> None:
    planned = setup_bucket(service, unique, connect_instance_arn=INSTANCE, is_dry_run=True)
    assert [step.action for step in planned] == ["created"]
    done = setup_bucket(service, unique, connect_instance_arn=INSTANCE)
    assert [(step.resource, step.action) for step in done] == [
        (f"bucket {unique}", "created"),
        (f"bucket {unique}, policy", "updated"),
    ]
    again = setup_bucket(service, unique, connect_instance_arn=INSTANCE)
    assert [step.action for step in again] == ["exists", "exists"]
    (statement,) = json.loads(service.call("get_bucket_policy", Bucket=unique)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "connect.amazonaws.com"}
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "111122223333"
    block = service.call("get_public_access_block", Bucket=unique)["PublicAccessBlockConfiguration"]
    assert all(block.values())


def test_setup_keeps_the_policys_other_statements(service: AwsService, unique: str) -> None:
    setup_bucket(service, unique)
    own = {"Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{unique}/x"}
    service.call("put_bucket_policy", Bucket=unique, Policy=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    setup_bucket(service, unique, connect_instance_arn=INSTANCE)
    statements = json.loads(service.call("get_bucket_policy", Bucket=unique)["Policy"])["Statement"]
    assert [statement["Sid"] for statement in statements] == ["Own", "AmazonConnectPlaysPrompts"]


def test_the_bucket_and_the_instance_are_named_after_the_account(moto_url: str) -> None:
    session = AwsSession("ap-northeast-2", moto_url)
    assert session.default_bucket() == "voicebot-123456789012-ap-northeast-2"
    wanted = "arn:aws:connect:us-east-1:123456789012:instance/abc"
    assert session.connect_instance_arn("abc", "us-east-1") == wanted
    assert session.connect_instance_arn(wanted, "ap-northeast-2") == wanted
