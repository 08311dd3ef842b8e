"""Blobs in an S3 bucket, as Amazon Connect plays them.

Connect reads a prompt by its https object URL, and cannot read objects under the AWS managed KMS key: a bucket is
encrypted by S3 itself or by a customer's key (https://docs.aws.amazon.com/connect/latest/adminguide/setup-prompts-s3.html).
"""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from voicebot.audio.prompt import check_connect_prompt
from voicebot.aws.pages import entries
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.aws.setup import SETUP_HINT, Action, SetupStep
from voicebot.cache.protocol import BlobEntry
from voicebot.errors import ConfigError, InputError, NotFoundError, StorageError

LONGEST_KEY_BYTES = 1024

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_PROMPTS_SID = "AmazonConnectPlaysPrompts"


class S3Blobs:
    """`BlobStore` in an S3 bucket; URLs are https object URLs.

    Args:
        service: S3.
        bucket: The bucket's name; without dots, which its https address does not allow.
        kms_key_id: A customer's KMS key, by id or ARN. None has S3 encrypt with its own keys.
    """

    def __init__(self, service: AwsService, bucket: str, kms_key_id: str | None = None) -> None:
        self._service = service
        self._bucket = checked_bucket(bucket)
        self._encryption = _encryption(kms_key_id)
        self._is_bucket_known = False
        suffix = ".cn" if service.region.startswith("cn-") else ""
        self._host = f"{bucket}.s3.{service.region}.amazonaws.com{suffix}"

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store `data` under `key`, whole or not at all, and return its URL."""
        self._service.call(
            "put_object",
            Bucket=self._bucket,
            Key=_checked(key),
            Body=data,
            ContentType=content_type,
            Metadata=_metadata(data, content_type),
            **self._encryption,
        )
        return self.url(key)

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading; its bytes come as they are read."""
        try:
            reply = self._service.call("get_object", Bucket=self._bucket, Key=_checked(key))
        except ClientError as exc:
            if error_code(exc) == "NoSuchKey":
                raise NotFoundError(f"blob {key} does not exist") from exc
            raise
        return cast("BinaryIO", io.BufferedReader(_Download(self._service, reply["Body"], key), 65536))

    def exists(self, key: str) -> bool:
        """Return whether there is a blob under `key`."""
        try:
            self._service.call("head_object", Bucket=self._bucket, Key=_checked(key))
        except ClientError as exc:
            if error_code(exc) != "404":
                raise
            self._know_bucket()
            return False
        return True

    def url(self, key: str) -> str:
        """Return the blob's https object URL."""
        return f"https://{self._host}/{quote(_checked(key), safe='/~')}"

    def key_of(self, url: str) -> str | None:
        """Return the key behind a URL of this store, or None for another's."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc.lower() != self._host or parts.query or parts.fragment:
            return None
        try:
            return _checked(unquote(parts.path[1:], errors="strict"))
        except (InputError, UnicodeDecodeError):
            return None

    def delete(self, key: str) -> bool:
        """Remove a blob; return whether there was one just before."""
        existed = self.exists(key)
        if existed:
            self._service.call("delete_object", Bucket=self._bucket, Key=_checked(key))
        return existed

    def scan(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with `prefix`, in order, reading a page at a time."""
        yield from (entry.key for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield the blobs whose keys start with `prefix`, in order, reading a page at a time."""
        listed = entries(self._service.call, "list_objects_v2", "Contents", Bucket=self._bucket, Prefix=prefix)
        return (BlobEntry(entry["Key"], entry["LastModified"].timestamp()) for entry in listed)

    def _know_bucket(self) -> None:
        """Make sure, once, that the bucket answers: a HEAD's 404 has no code, and only then means an absent blob."""
        if self._is_bucket_known:
            return
        if not _has_bucket(self._service, self._bucket):
            raise ConfigError(f"bucket {self._bucket} does not exist", hint=SETUP_HINT)
        self._is_bucket_known = True


class _Download(io.RawIOBase):
    """The body of an object, with its network errors in our words."""

    def __init__(self, service: AwsService, body: Any, key: str) -> None:
        self._service = service
        self._body = body
        self._key = key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._body.read(len(buffer))
        except (BotoCoreError, HTTPError, OSError) as exc:
            raise StorageError(
                f"blob {self._key}: the download broke off ({type(exc).__name__})", hint="try again"
            ) from exc
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


def setup_bucket(
    service: AwsService,
    bucket: str,
    kms_key_id: str | None = None,
    connect_instance_arn: str | None = None,
    is_dry_run: bool = False,
) -> list[SetupStep]:
    """Make the bucket private, encrypted and readable by Connect, and return what was done, or would be done.

    Args:
        service: S3.
        bucket: Its name.
        kms_key_id: See `S3Blobs`.
        connect_instance_arn: The Connect instance that plays prompts from it. None leaves the policy as it is.
        is_dry_run: Only look.
    """
    checked_bucket(bucket)
    encryption = _encryption(kms_key_id)
    if _has_bucket(service, bucket):
        steps = [SetupStep(f"bucket {bucket}", "exists")]
    else:
        steps = [SetupStep(f"bucket {bucket}", "created")]
        if not is_dry_run:
            _create_bucket(service, bucket)
    if is_dry_run:
        return steps
    service.call(
        "put_public_access_block",
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    rule: dict[str, Any] = {"SSEAlgorithm": encryption["ServerSideEncryption"]}
    if kms_key_id:
        rule["KMSMasterKeyID"] = kms_key_id
    service.call(
        "put_bucket_encryption",
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": bool(kms_key_id)}]
        },
    )
    if connect_instance_arn:
        steps.append(SetupStep(f"bucket {bucket}, policy", _allow_connect(service, bucket, connect_instance_arn)))
    return steps


def connect_statement(bucket: str, instance_arn: str) -> dict[str, Any]:
    """Return the policy statement with which a Connect instance plays a bucket's prompts."""
    partition, account = instance_arn.split(":")[1], instance_arn.split(":")[4]
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Sid": _PROMPTS_SID,
        "Effect": "Allow",
        "Principal": {"Service": "connect.amazonaws.com"},
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"StringEquals": {"aws:SourceAccount": account, "aws:SourceArn": instance_arn}},
    }


def checked_bucket(bucket: str) -> str:
    """Return a bucket's name that an https object URL can have.

    Raises:
        ConfigError: It is not one.
    """
    if not _BUCKET_NAME.fullmatch(bucket):
        raise ConfigError(
            "aws.bucket: not a bucket name that Connect can play from",
            hint="3 to 63 lower-case letters, digits and hyphens, no dots",
        )
    return bucket


def _has_bucket(service: AwsService, bucket: str) -> bool:
    """Return whether the bucket is ours to use. It is looked for in a list, whose answer cannot be mistaken."""
    try:
        service.call("list_objects_v2", Bucket=bucket, MaxKeys=1)
    except ConfigError as exc:
        if isinstance(exc.__cause__, ClientError) and error_code(exc.__cause__) == "NoSuchBucket":
            return False
        raise
    return True


def _create_bucket(service: AwsService, bucket: str) -> None:
    more: dict[str, Any] = {}
    if service.region != "us-east-1":
        more = {"CreateBucketConfiguration": {"LocationConstraint": service.region}}
    try:
        service.call("create_bucket", Bucket=bucket, **more)
    except ClientError as exc:
        if error_code(exc) == "BucketAlreadyExists":
            raise ConfigError(
                f"bucket {bucket} belongs to somebody else", hint="set aws.bucket to another name"
            ) from exc
        if error_code(exc) != "BucketAlreadyOwnedByYou":
            raise


def _allow_connect(service: AwsService, bucket: str, instance_arn: str) -> Action:
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    try:
        policy = json.loads(service.call("get_bucket_policy", Bucket=bucket)["Policy"])
    except ClientError as exc:
        if error_code(exc) != "NoSuchBucketPolicy":
            raise
    wanted = connect_statement(bucket, instance_arn)
    if wanted in policy["Statement"]:
        return "exists"
    others = [statement for statement in policy["Statement"] if statement.get("Sid") != _PROMPTS_SID]
    policy["Statement"] = [*others, wanted]
    service.call("put_bucket_policy", Bucket=bucket, Policy=json.dumps(policy))
    return "updated"


def _encryption(kms_key_id: str | None) -> dict[str, Any]:
    if not kms_key_id:
        return {"ServerSideEncryption": "AES256"}
    if kms_key_id.endswith("alias/aws/s3"):
        raise ConfigError(
            "aws.kms_key_id: Connect cannot play objects under the AWS managed key",
            hint="leave it empty, or give a customer managed key that connect.amazonaws.com may decrypt with",
        )
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id, "BucketKeyEnabled": True}


def _metadata(data: bytes, content_type: str) -> dict[str, str]:
    """Return an object's own metadata: its digest, and for a prompt what Connect needs it to be."""
    digest = {"sha256": hashlib.sha256(data).hexdigest()}
    if content_type != "audio/wav" or check_connect_prompt(data):
        return digest
    return {**digest, "encoding": "mulaw", "sample-rate-hz": "8000", "channels": "1"}


def _checked(key: str) -> str:
    parts = PurePosixPath(key)
    if not key or parts.is_absolute() or ".." in parts.parts or "\0" in key or not parts.parts:
        raise InputError("a blob key must be a relative path without '..'")
    plain = parts.as_posix()
    if len(plain.encode()) > LONGEST_KEY_BYTES:
        raise InputError(f"a blob key must not be longer than {LONGEST_KEY_BYTES} bytes")
    return plain
