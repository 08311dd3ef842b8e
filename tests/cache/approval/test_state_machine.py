"""The state machine: its definition, its execution as far as moto goes, and what is asked of it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.stub import Stubber

from voicebot.aws.session import AwsService, AwsSession, RetryBudget
from voicebot.cache.approval.state_machine import Progress, StateMachine, read_results
from voicebot.cache.stores.files import FileBlobs
from voicebot.clock import SystemClock
from voicebot.errors import ConfigError, NotFoundError
from voicebot.resources import bundled

pytestmark = pytest.mark.contract

ARN = "arn:aws:states:ap-northeast-2:123456789012:stateMachine:voicebot-approve"
EXECUTION = "arn:aws:states:ap-northeast-2:123456789012:execution:voicebot-approve:approve-1"
MAP_RUN = "arn:aws:states:ap-northeast-2:123456789012:mapRun:voicebot-approve/ApproveItems:1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def definition() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(bundled("lambdas/approve.asl.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def service() -> AwsService:
    return AwsSession("ap-northeast-2", "http://127.0.0.1:9", budget_s=0.0).service("stepfunctions")


@pytest.fixture
def stub(service: AwsService) -> Iterator[Any]:
    with Stubber(service.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_the_definition_is_well_formed(definition: dict[str, Any]) -> None:
    schema_module = pytest.importorskip("cfnlint.data.schemas.other.step_functions", reason="cfn-lint is not installed")
    jsonschema = pytest.importorskip("jsonschema", reason="cfn-lint is not installed")
    folder = Path(schema_module.__path__[0])
    schema = json.loads((folder / "statemachine.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(definition)


def test_the_definition_reads_lines_batches_them_and_writes_results(definition: dict[str, Any]) -> None:
    state = definition["States"][definition["StartAt"]]
    asked = {
        path.removeprefix("$.")
        for path in (
            *state["ItemReader"]["Parameters"].values(),
            *state["ResultWriter"]["Parameters"].values(),
            *state["ItemBatcher"]["BatchInput"].values(),
            state["ItemBatcher"]["MaxItemsPerBatchPath"],
            state["MaxConcurrencyPath"],
        )
    }
    assert asked == {"bucket", "items_key", "results_prefix", "owner", "engine", "batch", "concurrency"}
    assert state["ItemReader"]["ReaderConfig"] == {"InputType": "JSONL"}
    task = state["ItemProcessor"]["States"]["Synthesize"]
    assert task["Parameters"] == {"FunctionName": "${SynthesizeFunctionArn}", "Payload.$": "$"}
    assert "StorageError" in task["Retry"][1]["ErrorEquals"]


def test_moto_runs_it(definition: dict[str, Any]) -> None:
    """What moto's interpreter knows: the distributed map with its reader and writer.

    JSON Lines, batches, express children and a tolerated percentage it does not know, and it looks the writer's paths up
    in the items instead of the state's input.
    """
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto", reason="moto is not installed")
    state = definition["States"]["ApproveItems"]
    state["ItemReader"]["ReaderConfig"] = {"InputType": "JSON"}
    state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    state["ResultWriter"]["Parameters"] = {"Bucket": "clips", "Prefix": "approvals/1/results"}
    del state["ItemBatcher"], state["ToleratedFailurePercentage"]
    state["ItemProcessor"]["States"]["Synthesize"] = {"Type": "Pass", "End": True}
    with moto.mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "ap-northeast-2"}
        s3, machine = boto3.client("s3", **keys), boto3.client("stepfunctions", **keys)
        s3.create_bucket(Bucket="clips", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
        s3.put_object(Bucket="clips", Key="items", Body=json.dumps([{"id": f"n{n}"} for n in range(7)]).encode())
        role = "arn:aws:iam::123456789012:role/approve"
        arn = machine.create_state_machine(name="approve", definition=json.dumps(definition), roleArn=role)
        given = {
            "bucket": "clips", "items_key": "items", "results_prefix": "approvals/1/results", "owner": "remote:1",
            "engine": "local", "batch": 3, "concurrency": 2,
        }  # fmt: skip
        execution = machine.start_execution(stateMachineArn=arn["stateMachineArn"], input=json.dumps(given))
        own = AwsService(machine, SystemClock(), 5.0, RetryBudget())
        begun(execution["executionArn"])
        ended = followed(StateMachine(own, arn["stateMachineArn"]), execution["executionArn"])
    assert (ended.status, ended.total, ended.done) == ("SUCCEEDED", 7, 7)
    assert ended.manifest_key.startswith("approvals/1/results/")
    assert ended.manifest_key.endswith("/manifest.json")


def begun(execution: str) -> None:
    """Wait until moto's thread has begun an execution: before that it has no map runs, not even none."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    backend = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID]["ap-northeast-2"]
    deadline_s = time.monotonic() + 30
    while backend.describe_execution(execution).exec_worker.env is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def followed(machine: StateMachine, execution: str) -> Progress:
    deadline_s = time.monotonic() + 30
    while (progress := machine.progress(execution)).status == "RUNNING":
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    return progress


def test_an_execution_is_started_by_name(service: AwsService, stub: Any) -> None:
    expected = {"stateMachineArn": ARN, "name": "approve-1", "input": json.dumps({"batch": 3})}
    stub.add_response("start_execution", {"executionArn": EXECUTION, "startDate": NOW}, expected)
    assert StateMachine(service, ARN).start("approve-1", {"batch": 3}) == EXECUTION
    stub.add_client_error("start_execution", "StateMachineDoesNotExist")
    with pytest.raises(ConfigError, match="does not exist"):
        StateMachine(service, ARN).start("approve-1", {})


def test_progress_counts_what_is_through_well_or_not(service: AwsService, stub: Any) -> None:
    output = {"MapRunArn": MAP_RUN, "ResultWriterDetails": {"Bucket": "b", "Key": "approvals/1/manifest.json"}}
    base = {"executionArn": EXECUTION, "stateMachineArn": ARN, "startDate": NOW}
    counts = {
        "pending": 1, "running": 2, "succeeded": 5, "failed": 1, "timedOut": 1, "aborted": 0, "total": 10, "resultsWritten": 0,
    }  # fmt: skip
    run = {"executionArn": EXECUTION, "mapRunArn": MAP_RUN, "stateMachineArn": ARN, "startDate": NOW}
    detail = {
        "mapRunArn": MAP_RUN, "executionArn": EXECUTION, "status": "RUNNING", "startDate": NOW, "maxConcurrency": 2,
        "toleratedFailurePercentage": 100.0, "toleratedFailureCount": 0, "itemCounts": counts, "executionCounts": counts,
    }  # fmt: skip
    for status, more in (("RUNNING", {}), ("SUCCEEDED", {"output": json.dumps(output)})):
        stub.add_response("describe_execution", {**base, "status": status, **more}, {"executionArn": EXECUTION})
        stub.add_response("list_map_runs", {"mapRuns": [run]}, {"executionArn": EXECUTION})
        stub.add_response("describe_map_run", detail, {"mapRunArn": MAP_RUN})
    machine = StateMachine(service, ARN)
    assert machine.progress(EXECUTION) == Progress("RUNNING", 10, 7)
    assert machine.progress(EXECUTION).manifest_key == "approvals/1/manifest.json"


def test_results_are_read_from_every_file(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    files = {
        "FAILED": [{"Key": "f", "Size": 1}],
        "PENDING": [],
        "SUCCEEDED": [{"Key": "a", "Size": 1}, {"Key": "b", "Size": 1}],
    }
    blobs.put("m", json.dumps({"DestinationBucket": "x", "MapRunArn": "y", "ResultFiles": files}).encode(), "")
    for key, numbers in (("a", (1, 2)), ("b", (3,))):
        children = [{"Output": json.dumps({"n": n}), "Status": "SUCCEEDED"} for n in numbers]
        blobs.put(key, json.dumps(children).encode(), "")
    assert [output["n"] for output in read_results(blobs, "m")] == [1, 2, 3]
    blobs.put("b", b"[{", "")
    with pytest.raises(NotFoundError, match="not readable"):
        list(read_results(blobs, "m"))
