"""A scenario in a Connect instance, with botocore's own check of every request and reply."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.session import Session
from botocore.stub import ANY, Stubber

from tests.fakes.flow import Bench, block
from tests.flow.lint.corpus import FAILED, korean
from voicebot.aws.session import AwsService, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.errors import NotFoundError, RefusedError, StorageError
from voicebot.flow.connect import ConnectFlows, Pace
from voicebot.flow.load import load_flow
from voicebot.flow.scenario import Scenario
from voicebot.test.connect import ConnectTarget
from voicebot.test.targets import FlowTarget

pytestmark = pytest.mark.contract

INSTANCE = "0a1b2c3d-0000-4000-8000-000000000001"
ROW = {"Id": "f-1", "Arn": "arn:aws:connect:x:1:instance/i/contact-flow/f-1", "Name": "대표 번호",
       "ContactFlowType": "CONTACT_FLOW", "ContactFlowStatus": "PUBLISHED"}  # fmt: skip
SCENARIO = Scenario.model_validate({"name": "인사", "flow": "flow.json", "turns": []})


class Connect:
    """A stubbed instance and a target over it."""

    def __init__(self, folder: Path, flow_id: str | None = "f-1") -> None:
        path = folder / "flow.json"
        flow = korean(block("it", "MessageParticipant", {"Text": "안녕하세요"}, "end", FAILED))
        path.write_text(json.dumps({**flow, "Metadata": {"name": "대표 번호"}}), encoding="utf-8")
        client = Session().create_client(
            "connect", region_name="ap-northeast-2", aws_access_key_id="a", aws_secret_access_key="b"
        )
        self.stub = Stubber(client)
        self.clock = VirtualClock(timer=lambda: 0.0)
        flows = ConnectFlows(AwsService(client, self.clock, 0.0, RetryBudget()), INSTANCE, Pace(self.clock))
        local = FlowTarget(
            lambda path, scenario: Bench().run(load_flow(path), scenario.build_start("c")),
            lambda path, scenario: load_flow(path),
            path,
        )
        self.target = ConnectTarget(flows, local, flow_id, self.clock)
        self.stub.activate()

    def expect(self, operation: str, reply: dict[str, Any], **parameters: Any) -> None:
        self.stub.add_response(operation, reply, {"InstanceId": INSTANCE, **parameters})

    def makes(self) -> None:
        self.expect("create_test_case", {"TestCaseId": "t-1"}, Name=ANY, Description="scenario 인사", Content=ANY,
                    EntryPoint=ANY, InitializationData=ANY, Status="PUBLISHED")  # fmt: skip
        self.expect("start_test_case_execution", {"TestCaseExecutionId": "e-1"}, TestCaseId="t-1", ClientToken=ANY)

    def is_now(self, status: str) -> None:
        self.expect("get_test_case_execution_summary", {"Status": status}, TestCaseId="t-1", TestCaseExecutionId="e-1")

    def deletes(self) -> None:
        self.expect("delete_test_case", {}, TestCaseId="t-1")


def test_a_scenario_becomes_a_test_case_runs_and_goes(tmp_path: Path) -> None:
    connect = Connect(tmp_path)
    connect.makes()
    connect.is_now("IN_PROGRESS")
    connect.is_now("FAILED")
    records = {"TestCaseId": "t-1", "TestCaseExecutionId": "e-1", "MaxResults": 100}
    first = {"ExecutionRecords": [{"ObservationId": "begin", "Status": "PASSED"}], "NextToken": "n"}
    connect.expect("list_test_case_execution_records", first, **records)
    second = {"ExecutionRecords": [{"ObservationId": "turn-1", "Status": "FAILED"}]}
    connect.expect("list_test_case_execution_records", second, **records, NextToken="n")
    connect.deletes()

    played = connect.target.play(SCENARIO)

    assert [(check.what, check.is_met) for check in played.checks] == [("begin", True), ("turn-1", False)]
    assert played.duration_s >= 5
    connect.stub.assert_no_pending_responses()


def test_the_flow_is_found_by_its_name(tmp_path: Path) -> None:
    connect = Connect(tmp_path, flow_id=None)
    connect.expect("list_contact_flows", {"ContactFlowSummaryList": [ROW]}, MaxResults=100)
    connect.makes()
    connect.is_now("PASSED")
    connect.expect("list_test_case_execution_records", {}, TestCaseId="t-1", TestCaseExecutionId="e-1", MaxResults=100)
    connect.deletes()

    played = connect.target.play(SCENARIO)

    assert [(check.what, check.is_met) for check in played.checks] == [("test case", True)]
    missing = Connect(tmp_path, flow_id=None)
    missing.expect("list_contact_flows", {"ContactFlowSummaryList": []}, MaxResults=100)
    with pytest.raises(NotFoundError, match="there is no flow '대표 번호' in the instance"):
        missing.target.play(SCENARIO)


def test_a_test_that_does_not_end_is_stopped_and_deleted(tmp_path: Path) -> None:
    connect = Connect(tmp_path)
    connect.makes()
    for _ in range(360 // 5 + 2):
        connect.is_now("IN_PROGRESS")
    connect.expect("stop_test_case_execution", {}, TestCaseId="t-1", TestCaseExecutionId="e-1")
    connect.deletes()

    with pytest.raises(StorageError, match="not over after 360 s"):
        connect.target.play(SCENARIO)
    connect.stub.assert_no_pending_responses()


def test_every_problem_of_a_test_case_is_shown(tmp_path: Path) -> None:
    connect = Connect(tmp_path)
    connect.stub.add_client_error(
        "create_test_case",
        "InvalidTestCaseException",
        "no",
        400,
        modeled_fields={"Problems": [{"message": "Event missing"}]},
    )
    with pytest.raises(RefusedError, match="1 problems: Event missing"):
        connect.target.play(SCENARIO)
