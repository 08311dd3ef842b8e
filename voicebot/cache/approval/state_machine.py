"""Executions of the state machine that approves items in the cloud.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html, and of the result files
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.cache.protocol import BlobStore
from voicebot.errors import ConfigError, NotFoundError

RUNNING = "RUNNING"


@dataclass(frozen=True)
class Progress:
    """How far an execution is.

    Attributes:
        status: Step Functions' word for it: ``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT``, ``ABORTED``.
        total: Items it has found so far.
        done: Items that are through, well or not.
        error: Why it failed, or an empty string.
        manifest_key: The blob that lists its result files, once it has succeeded.
    """

    status: str
    total: int
    done: int
    error: str = ""
    manifest_key: str = ""


class StateMachine:
    """The state machine of ``lambdas/approve.asl.json``.

    Args:
        service: Step Functions.
        arn: The state machine's.
    """

    def __init__(self, service: AwsService, arn: str) -> None:
        self._service = service
        self._arn = arn

    def start(self, name: str, given: Mapping[str, object]) -> str:
        """Start an execution and return its ARN.

        Raises:
            ConfigError: There is no such state machine.
        """
        try:
            reply = self._service.call(
                "start_execution", stateMachineArn=self._arn, name=name, input=json.dumps(dict(given))
            )
        except ClientError as exc:
            if error_code(exc) in ("StateMachineDoesNotExist", "InvalidArn"):
                raise ConfigError("the state machine does not exist", hint="set aws.approve_state_machine") from exc
            raise
        return str(reply["executionArn"])

    def progress(self, execution: str) -> Progress:
        """Return how far an execution is."""
        found = self._service.call("describe_execution", executionArn=execution)
        total = done = 0
        for run in self._service.call("list_map_runs", executionArn=execution)["mapRuns"]:
            counts = self._service.call("describe_map_run", mapRunArn=run["mapRunArn"])["itemCounts"]
            total += int(counts["total"])
            done += sum(int(counts[name]) for name in ("succeeded", "failed", "timedOut", "aborted"))
        output = json.loads(found.get("output") or "{}")
        manifest = output.get("ResultWriterDetails", {}).get("Key", "") if isinstance(output, dict) else ""
        return Progress(found["status"], total, done, str(found.get("error", "")), manifest)


def read_results(blobs: BlobStore, manifest_key: str) -> Iterator[dict[str, Any]]:
    """Yield what each successful child execution returned; those that failed returned nothing."""
    for entry in _json(blobs, manifest_key)["ResultFiles"].get("SUCCEEDED", ()):
        for child in _json(blobs, entry["Key"]):
            output = json.loads(child.get("Output") or "{}")
            if isinstance(output, dict):
                yield output


def _json(blobs: BlobStore, key: str) -> Any:
    try:
        with blobs.open(key) as file:
            return json.load(file)
    except ValueError as exc:
        raise NotFoundError(f"the result file {key} is not readable") from exc
