"""Amazon Connect's own simulated callers as a target: a scenario becomes a test case, runs in the instance, and goes."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from voicebot.clock import Clock
from voicebot.errors import NotFoundError, StorageError
from voicebot.flow.connect import ConnectFlows
from voicebot.flow.coverage import Coverage
from voicebot.flow.expectations import WHOLE_CALL, Check
from voicebot.flow.load import read_document
from voicebot.flow.publish import named
from voicebot.flow.scenario import Scenario
from voicebot.flow.testcase import export_test_case
from voicebot.resources import find
from voicebot.test.suite import Played
from voicebot.test.targets import FlowTarget

_LONGEST_TEST_S = 6 * 60.0
_PAUSE_S = 5.0
_OVER = ("PASSED", "FAILED", "STOPPED")


class ConnectTarget:
    """A flow in a Connect instance.

    Args:
        flows: The instance.
        local: The same flow on this machine, which says what is heard before each turn.
        flow_id: The flow's id in the instance; found by its name when None.
        clock: Waits for results.
    """

    name = "connect"

    def __init__(self, flows: ConnectFlows, local: FlowTarget, flow_id: str | None, clock: Clock) -> None:
        self._flows = flows
        self._local = local
        self._flow_id = flow_id
        self._clock = clock

    def play(self, scenario: Scenario) -> Played:
        """Return what came of a simulated call in the instance.

        Raises:
            NotFoundError: The flow is not there.
            RefusedError: Connect does not take the test case; says every problem.
            StorageError: It does not come to an end.
        """
        result = self._local.run(scenario)
        flow_id = self._flow_id or self._find(self._local.path(scenario))
        export = export_test_case(scenario, result, self._local.load(scenario), flow_id)
        request = {**export.request, "Name": f"{scenario.name} {uuid4().hex[:8]}", "Status": "PUBLISHED"}
        case_id = str(self._flows.call("create_test_case", **request)["TestCaseId"])
        try:
            return self._run(case_id, export.left_out)
        finally:
            self._flows.call("delete_test_case", TestCaseId=case_id)

    def coverage(self) -> Sequence[Coverage]:
        """Return nothing: Connect does not tell."""
        return ()

    def _find(self, path: Path) -> str:
        text = read_document(find(path))
        name = named(text.parse()) or text.name
        found = self._flows.find(name)
        if found is None:
            raise NotFoundError(f"there is no flow {name!r} in the instance", hint="publish it, or give --flow-id")
        return found.id

    def _run(self, case_id: str, left_out: tuple[str, ...]) -> Played:
        begun_s = self._clock.now()
        started = self._flows.call("start_test_case_execution", TestCaseId=case_id, ClientToken=uuid4().hex)
        execution = {"TestCaseId": case_id, "TestCaseExecutionId": started["TestCaseExecutionId"]}
        while True:
            summary = self._flows.call("get_test_case_execution_summary", **execution)
            if summary.get("Status") in _OVER:
                break
            if self._clock.now() - begun_s > _LONGEST_TEST_S:
                self._flows.call("stop_test_case_execution", **execution)
                raise StorageError(f"the test was not over after {_LONGEST_TEST_S:.0f} s", hint="run it again")
            self._clock.sleep(_PAUSE_S)
        checks = tuple(self._records(execution)) or (_verdict(str(summary["Status"])),)
        return Played(checks, self._clock.now() - begun_s, left_out)

    def _records(self, execution: dict[str, str]) -> list[Check]:
        """Return each observation as a check."""
        checks: list[Check] = []
        for record in self._flows.entries("list_test_case_execution_records", "ExecutionRecords", **execution):
            status, observation = str(record.get("Status", "")), str(record.get("ObservationId", ""))
            checks.append(Check(WHOLE_CALL, observation, "PASSED", status, status == "PASSED"))
        return checks


def _verdict(status: str) -> Check:
    return Check(WHOLE_CALL, "test case", "PASSED", status, status == "PASSED")
