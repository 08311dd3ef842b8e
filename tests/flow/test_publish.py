"""Flows to and from Connect, with botocore's own check of every request and reply."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.session import Session
from botocore.stub import Stubber

from tests.fakes.flow import block, document, ending
from tests.flow.lint.corpus import LAMBDA, QUEUE, RETURN, korean
from voicebot.aws.session import AwsService, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.errors import ConflictError, GateError, InputError, NotFoundError, RefusedError
from voicebot.flow.connect import ConnectFlows, Pace
from voicebot.flow.publish import publish_flow, pull_flows, put_placeholders

pytestmark = pytest.mark.contract

INSTANCE = "0a1b2c3d-0000-4000-8000-000000000001"
ARN = f"arn:aws:connect:ap-northeast-2:123456789012:instance/{INSTANCE}"
ROW = {"Id": "f-1", "Arn": f"{ARN}/contact-flow/f-1", "Name": "대표 번호", "ContactFlowType": "CONTACT_FLOW",
       "ContactFlowState": "ACTIVE", "ContactFlowStatus": "PUBLISHED"}  # fmt: skip
QUEUE_ROW = {**ROW, "Id": "f-2", "Name": "대기: 안내/음악", "ContactFlowType": "CUSTOMER_QUEUE"}
FLOW = korean(
    block("it", "UpdateContactTargetQueue", {"QueueId": "${AgentQueueArn}"}, "end", {"NoMatchingError": "end"})
)
VALUES = {"AgentQueueArn": QUEUE, "CompanyName": "차집사"}


class Instance:
    """A stubbed Connect instance on virtual time."""

    def __init__(self) -> None:
        client = Session().create_client(
            "connect", region_name="ap-northeast-2", aws_access_key_id="a", aws_secret_access_key="b"
        )
        self.stub = Stubber(client)
        self.clock = VirtualClock(timer=lambda: 0.0)
        service = AwsService(client, self.clock, 0.0, RetryBudget())
        self.flows = ConnectFlows(service, INSTANCE, Pace(self.clock))

    def expect(self, operation: str, reply: dict[str, Any], **parameters: Any) -> None:
        self.stub.add_response(operation, reply, {"InstanceId": INSTANCE, **parameters})

    def refuse(self, operation: str, code: str, modelled: dict[str, Any] | None = None, **parameters: Any) -> None:
        self.stub.add_client_error(
            operation, code, "said so", 400, expected_params={"InstanceId": INSTANCE, **parameters} if parameters else None,
            modeled_fields=modelled,
        )  # fmt: skip

    def lists(self, *rows: dict[str, Any], modules: tuple[dict[str, Any], ...] | None = None) -> None:
        self.expect("list_contact_flows", {"ContactFlowSummaryList": list(rows)}, MaxResults=100)
        if modules is not None:
            self.expect("list_contact_flow_modules", {"ContactFlowModulesSummaryList": list(modules)}, MaxResults=100)

    def describes(self, row: dict[str, Any], content: object, flow_id: str | None = None) -> None:
        flow = {"Id": row["Id"], "Arn": row["Arn"], "Name": row["Name"], "Type": row["ContactFlowType"],
                "Status": row["ContactFlowStatus"], "Content": json.dumps(content)}  # fmt: skip
        self.expect("describe_contact_flow", {"ContactFlow": flow}, ContactFlowId=flow_id or row["Id"])


@pytest.fixture
def instance() -> Iterator[Instance]:
    made = Instance()
    with made.stub:
        yield made
    made.stub.assert_no_pending_responses()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "main.json"
    path.write_text(json.dumps({**FLOW, "Metadata": {"name": "대표 번호"}}, ensure_ascii=False), encoding="utf-8")
    return path


def filled() -> dict[str, Any]:
    flow = json.loads(json.dumps(FLOW).replace("${AgentQueueArn}", QUEUE))
    return {**flow, "Metadata": {"name": "대표 번호"}}


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_a_new_flow_is_made_with_its_placeholders_filled(instance: Instance, source: Path) -> None:
    instance.lists()
    instance.expect(
        "create_contact_flow",
        {"ContactFlowId": "f-9", "ContactFlowArn": f"{ARN}/contact-flow/f-9"},
        Name="대표 번호", Type="CONTACT_FLOW", Content=compact(filled()), Status="PUBLISHED",
    )  # fmt: skip

    done = publish_flow(instance.flows, source, VALUES)

    assert (done.done, done.id, done.name) == ("created", "f-9", "대표 번호")


def test_an_other_content_is_updated_and_kept_as_a_version(instance: Instance, source: Path) -> None:
    instance.lists(ROW)
    instance.describes(ROW, {"Version": "2019-10-30"})
    instance.expect("update_contact_flow_content", {}, ContactFlowId="f-1", Content=compact(filled()))
    instance.expect("create_contact_flow_version", {"Version": 3}, ContactFlowId="f-1", Description="main")

    done = publish_flow(instance.flows, source, VALUES, keeps_version=True)

    assert (done.done, done.version) == ("updated", 3)


def test_a_draft_is_changed_under_its_own_name(instance: Instance, source: Path) -> None:
    instance.lists(ROW)
    instance.describes(ROW, {})
    instance.expect("update_contact_flow_content", {}, ContactFlowId="f-1:$SAVED", Content=compact(filled()))

    assert publish_flow(instance.flows, source, VALUES, is_draft=True).is_draft


def test_the_same_content_is_left_alone_whatever_status_the_console_wrote(instance: Instance, source: Path) -> None:
    instance.lists(ROW)
    instance.describes(ROW, {**filled(), "Metadata": {"name": "대표 번호", "status": "published", "hash": {}}})

    assert publish_flow(instance.flows, source, VALUES).done == "unchanged"


@pytest.mark.parametrize(("rows", "done"), [((), "created"), ((ROW,), "updated")])
def test_a_dry_run_changes_nothing(
    instance: Instance, source: Path, rows: tuple[dict[str, Any], ...], done: str
) -> None:
    instance.lists(*rows)
    if rows:
        instance.describes(ROW, {})

    assert publish_flow(instance.flows, source, VALUES, is_dry_run=True).done == done


PROBLEMS = [{"message": "Invalid Action type. Path: Actions[0]"}, {"message": "Missing error"}]
FOUND = r"2 problems: Invalid Action type. Path: Actions\[0\]; Missing error"


def test_every_problem_that_connect_finds_is_shown(instance: Instance, source: Path) -> None:
    instance.lists()
    instance.refuse("create_contact_flow", "InvalidContactFlowException", {"problems": PROBLEMS})

    with pytest.raises(RefusedError, match=FOUND):
        publish_flow(instance.flows, source, VALUES)


def test_the_problems_of_a_module_are_shown_too(instance: Instance, source: Path) -> None:
    instance.expect("list_contact_flow_modules", {"ContactFlowModulesSummaryList": []}, MaxResults=100)
    instance.refuse("create_contact_flow_module", "InvalidContactFlowModuleException", {"Problems": PROBLEMS})

    with pytest.raises(RefusedError, match=FOUND):
        publish_flow(instance.flows, source, VALUES, flow_type="MODULE", is_checked=False)


def test_a_flow_with_an_error_is_not_sent(instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "late.json"
    late = {"LambdaFunctionARN": LAMBDA, "InvocationTimeLimitSeconds": "30"}
    path.write_text(json.dumps(korean(block("it", "InvokeLambdaFunction", late, "end", {"NoMatchingError": "end"}))))

    with pytest.raises(GateError, match=r"block 'it': .*lambda-time-limit"):
        publish_flow(instance.flows, path, {})


def test_a_type_cannot_be_changed(instance: Instance, source: Path) -> None:
    other = {**ROW, "ContactFlowType": "CUSTOMER_QUEUE"}
    instance.lists(other)
    instance.describes(other, {})

    with pytest.raises(InputError, match="a type cannot be changed"):
        publish_flow(instance.flows, source, VALUES)


def test_a_taken_name_and_a_missing_id_are_told_apart(instance: Instance, source: Path) -> None:
    instance.lists()
    instance.refuse("create_contact_flow", "DuplicateResourceException")
    with pytest.raises(ConflictError):
        publish_flow(instance.flows, source, VALUES)
    instance.refuse("describe_contact_flow", "ResourceNotFoundException")
    with pytest.raises(NotFoundError):
        publish_flow(instance.flows, source, VALUES, flow_id="f-404")


def test_a_module_is_published_as_one(instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "모듈.json"
    module = document(block("a", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"}, "end"), RETURN)
    path.write_text(json.dumps(module))
    there = {"Id": "m-1", "Arn": f"{ARN}/flow-module/m-1", "Name": "모듈", "State": "ACTIVE"}
    instance.expect("list_contact_flow_modules", {"ContactFlowModulesSummaryList": [there]}, MaxResults=100)
    instance.expect(
        "describe_contact_flow_module",
        {"ContactFlowModule": {"Id": "m-1", "Arn": there["Arn"], "Name": "모듈", "Content": "{}"}},
        ContactFlowModuleId="m-1",
    )
    instance.expect("update_contact_flow_module_content", {}, ContactFlowModuleId="m-1", Content=compact(module))

    assert publish_flow(instance.flows, path, {}).type == "MODULE"


def test_what_was_published_comes_back_as_it_was(instance: Instance, source: Path, tmp_path: Path) -> None:
    instance.lists(ROW, modules=())
    instance.describes(ROW, filled())

    done = pull_flows(instance.flows, tmp_path / "out", VALUES)

    assert [each.path for each in done] == [tmp_path / "out" / "contact_flow" / "대표 번호.json"]
    assert json.loads(done[0].path.read_text(encoding="utf-8")) == json.loads(source.read_text(encoding="utf-8"))


def test_every_page_is_read_and_every_kind_has_its_folder(instance: Instance, tmp_path: Path) -> None:
    instance.expect("list_contact_flows", {"ContactFlowSummaryList": [ROW], "NextToken": "t"}, MaxResults=100)
    instance.expect("list_contact_flows", {"ContactFlowSummaryList": [QUEUE_ROW]}, MaxResults=100, NextToken="t")
    module = {"Id": "m-1", "Arn": f"{ARN}/flow-module/m-1", "Name": "모듈", "State": "ACTIVE"}
    instance.expect("list_contact_flow_modules", {"ContactFlowModulesSummaryList": [module]}, MaxResults=100)
    instance.describes(ROW, FLOW)
    instance.describes(QUEUE_ROW, FLOW)
    instance.expect(
        "describe_contact_flow_module",
        {"ContactFlowModule": {"Id": "m-1", "Arn": module["Arn"], "Name": "모듈", "Content": json.dumps(FLOW)}},
        ContactFlowModuleId="m-1",
    )

    done = pull_flows(instance.flows, tmp_path, {})

    assert [str(each.path.relative_to(tmp_path)) for each in done] == [
        "contact_flow/대표 번호.json", "customer_queue/대기- 안내-음악.json", "module/모듈.json",
    ]  # fmt: skip
    assert all(json.loads(each.path.read_text(encoding="utf-8")) == FLOW for each in done)


def test_a_second_pull_changes_nothing_and_a_dry_run_writes_nothing(instance: Instance, tmp_path: Path) -> None:
    outcomes = []
    for is_dry_run in (True, False, False):
        instance.lists(ROW, modules=())
        instance.describes(ROW, FLOW)
        outcomes.append(pull_flows(instance.flows, tmp_path, {}, is_dry_run=is_dry_run)[0].done)

    assert outcomes == ["created", "created", "unchanged"]


def test_a_flow_that_was_never_published_is_read_as_a_draft(instance: Instance, tmp_path: Path) -> None:
    saved = {**ROW, "ContactFlowStatus": "SAVED"}
    instance.lists(saved, modules=())
    instance.describes(saved, FLOW, "f-1:$SAVED")

    assert pull_flows(instance.flows, tmp_path, {})[0].done == "created"


def test_a_name_that_does_not_exist_is_an_error(instance: Instance, tmp_path: Path) -> None:
    instance.lists(ROW, modules=())
    with pytest.raises(InputError, match="there is no flow 없음"):
        pull_flows(instance.flows, tmp_path, {}, names=["없음"])


def test_two_requests_a_second_are_made_and_no_more(instance: Instance, tmp_path: Path) -> None:
    rows = [{**ROW, "Id": f"f-{n}", "Name": f"flow {n}"} for n in range(40)]
    instance.lists(*rows, modules=())
    for row in rows:
        instance.describes(row, document(*ending("a")))

    pull_flows(instance.flows, tmp_path, {})

    assert instance.clock.now() == pytest.approx((42 - 5) / 2)


def test_the_longest_value_wins_and_words_stay_words() -> None:
    values = {"Queue": "arn:aws:x/queue", "Long": "arn:aws:x/queue/1", "CompanyName": "차집사"}
    document_ = {"a": ["arn:aws:x/queue/1", "arn:aws:x/queue/2"], "b": "차집사입니다"}

    assert put_placeholders(document_, values) == {"a": ["${Long}", "${Queue}/2"], "b": "차집사입니다"}
