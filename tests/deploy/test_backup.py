"""A backup of an account, and what differs from it, over scripted replies that botocore's own models check."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from tests.fakes.aws import ACCOUNT, REGION, ScriptedAws
from voicebot.deploy.backup import Account, Documents, read_account, read_backup, stamp, write_backup
from voicebot.deploy.restore import check_same, compare, differences_text, restore_flows
from voicebot.errors import GateError, InputError, NotFoundError
from voicebot.flow.connect import BURST, REQUESTS_PER_S, ConnectFlows, Pace
from voicebot.lex.archive import zip_documents
from voicebot.lex.models import LexModels

pytestmark = pytest.mark.unit

INSTANCE = "11111111-2222-3333-4444-555555555555"
BOT = "ABCDEFGHIJ"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/bot-role"
TRUST = {"Version": "2012-10-17", "Statement": []}


def content(text: str = "안녕하세요") -> str:
    actions = [
        {"Identifier": "greeting", "Type": "MessageParticipant", "Parameters": {"Text": text}, "Transitions": {}}
    ]
    return json.dumps({"Version": "2019-10-30", "StartAction": "greeting", "Actions": actions})


@pytest.fixture
def aws() -> Iterator[ScriptedAws]:
    one = ScriptedAws()
    yield one
    one.check_all_asked()


def arn(kind: str, name: str) -> str:
    return f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}/{kind}/{name}"


def script(aws: ScriptedAws, greeting: str = "안녕하세요") -> Account:
    def connect(operation: str, reply: dict[str, Any], **asked: Any) -> None:
        aws.answer("connect", operation, reply, InstanceId=INSTANCE, **asked)

    flow = {"ContactFlowType": "CONTACT_FLOW", "ContactFlowStatus": "PUBLISHED"}
    first, second = (
        {**flow, "Id": f"f{n}-0", "Arn": arn("contact-flow", f"f{n}"), "Name": name}
        for n, name in ((1, "인사 / 낮"), (2, "밤"))
    )
    connect("list_contact_flows", {"ContactFlowSummaryList": [first], "NextToken": "t"}, MaxResults=100)
    for one in (first,):
        described = {
            **{key: one[key] for key in ("Id", "Arn", "Name")},
            "Type": "CONTACT_FLOW",
            "Status": "PUBLISHED",
            "Content": content(greeting),
        }
        connect("describe_contact_flow", {"ContactFlow": described}, ContactFlowId=one["Id"])
    connect("list_contact_flows", {"ContactFlowSummaryList": [second]}, MaxResults=100, NextToken="t")
    aws.refuse("connect", "describe_contact_flow", "ResourceNotFoundException", status=404)
    module = {"Id": "m1-0", "Arn": arn("flow-module", "m1"), "Name": "본인 확인"}
    connect("list_contact_flow_modules", {"ContactFlowModulesSummaryList": [module]}, MaxResults=100)
    connect(
        "describe_contact_flow_module",
        {"ContactFlowModule": {**module, "Content": content()}},
        ContactFlowModuleId="m1-0",
    )
    connect(
        "list_prompts", {"PromptSummaryList": [{"Id": "p2", "Name": "b"}, {"Id": "p1", "Name": "a"}]}, MaxResults=100
    )
    connect("list_queues", {"QueueSummaryList": [{"Id": "q1"}]}, MaxResults=100, QueueTypes=["STANDARD"])
    connect("describe_queue", {"Queue": {"QueueId": "q1", "Name": "상담", "Status": "ENABLED"}}, QueueId="q1")
    connect("list_hours_of_operations", {"HoursOfOperationSummaryList": [{"Id": "h1"}]}, MaxResults=100)
    hours = {"HoursOfOperationId": "h1", "Name": "평일", "TimeZone": "Asia/Seoul"}
    connect("describe_hours_of_operation", {"HoursOfOperation": hours}, HoursOfOperationId="h1")

    bots_found = {"botSummaries": [{"botId": BOT, "botName": "Chajipsa"}]}
    aws.answer("lexv2-models", "list_bots", bots_found)
    aws.answer("lexv2-models", "create_export", {"exportId": "EXPORT0001"})
    aws.answer("lexv2-models", "describe_export", {"exportStatus": "Completed", "downloadUrl": "https://x/y"})
    aws.answer("lexv2-models", "list_bots", bots_found)
    aws.answer("lexv2-models", "describe_bot", {"roleArn": ROLE}, botId=BOT)
    aws.refuse("lambda", "get_function_configuration", "ResourceNotFoundException", status=404)
    role = {
        "Path": "/team/",
        "RoleName": "bot-role",
        "RoleId": "A" * 16,
        "Arn": ROLE,
        "CreateDate": 0,
        "AssumeRolePolicyDocument": json.dumps(TRUST),
    }
    aws.answer("iam", "get_role", {"Role": role}, RoleName="bot-role")
    aws.answer("iam", "list_role_policies", {"PolicyNames": ["voice"], "IsTruncated": False}, RoleName="bot-role")
    policy = {"RoleName": "bot-role", "PolicyName": "voice", "PolicyDocument": json.dumps(TRUST)}
    aws.answer("iam", "get_role_policy", policy, RoleName="bot-role", PolicyName="voice")
    mine, theirs = f"arn:aws:iam::{ACCOUNT}:policy/mine", "arn:aws:iam::aws:policy/AmazonPollyReadOnlyAccess"
    attached = [{"PolicyName": "x", "PolicyArn": one} for one in (mine, theirs)]
    aws.answer(
        "iam", "list_attached_role_policies", {"AttachedPolicies": attached, "IsTruncated": False}, RoleName="bot-role"
    )
    aws.answer("iam", "get_policy", {"Policy": {"DefaultVersionId": "v3"}}, PolicyArn=mine)
    aws.answer(
        "iam", "get_policy_version", {"PolicyVersion": {"Document": json.dumps(TRUST)}}, PolicyArn=mine, VersionId="v3"
    )

    flows = ConnectFlows(aws.service("connect"), INSTANCE, Pace(aws.clock))
    export = zip_documents({"Manifest.json": {"metaData": {}}})
    bots = LexModels(aws.service("lexv2-models"), aws.clock)
    return Account(
        flows, bots, aws.service("iam"), "Chajipsa", ("voicebot-lex_hook",), aws.service("lambda"), lambda url: export
    )


def read(aws: ScriptedAws, greeting: str = "안녕하세요") -> Documents:
    return read_account(script(aws, greeting), lambda line: None)


def test_everything_is_read_to_the_last_page_at_the_account_s_pace(aws: ScriptedAws) -> None:
    started_s = aws.clock.now()
    documents = read(aws)
    assert sorted(documents) == [
        "bot/Manifest.json", "flows/인사-낮-f1.json", "hours.json", "iam/bot-role.json", "modules/본인-확인-m1.json",
        "prompts.json", "queues.json",
    ]  # fmt: skip
    assert [prompt["Name"] for prompt in documents["prompts.json"]] == ["a", "b"]
    role = documents["iam/bot-role.json"]
    assert list(role["inline"]) == ["voice"]
    assert [name for name, document in role["attached"].items() if document is None] == [
        "arn:aws:iam::aws:policy/AmazonPollyReadOnlyAccess"
    ]
    requests = 11
    assert aws.clock.now() - started_s >= (requests - BURST) / REQUESTS_PER_S


def test_a_backup_reads_back_as_it_was_written(aws: ScriptedAws, tmp_path: Path) -> None:
    documents = read(aws)
    folder = tmp_path / stamp(aws.clock)
    assert folder.name.startswith("1970-01-01T0016")
    assert write_backup(folder, documents, folder.name, INSTANCE) == len(documents) + 1
    kept = read_backup(folder)
    assert compare(kept, kept) == []
    assert json.loads(json.dumps(documents, default=str)) == kept
    assert "안녕하세요" in (folder / "flows" / "인사-낮-f1.json").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        write_backup(folder, documents, folder.name, INSTANCE)


def test_what_changed_is_named_to_the_block(aws: ScriptedAws) -> None:
    kept = read(aws)
    now = read(aws, "반갑습니다")
    now["queues.json"] = [{**now["queues.json"][0], "Status": "DISABLED"}]
    now["flows/new-x.json"] = {}
    del now["prompts.json"]
    found = compare(kept, now)
    assert differences_text(found).splitlines() == [
        "new      flows/new-x.json",
        "changed  flows/인사-낮-f1.json  (block greeting)",
        "missing  prompts.json",
        "changed  queues.json  (상담)",
    ]
    with pytest.raises(GateError, match="4 files"):
        check_same(found)
    check_same([])


def test_flows_are_put_back_and_nothing_else(aws: ScriptedAws) -> None:
    kept, now = read(aws), read(aws, "반갑습니다")
    gone = now.pop("modules/본인-확인-m1.json")
    now["queues.json"] = []
    now["flows/new-x.json"] = {}
    text = json.dumps(kept["flows/인사-낮-f1.json"]["content"], ensure_ascii=False)
    aws.answer("connect", "update_contact_flow_content", {}, InstanceId=INSTANCE, ContactFlowId="f1-0", Content=text)
    module = json.dumps(gone["content"], ensure_ascii=False)
    aws.answer(
        "connect", "create_contact_flow_module", {"Id": "m2"}, InstanceId=INSTANCE, Name="본인 확인", Content=module
    )
    flows = ConnectFlows(aws.service("connect"), INSTANCE, Pace(aws.clock))
    done = restore_flows(flows, kept, compare(kept, now), lambda line: None)
    assert sorted(done) == ["flows/인사-낮-f1.json", "modules/본인-확인-m1.json"]


@pytest.mark.parametrize("files", ['["../../etc/passwd"]', '["gone.json"]', "3"])
def test_a_damaged_backup_is_refused(tmp_path: Path, files: str) -> None:
    with pytest.raises(NotFoundError):
        read_backup(tmp_path)
    (tmp_path / "manifest.json").write_text(f'{{"files": {files}}}', encoding="utf-8")
    with pytest.raises(InputError):
        read_backup(tmp_path)
