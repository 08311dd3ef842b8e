"""What the doctor says of an account, over scripted replies that botocore's own models check."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from tests.fakes.aws import ACCOUNT, REGION, ScriptedAws
from voicebot.cache.stores.s3 import connect_statement
from voicebot.deploy.doctor.account import DEPLOY_ACTIONS, look_at_credentials, look_at_permissions, look_at_quotas
from voicebot.deploy.doctor.asking import examine_aws
from voicebot.deploy.doctor.connect import (
    look_at_bot,
    look_at_flows,
    look_at_instance,
    look_at_media,
    look_at_people,
    look_at_polly,
)
from voicebot.deploy.doctor.finding import Finding, check_findings
from voicebot.deploy.doctor.functions import look_at_functions
from voicebot.deploy.doctor.stores import look_at_bucket, look_at_tables
from voicebot.errors import ConfigError, GateError, StorageError

pytestmark = pytest.mark.unit

INSTANCE = "11111111-2222-3333-4444-555555555555"
ARN = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}"


@pytest.fixture
def aws() -> Iterator[ScriptedAws]:
    one = ScriptedAws()
    yield one
    one.check_all_asked()


def states(findings: Iterator[Finding]) -> dict[str, str]:
    found = {}
    for one in findings:
        assert one.fix or one.state == "ok", f"{one.what} is {one.state}, and nothing says what to do"
        found[one.what] = one.state
    return found


def identity(aws: ScriptedAws, arn: str, date: str = "Thu, 01 Jan 1970 00:16:40 GMT") -> None:
    aws.answer("sts", "get_caller_identity", {
        "Account": ACCOUNT, "Arn": arn, "UserId": "u", "ResponseMetadata": {"HTTPHeaders": {"date": date}},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("date", "state"), [("Thu, 01 Jan 1970 00:16:40 GMT", "ok"), ("Thu, 01 Jan 1970 00:21:40 GMT", "problem")]
)
def test_a_clock_that_is_minutes_off_is_a_problem(aws: ScriptedAws, date: str, state: str) -> None:
    identity(aws, f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/me", date)
    found = states(look_at_credentials(aws, lambda: 1_000.0))
    assert found == {"credentials": "ok", "region": "ok", "clock": state}


def test_permissions_are_asked_for_the_role_behind_a_session(aws: ScriptedAws) -> None:
    identity(aws, f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/me")
    role = {
        "Path": "/team/",
        "RoleName": "Admin",
        "RoleId": "A" * 16,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/team/Admin",
        "CreateDate": 0,
    }
    aws.answer("iam", "get_role", {"Role": role}, RoleName="Admin")
    results = [{"EvalActionName": name, "EvalDecision": "allowed"} for name in DEPLOY_ACTIONS]
    results[4]["EvalDecision"] = "implicitDeny"
    asked = {"PolicySourceArn": role["Arn"], "ActionNames": list(DEPLOY_ACTIONS)}
    aws.answer("iam", "simulate_principal_policy", {"EvaluationResults": results}, **asked)
    found = list(look_at_permissions(aws))
    assert [(one.state, one.detail) for one in found] == [("warning", f"not allowed: {DEPLOY_ACTIONS[4]}")]


def test_what_may_not_be_looked_at_is_unknown_and_stops_nothing(aws: ScriptedAws) -> None:
    identity(aws, f"arn:aws:iam::{ACCOUNT}:user/me")
    aws.refuse("iam", "simulate_principal_policy", "AccessDenied", status=403)
    assert states(examine_aws("account", "permissions", lambda: look_at_permissions(aws))) == {"permissions": "unknown"}


def test_quotas_are_read_to_the_last_page(aws: ScriptedAws) -> None:
    calls = {"QuotaName": "Concurrent active calls per instance", "Value": 10.0}
    aws.answer("service-quotas", "list_service_quotas", {"Quotas": [], "NextToken": "t"}, ServiceCode="connect")
    aws.answer("service-quotas", "list_service_quotas", {"Quotas": [calls]}, ServiceCode="connect", NextToken="t")
    aws.answer(
        "service-quotas", "list_service_quotas", {"Quotas": [{"QuotaName": "Concurrent executions", "Value": 10.0}]}
    )
    found = states(look_at_quotas(aws))
    assert found == {"quota: Concurrent active calls per instance": "ok", "quota: Concurrent executions": "warning"}


def test_tables_that_are_missing_or_cannot_be_brought_back(aws: ScriptedAws) -> None:
    def backups(status: str) -> dict[str, Any]:
        recovery = {"PointInTimeRecoveryStatus": status}
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": recovery,
            }
        }

    for name, status in (("a", "ENABLED"), ("b", "DISABLED")):
        aws.answer("dynamodb", "describe_table", {"Table": {"TableStatus": "ACTIVE", "ItemCount": 1}}, TableName=name)
        aws.answer("dynamodb", "describe_continuous_backups", backups(status), TableName=name)
    aws.refuse("dynamodb", "describe_table", "ResourceNotFoundException")
    found = states(look_at_tables(aws.service("dynamodb"), ["a", "b", "c"]))
    assert found == {"table a": "ok", "table b": "warning", "table c": "problem"}


CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
MINE = connect_statement("clips", ARN)
ANY = {**MINE, "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
OTHER = connect_statement("clips", ARN.replace(INSTANCE, "another"))


@pytest.mark.parametrize(
    ("statements", "state"),
    [([MINE], "ok"), ([ANY], "warning"), ([OTHER], "problem"), ([], "problem"), (None, "problem")],
)
def test_the_bucket_s_policy_decides_whether_prompts_play(
    aws: ScriptedAws, statements: list[Any] | None, state: str
) -> None:
    aws.answer("s3", "list_objects_v2", {}, Bucket="clips", MaxKeys=1)
    aws.answer("s3", "get_public_access_block", {"PublicAccessBlockConfiguration": CLOSED})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    aws.answer("s3", "get_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    if statements is None:
        aws.refuse("s3", "get_bucket_policy", "NoSuchBucketPolicy", status=404)
    else:
        aws.answer("s3", "get_bucket_policy", {"Policy": json.dumps({"Statement": statements})})
    found = states(look_at_bucket(aws.service("s3"), "clips", ARN))
    assert found == {"bucket clips": "ok", "public access": "ok", "encryption": "ok", "prompt playback": state}


def test_a_bucket_under_the_managed_key_cannot_be_played_from(aws: ScriptedAws) -> None:
    aws.answer("s3", "list_objects_v2", {})
    aws.refuse("s3", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration", status=404)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    aws.answer("s3", "get_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    found = states(look_at_bucket(aws.service("s3"), "clips", None))
    assert found == {"bucket clips": "ok", "public access": "problem", "encryption": "problem"}


def test_an_alias_that_lex_may_not_call_is_a_problem(aws: ScriptedAws) -> None:
    aws.answer("lambda", "get_alias", {"FunctionVersion": "7"}, FunctionName="voicebot-lex_hook", Name="live")
    settings = {
        "Runtime": "python3.13",
        "State": "Active",
        "SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    }
    aws.answer("lambda", "get_function_configuration", settings, FunctionName="voicebot-lex_hook", Qualifier="live")
    aws.refuse("lambda", "get_policy", "ResourceNotFoundException", status=404)
    aws.refuse("lambda", "get_alias", "ResourceNotFoundException", status=404)
    found = states(look_at_functions(aws.service("lambda"), "voicebot", ["lex_hook", "synthesize"], True))
    assert found == {"lex_hook": "ok", "lex_hook: permission": "problem", "synthesize": "problem"}


def test_a_call_that_the_server_does_not_know_is_never_an_absent_alias(aws: ScriptedAws) -> None:
    aws.refuse("lambda", "get_alias", "404", "Not yet implemented", status=404)
    look = lambda: look_at_functions(aws.service("lambda"), "voicebot", ["lex_hook"], True)  # noqa: E731
    assert states(examine_aws("functions", "aliases", look)) == {"aliases": "unknown"}


def test_an_instance_with_its_ways_and_numbers(aws: ScriptedAws) -> None:
    instance = {
        "Id": INSTANCE,
        "Arn": ARN,
        "InstanceStatus": "ACTIVE",
        "InboundCallsEnabled": True,
        "OutboundCallsEnabled": False,
    }
    aws.answer("connect", "describe_instance", {"Instance": instance}, InstanceId=INSTANCE)
    number = {"PhoneNumber": "+8220000000", "PhoneNumberCountryCode": "KR"}
    aws.answer("connect", "list_phone_numbers_v2", {"ListPhoneNumbersSummaryList": [number]}, TargetArn=ARN)
    found = states(look_at_instance(aws.service("connect"), INSTANCE))
    assert found == {"instance": "ok", "inbound calls": "ok", "outbound calls": "warning", "numbers": "ok"}


def test_people_and_flows_that_are_missing_are_named(aws: ScriptedAws) -> None:
    connect = aws.service("connect")
    aws.refuse("connect", "describe_hours_of_operation", "ResourceNotFoundException", status=404)
    assert states(look_at_people(connect, INSTANCE, f"{ARN}/operating-hours/h", None)) == {
        "hours of operation": "problem",
        "agent queue": "problem",
    }
    aws.answer(
        "connect", "list_contact_flows", {"ContactFlowSummaryList": [{"Name": "voicebot inbound"}]}, InstanceId=INSTANCE
    )
    assert states(look_at_flows(connect, INSTANCE, "voicebot")) == {"inbound flow": "ok", "outbound flow": "problem"}


@pytest.mark.parametrize(("prefixes", "state"), [(["voicebot"], "ok"), (["other"], "problem"), ([], "problem")])
def test_calls_that_are_to_be_written_down_are_streamed(aws: ScriptedAws, prefixes: list[str], state: str) -> None:
    key = {"EncryptionType": "KMS", "KeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"}
    configs = [
        {
            "StorageType": "KINESIS_VIDEO_STREAM",
            "KinesisVideoStreamConfig": {"Prefix": prefix, "RetentionPeriodHours": 24, "EncryptionConfig": key},
        }
        for prefix in prefixes
    ]
    asked = {"InstanceId": INSTANCE, "ResourceType": "MEDIA_STREAMS"}
    aws.answer("connect", "list_instance_storage_configs", {"StorageConfigs": configs}, **asked)
    found = states(look_at_media(aws.service("connect"), INSTANCE, "voicebot"))
    assert found == {"live media streaming": state}


@pytest.mark.parametrize(("status", "voice", "expected"), [
    ("Built", "Seoyeon", {"bot Chajipsa": "ok", "ko_KR": "ok", "voice": "ok", "alias live": "ok"}),
    ("Failed", "Jihye", {"bot Chajipsa": "ok", "ko_KR": "problem", "voice": "warning", "alias live": "ok"}),
])  # fmt: skip
def test_the_bot_s_locale_voice_and_alias(aws: ScriptedAws, status: str, voice: str, expected: dict[str, str]) -> None:
    lex = aws.service("lexv2-models")
    aws.answer("lexv2-models", "list_bots", {"botSummaries": [{"botId": "ABCDEFGHIJ", "botStatus": "Available"}]})
    aws.answer("lexv2-models", "describe_bot_locale", {"botLocaleStatus": status, "voiceSettings": {"voiceId": voice}})
    aliases = {"botAliasSummaries": [{"botAliasId": "KLMNOPQRST", "botAliasName": "live"}]}
    aws.answer("lexv2-models", "list_bot_aliases", aliases, botId="ABCDEFGHIJ")
    hook = {
        "lambdaCodeHook": {
            "lambdaARN": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x",
            "codeHookInterfaceVersion": "1.0",
        }
    }
    settings = {"ko_KR": {"enabled": True, "codeHookSpecification": hook}}
    aws.answer("lexv2-models", "describe_bot_alias", {"botVersion": "3", "botAliasLocaleSettings": settings})
    assert states(look_at_bot(lex, "Chajipsa", "live", "Seoyeon")) == expected


def test_polly_has_the_voice_or_says_which_it_has(aws: ScriptedAws) -> None:
    for _ in range(2):
        aws.answer(
            "polly",
            "describe_voices",
            {"Voices": [{"Id": "Seoyeon", "SupportedEngines": ["standard", "neural"]}]},
            LanguageCode="ko-KR",
        )
    polly = aws.service("polly")
    assert states(look_at_polly(polly, "Seoyeon", "neural")) == {"Polly Seoyeon": "ok"}
    found = list(look_at_polly(polly, "Seoyeon", "generative"))
    assert "Seoyeon (standard/neural)" in found[0].detail


def test_exits_follow_the_worst_that_was_found() -> None:
    ok, warning = Finding("a", "b", "ok"), Finding("a", "b", "warning", fix="x")
    problem, unreachable = Finding("a", "b", "problem", fix="x"), Finding("a", "b", "unreachable", fix="x")
    check_findings([ok, warning, Finding("a", "b", "unknown", fix="x")])
    with pytest.raises(GateError):
        check_findings([ok, warning], is_strict=True)
    with pytest.raises(StorageError):
        check_findings([warning, unreachable])
    with pytest.raises(ConfigError, match="1 thing to set up"):
        check_findings([unreachable, problem])
