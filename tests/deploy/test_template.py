"""The stack's template: clean, least-privileged, in step with the code, and built where moto can build it."""

import ast
import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.aws.dynamodb_setup import TableSpec
from voicebot.cache.stores.dynamodb import answers_table
from voicebot.cache.stores.dynamodb_counters import counters_table
from voicebot.cache.stores.dynamodb_inbox import inbox_table
from voicebot.cache.stores.s3 import connect_statement
from voicebot.call.guard.optouts_dynamodb import opt_outs_table
from voicebot.call.records_dynamodb import calls_table
from voicebot.deploy.template import fill, functions_of, load_template, name_immutable
from voicebot.errors import ConfigError
from voicebot.resources import bundled
from voicebot.transcribe.dynamodb import transcripts_table
from voicebot.turns.dynamodb import bookings_table, jobs_table

pytestmark = pytest.mark.unit

REGION = "ap-northeast-2"
LAMBDAS = Path(__file__).parent.parent.parent / "lambdas"

TABLES = {
    "AnswersTable": answers_table("UtteranceCache"),
    "InboxTable": inbox_table("SttInboxNew"),
    "JobsTable": jobs_table("VoicebotJobs"),
    "OptOutsTable": opt_outs_table("VoicebotOptOuts"),
    "BookingsTable": bookings_table("VoicebotBookings"),
    "CountersTable": counters_table("VoicebotCounters"),
    "CallsTable": calls_table("VoicebotCalls"),
    "TranscriptsTable": transcripts_table("VoicebotTranscripts"),
}

HAS_NO_NAME = {"polly:SynthesizeSpeech", "transcribe:StartStreamTranscription"}
"""Actions whose service knows no resources: the service authorization reference lists none for them."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return load_template()


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def lint(text: str) -> list[str]:
    cfnlint = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed; pip install 'voicebot[dev]'")
    from cfnlint.config import ManualArgs

    found = cfnlint.lint(text, config=ManualArgs(regions=[REGION], include_checks=["I", "W", "E"], ignore_checks=["I"]))
    return [f"{one.rule.id} {one.message}" for one in found]


def test_cfn_lint_finds_nothing_in_the_template() -> None:
    assert lint(bundled("lambdas/template.yaml").read_text(encoding="utf-8")) == []


def test_cfn_lint_finds_nothing_in_the_filled_template(template: dict[str, Any]) -> None:
    text = json.dumps(name_immutable(fill(template), ["BotVersion"], "0a1b2c3d"), ensure_ascii=False)
    assert "무엇을 도와드릴까요" in text
    assert lint(text) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS::Connect::ContactFlow", "Contents"),
        ("AWS::Lex::BotAlias", "BotAliasNames"),
        ("AWS::S3::BucketPolicy", "X"),
    ],
)
def test_a_misspelt_property_would_be_found(template: dict[str, Any], kind: str, name: str) -> None:
    """The resource schemas are really applied to what moto cannot build."""
    broken = json.loads(json.dumps(template))
    next(one for one in broken["Resources"].values() if one["Type"] == kind)["Properties"][name] = "x"
    assert any(finding.startswith("E3002") for finding in lint(json.dumps(broken)))


def test_every_handler_is_a_function_with_alias_log_and_alarms(template: dict[str, Any]) -> None:
    names = {folder.parent.name for folder in LAMBDAS.glob("*/handler.py")}
    functions = {function.name: function for function in functions_of(template)}
    assert set(functions) == names
    alarmed = {
        (next(iter(dimension["Value"].values())), alarm["MetricName"])
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", [])
        if "Ref" in dimension["Value"]
    }
    for function in functions.values():
        stem = function.resource
        for part in ("Alias", "Version", "Log", "Role"):
            assert f"{stem}{part}" in template["Resources"]
        assert template["Resources"][f"{stem}Log"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert {(f"{stem}Function", "Errors"), (f"{stem}Function", "Throttles")} <= alarmed
        assert function.handler == f"lambdas.{function.name}.handler.lambda_handler"
        assert function.code_parameter in template["Parameters"]


def test_functions_of_a_turn_are_ready_when_a_caller_is_there(template: dict[str, Any]) -> None:
    for name in ("LexHook", "NextBatch", "Synthesize", "OptOut"):
        function = template["Resources"][f"{name}Function"]["Properties"]
        assert function["SnapStart"]["Fn::If"][:2] == ["IsSnapStart", {"ApplyOn": "PublishedVersions"}]
        alias = template["Resources"][f"{name}Alias"]["Properties"]
        assert alias["ProvisionedConcurrencyConfig"]["Fn::If"][0] == "IsProvisioned"
    for function in functions_of(template):
        if function.name in ("lex_hook", "next_batch", "opt_out"):
            assert function.timeout_s <= 8, "Connect waits eight seconds"


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement["Fn::If"][1] if "Fn::If" in statement else statement


def test_no_permission_is_wider_than_what_it_is_for(template: dict[str, Any]) -> None:
    seen = 0
    for role, statement in statements(template):
        assert isinstance(statement["Action"], list)
        assert not [action for action in statement["Action"] if "*" in action], role
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            seen += 1
            text = json.dumps(resource)
            if text == '"*"':
                assert set(statement["Action"]) <= HAS_NO_NAME, role
            else:
                assert not re.search(r":\*|/\*\*|\"\*", text), (role, text)
    assert seen > 20


def test_every_role_can_be_taken_only_for_this_account(template: dict[str, Any]) -> None:
    for role in of_type(template, "AWS::IAM::Role").values():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_whoever_calls_a_function_is_named_with_its_source(template: dict[str, Any]) -> None:
    permissions = of_type(template, "AWS::Lambda::Permission")
    assert {one["Principal"] for one in permissions.values()} >= {"lexv2.amazonaws.com", "connect.amazonaws.com"}
    for one in permissions.values():
        assert one["SourceArn"]
        assert one["SourceAccount"]
        assert one["FunctionName"]["Ref"].endswith("Alias"), "callers use the alias"


@pytest.mark.parametrize("resource", TABLES)
def test_tables_are_what_the_stores_need(template: dict[str, Any], resource: str) -> None:
    spec: TableSpec = TABLES[resource]
    table = template["Resources"][resource]["Properties"]
    assert table["TableName"] == {"Ref": f"{resource}Name"}
    assert template["Parameters"][f"{resource}Name"]["Default"] == spec.name
    assert table["KeySchema"] == [{"AttributeName": spec.key, "KeyType": "HASH"}]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    kinds = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    wanted = {spec.key: "S"}
    indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    assert set(indexes) == {index.name for index in spec.indexes}
    for index in spec.indexes:
        wanted |= {index.partition: "S", index.sort: index.sort_type}
        keys = [key["AttributeName"] for key in indexes[index.name]["KeySchema"]]
        assert keys == [index.partition, index.sort]
        assert set(indexes[index.name]["Projection"].get("NonKeyAttributes", ())) == set(index.attributes)
    assert kinds == wanted
    expiry = {"AttributeName": spec.ttl, "Enabled": True} if spec.ttl else None
    assert table.get("TimeToLiveSpecification") == expiry


def test_the_bucket_is_private_and_only_the_instance_plays_from_it(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["ClipsBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert all(rule["Status"] == "Enabled" for rule in bucket["LifecycleConfiguration"]["Rules"])
    policy = template["Resources"]["ClipsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = [one["Fn::If"][1] for one in policy if "Fn::If" in one]
    wanted = connect_statement("clips", f"arn:aws:connect:{REGION}:123456789012:instance/i")
    assert [(one["Sid"], one["Action"], one["Principal"]) for one in allowed] == [
        (wanted["Sid"], wanted["Action"], wanted["Principal"])
    ]
    condition = allowed[0]["Condition"]["StringEquals"]
    assert set(condition) == set(wanted["Condition"]["StringEquals"])
    assert condition["aws:SourceArn"] == {"Ref": "ConnectInstanceArn"}


def test_calls_are_written_down_only_where_that_is_switched_on(template: dict[str, Any]) -> None:
    parameters, resources = template["Parameters"], template["Resources"]
    assert parameters["LiveTranscription"]["Default"] == "off"
    for name in ("InboundFlow", "OutboundFlow"):
        flow = resources[name]
        assert flow["Properties"]["Content"]["Fn::Sub"][1]["TranscribeFunctionArn"] == {
            "Fn::If": ["IsTranscribed", {"Ref": "TranscribeAlias"}, "off"]
        }
        assert "ConnectKnowsTranscribe" in flow["DependsOn"]
    assert template["Conditions"]["IsTranscribed"] == {
        "Fn::And": [{"Condition": "HasConnect"}, {"Fn::Equals": [{"Ref": "LiveTranscription"}, "on"]}]
    }
    media = resources["LiveMedia"]
    assert (media["Condition"], media["Properties"]["ResourceType"]) == ("MakesMediaStreams", "MEDIA_STREAMS")
    assert media["Properties"]["KinesisVideoStreamConfig"]["Prefix"] == {"Ref": "MediaStreamPrefix"}
    assert resources["MediaKey"]["Condition"] == "MakesMediaKey"


def test_a_flow_with_a_placeholder_that_nothing_stands_for_is_refused(template: dict[str, Any]) -> None:
    poor = json.loads(json.dumps(template))
    content = poor["Resources"]["InboundFlow"]["Properties"]["Content"]["Fn::Sub"]
    del content[1]["OptOutFunctionArn"]
    with pytest.raises(ConfigError, match="OptOutFunctionArn"):
        fill(poor)


def test_a_bot_version_is_renamed_everywhere_it_is_meant() -> None:
    small = {
        "Resources": {
            "BotVersion": {"Type": "AWS::Lex::BotVersion"},
            "BotAlias": {"Properties": {"BotVersion": {"Fn::GetAtt": ["BotVersion", "BotVersion"]}}},
            "Other": {"Properties": {"Text": {"Fn::Sub": "v${BotVersion.BotVersion}"}}},
        }
    }
    marked = name_immutable(small, ["BotVersion"], "ab12")["Resources"]
    assert set(marked) == {"BotVersionab12", "BotAlias", "Other"}
    assert marked["BotAlias"]["Properties"] == {"BotVersion": {"Fn::GetAtt": ["BotVersionab12", "BotVersion"]}}
    assert marked["Other"]["Properties"]["Text"] == {"Fn::Sub": "v${BotVersionab12.BotVersion}"}


OPTIONAL = {
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "connect:DescribeContact",
    "kinesisvideo:GetDataEndpoint",
    "kinesisvideo:GetMedia",
    "s3vectors:QueryVectors",
    "s3vectors:GetVectors",
}
"""Actions of roles in a stack that has a key of its own, a Connect instance, or a vector bucket."""

BUILDABLE = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
}


def buildable(template: dict[str, Any]) -> dict[str, Any]:
    """Return the part that moto builds; what points to the rest becomes plain text."""
    kept = {name: one for name, one in template["Resources"].items() if one["Type"] in BUILDABLE}
    text = json.dumps({**template, "Resources": kept, "Outputs": {}, "Rules": {}})
    for name in template["Resources"].keys() - kept.keys():
        text = text.replace(
            json.dumps({"Ref": name}), json.dumps(f"arn:aws:lambda:{REGION}:123456789012:function:x:live")
        )
    small: dict[str, Any] = json.loads(text)
    for one in small["Resources"].values():
        one.pop("Metadata", None)
    return small


def test_what_moto_can_build_is_built_and_reads_back(
    aws: Callable[[str, str], Any], template: dict[str, Any], unique: str
) -> None:
    def client(name: str) -> Any:
        return aws("moto", name).client

    def code() -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("lambdas/__init__.py", "")
        return data.getvalue()

    s3, cloudformation, dynamodb = client("s3"), client("cloudformation"), client("dynamodb")
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=unique, Key="x.zip", Body=code())
    tables = {f"{name}Name": f"{unique}-{name}" for name in TABLES}
    parameters = {
        "CodeBucket": unique,
        "Release": "0123456789abcdef",
        "ClipsBucketName": f"{unique}-clips",
        "KeysSecretName": "voicebot/keys",
        **{function.code_parameter: "x.zip" for function in functions_of(template)},
        **tables,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # moto only warns about a resource that it does not build
        cloudformation.create_stack(
            StackName=unique,
            TemplateBody=json.dumps(buildable(template)),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    assert cloudformation.describe_stacks(StackName=unique)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

    for name, spec in TABLES.items():
        table = dynamodb.describe_table(TableName=tables[f"{name}Name"])["Table"]
        assert [key["AttributeName"] for key in table["KeySchema"]] == [spec.key]
        indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
        assert indexes == {index.name for index in spec.indexes}
        assert table.get("DeletionProtectionEnabled", False) == (name != "JobsTable")

    bucket = f"{unique}-clips"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

    lambda_, iam = client("lambda"), client("iam")
    for function in functions_of(template):
        built = lambda_.get_function_configuration(FunctionName=f"{unique}-{function.name}")
        assert (built["Handler"], built["Runtime"]) == (function.handler, function.runtime)
        assert (built["Timeout"], built["MemorySize"]) == (function.timeout_s, function.memory_mb)
        assert built["Environment"]["Variables"]["VOICEBOT_BACKEND"] == "aws"
        assert built["Environment"]["Variables"]["COMPANY_BUCKET"] == bucket
        role = built["Role"].rsplit("/", 1)[1]
        document = iam.get_role_policy(RoleName=role, PolicyName=function.name)["PolicyDocument"]
        document = ast.literal_eval(document)  # moto keeps an inline policy as the text of a Python dictionary
        built_statements = [one for one in document["Statement"] if one]  # moto keeps AWS::NoValue as null
        wanted = [one for role_name, one in statements(template) if role_name == f"{function.resource}Role"]
        actions = {action for one in built_statements for action in one["Action"]}
        assert actions == {action for one in wanted for action in one["Action"]} - OPTIONAL
        named = [arn for one in built_statements for arn in one["Resource"] if arn != "*"]
        assert all(arn.startswith("arn:aws:") and "${" not in arn for arn in named)
