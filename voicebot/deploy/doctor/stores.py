"""The stores on AWS: tables and the bucket that Connect plays from."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.cache.stores.s3 import connect_statement
from voicebot.deploy.doctor.finding import Finding
from voicebot.errors import ConfigError

_FIX = "voicebot deploy apply"


def look_at_tables(service: AwsService, names: Sequence[str]) -> Iterator[Finding]:
    """Say whether each table is there and can be brought back to any second."""
    for name in names:
        try:
            table = service.call("describe_table", TableName=name)["Table"]
        except ConfigError as exc:
            if isinstance(exc.__cause__, ClientError) and error_code(exc.__cause__) != "ResourceNotFoundException":
                raise
            yield Finding("stores", f"table {name}", "problem", "does not exist", _FIX)
            continue
        backups = service.call("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        if table["TableStatus"] != "ACTIVE":
            yield Finding("stores", f"table {name}", "unreachable", str(table["TableStatus"]).lower(), "wait a minute")
        elif recovery != "ENABLED":
            yield Finding("stores", f"table {name}", "warning", "no point-in-time recovery", _FIX)
        else:
            yield Finding("stores", f"table {name}", "ok", f"about {table.get('ItemCount', 0):,} items")


def look_at_bucket(service: AwsService, bucket: str, instance_arn: str | None) -> Iterator[Finding]:
    """Say whether the bucket is there, closed to the public, and readable by Connect - and only as Connect can read it."""
    what = f"bucket {bucket}"
    try:
        service.call("list_objects_v2", Bucket=bucket, MaxKeys=1)
    except ConfigError as exc:
        if isinstance(exc.__cause__, ClientError) and error_code(exc.__cause__) == "NoSuchBucket":
            yield Finding("stores", what, "problem", "does not exist", _FIX)
            return
        raise
    yield Finding("stores", what, "ok")
    block = _or_none(service, "get_public_access_block", bucket, "NoSuchPublicAccessBlockConfiguration")
    closed = block and all(block["PublicAccessBlockConfiguration"].values())
    yield Finding(
        "stores",
        "public access",
        "ok" if closed else "problem",
        "blocked" if closed else "possible",
        "" if closed else _FIX,
    )
    encryption = _or_none(service, "get_bucket_encryption", bucket, "ServerSideEncryptionConfigurationNotFoundError")
    rules = encryption["ServerSideEncryptionConfiguration"]["Rules"] if encryption else []
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    if default.get("SSEAlgorithm") == "aws:kms" and "alias/aws/s3" in str(
        default.get("KMSMasterKeyID", "alias/aws/s3")
    ):
        fix = "Connect cannot play objects under the AWS managed key: clear aws.kms_key_id, or give a key of your own"
        yield Finding("stores", "encryption", "problem", "the AWS managed key", fix)
    else:
        yield Finding("stores", "encryption", "ok", str(default.get("SSEAlgorithm", "S3's own")))
    if instance_arn:
        yield _playback(service, bucket, instance_arn)


def _playback(service: AwsService, bucket: str, instance_arn: str) -> Finding:
    """Say whether the bucket's policy lets this instance play prompts, and no other."""
    reply = _or_none(service, "get_bucket_policy", bucket, "NoSuchBucketPolicy")
    statements = json.loads(reply["Policy"])["Statement"] if reply else []
    wanted = connect_statement(bucket, instance_arn)
    for one in statements:
        if one.get("Effect") != "Allow" or one.get("Principal") != wanted["Principal"]:
            continue
        if not set(wanted["Action"]) <= set(_listed(one.get("Action"))) or not set(wanted["Resource"]) <= set(
            _listed(one.get("Resource"))
        ):
            continue
        source = one.get("Condition", {}).get("StringEquals", {}).get("aws:SourceArn")
        if source == instance_arn:
            return Finding("stores", "prompt playback", "ok", "this Connect instance may play")
        if source is None:
            return Finding("stores", "prompt playback", "warning", "any Connect instance may play", _FIX)
    return Finding("stores", "prompt playback", "problem", "this Connect instance may not play the clips", _FIX)


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else [str(value)]


def _or_none(service: AwsService, operation: str, bucket: str, absent: str) -> dict[str, Any] | None:
    """Return a reply, or None where the error's own code says that there is no such configuration."""
    try:
        return service.call(operation, Bucket=bucket)
    except ClientError as exc:
        if error_code(exc) != absent:
            raise
        return None
