"""A CloudFormation stack: change sets, progress, and failures that say what to do.

Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html, API_DescribeStackEvents.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from voicebot.aws.pages import entries
from voicebot.aws.session import AwsService
from voicebot.deploy.changes import Kind, Plan, change_of
from voicebot.deploy.explain import failures_of
from voicebot.errors import ConflictError, InputError, NotFoundError, RefusedError, StorageError

PAUSE_S = 3.0
CHANGE_SET_WAIT_S = 300.0

_NOTHING = ("didn't contain changes", "No updates are to be performed", "no changes")
_GONE = "REVIEW_IN_PROGRESS"

Progress = Callable[[str], None]
"""Takes one line about what goes on."""


@dataclass(frozen=True)
class Status:
    """A stack as it is now.

    Attributes:
        stack: Its name.
        state: CloudFormation's word for it, such as UPDATE_COMPLETE.
        reason: Why, where CloudFormation says so.
        updated_at: When it last changed.
        outputs: What it tells, by name.
        release: Of the packages and settings that are deployed.
        failures: What failed in its last change, as lines.
    """

    stack: str
    state: str
    reason: str
    updated_at: str
    outputs: Mapping[str, str]
    release: str
    failures: tuple[str, ...]


class Stack:
    """One stack.

    Args:
        service: CloudFormation.
        name: The stack's name.
        wait_s: How long a change may take.
    """

    def __init__(self, service: AwsService, name: str, wait_s: float) -> None:
        self._service = service
        self._name = name
        self._wait_s = wait_s

    def plan(self, template_url: str, parameters: Mapping[str, str]) -> Plan:
        """Return what a template would do to the stack, and leave nothing behind.

        Raises:
            RefusedError: CloudFormation refuses the template.
        """
        kind, change_set = self._change_set(template_url, parameters)
        try:
            about = {"ChangeSetName": change_set, "StackName": self._name}
            changes = tuple(map(change_of, entries(self._call, "describe_change_set", "Changes", **about)))
            is_empty = self._outcome(change_set)["Status"] == "FAILED"
        finally:
            self._discard(kind, change_set)
        return Plan(self._name, "none" if is_empty else kind, changes, dict(parameters))

    def apply(self, template_url: str, parameters: Mapping[str, str], progress: Progress) -> Status:
        """Bring the stack to a template, and wait until it is there.

        Raises:
            RefusedError: Something could not be made; says what, why, and what to do.
            StorageError: It takes longer than the settings allow.
        """
        kind, change_set = self._change_set(template_url, parameters)
        if self._outcome(change_set)["Status"] == "FAILED":
            self._discard(kind, change_set)
            progress("nothing to change")
            return self.status()
        seen = {event["EventId"] for event in self._events()}
        self._call("execute_change_set", ChangeSetName=change_set, StackName=self._name)
        self._follow(seen, progress)
        return self.status()

    def status(self) -> Status:
        """Return what the stack is now.

        Raises:
            NotFoundError: There is none.
        """
        found = self._describe()
        if found is None or found["StackStatus"] == _GONE:
            raise NotFoundError(f"there is no stack {self._name}", hint="voicebot deploy apply")
        parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())}
        is_broken = "ROLLBACK" in found["StackStatus"] or found["StackStatus"].endswith("FAILED")
        failures = failures_of(self._last_change()) if is_broken else []
        return Status(
            self._name,
            found["StackStatus"],
            found.get("StackStatusReason", ""),
            str(found.get("LastUpdatedTime") or found.get("CreationTime") or ""),
            {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())},
            parameters.get("Release", ""),
            tuple(f"{one.resource}: {one.reason} ({one.hint})" for one in failures),
        )

    def require_free(self) -> Kind:
        """Return what a change now would be, so that nothing is built in vain for one that cannot be.

        Raises:
            ConfigError: Credentials are missing, wrong or not allowed to look.
            ConflictError: The stack is being changed.
            RefusedError: Its first attempt failed, and what is left of it has to be deleted.
        """
        found = self._describe()
        if found and found["StackStatus"].endswith("_IN_PROGRESS") and found["StackStatus"] != _GONE:
            raise ConflictError(f"stack {self._name} is being changed now", hint="voicebot deploy status; then again")
        if found and found["StackStatus"] == "ROLLBACK_COMPLETE":
            raise RefusedError(
                f"stack {self._name} was never made: its first attempt was rolled back",
                hint=f"look at voicebot deploy status, then: aws cloudformation delete-stack --stack-name {self._name}",
            )
        return "update" if found and found["StackStatus"] != _GONE else "create"

    def _change_set(self, template_url: str, parameters: Mapping[str, str]) -> tuple[Kind, str]:
        kind = self.require_free()
        made = self._call(
            "create_change_set",
            StackName=self._name,
            ChangeSetName=f"voicebot-{round(self._service.clock.now() * 1000)}",
            ChangeSetType=kind.upper(),
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        change_set = str(made["Id"])
        deadline_s = self._service.clock.now() + CHANGE_SET_WAIT_S
        while True:
            outcome = self._outcome(change_set)
            if outcome["Status"] == "CREATE_COMPLETE":
                return kind, change_set
            if outcome["Status"] == "FAILED":
                reason = outcome.get("StatusReason", "")
                if any(words in reason for words in _NOTHING):
                    return kind, change_set
                self._discard(kind, change_set)
                raise RefusedError(f"stack {self._name}: {reason or 'the change set failed'}", hint="voicebot doctor")
            if self._service.clock.now() > deadline_s:
                raise StorageError(
                    f"stack {self._name}: no change set after {CHANGE_SET_WAIT_S:.0f} s", hint="try again"
                )
            self._service.clock.sleep(PAUSE_S)

    def _outcome(self, change_set: str) -> dict[str, Any]:
        return self._call("describe_change_set", ChangeSetName=change_set, StackName=self._name)

    def _discard(self, kind: Kind, change_set: str) -> None:
        """Remove a change set, and the empty stack that CloudFormation keeps for one that would create it."""
        self._call("delete_change_set", ChangeSetName=change_set, StackName=self._name)
        if kind == "create":
            self._call("delete_stack", StackName=self._name)

    def _follow(self, seen: set[str], progress: Progress) -> None:
        """Tell each new event until the stack rests."""
        deadline_s = self._service.clock.now() + self._wait_s
        mine: list[dict[str, Any]] = []
        while True:
            state = (self._describe() or {"StackStatus": "DELETE_COMPLETE"})["StackStatus"]
            fresh = [event for event in self._events() if event["EventId"] not in seen]
            for event in fresh:
                seen.add(event["EventId"])
                mine.append(event)
                reason = event.get("ResourceStatusReason", "")
                progress(f"{event['LogicalResourceId']}: {event['ResourceStatus']}" + (f": {reason}" if reason else ""))
            if not state.endswith("_IN_PROGRESS"):
                break
            if self._service.clock.now() > deadline_s:
                raise StorageError(
                    f"stack {self._name}: still {state}", hint="voicebot deploy status shows how it goes on"
                )
            self._service.clock.sleep(PAUSE_S)
        if state in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        failures = failures_of(mine)
        first = failures[0] if failures else None
        what = f"{first.resource} ({first.kind}): {first.reason}" if first else state
        more = f"; and {len(failures) - 1} more" if len(failures) > 1 else ""
        raise RefusedError(f"stack {self._name}: {what}{more}", hint=first.hint if first else "voicebot deploy status")

    def _events(self) -> list[dict[str, Any]]:
        """Return the stack's events, oldest first."""
        return [*entries(self._call, "describe_stack_events", "StackEvents", StackName=self._name)][::-1]

    def _last_change(self) -> list[dict[str, Any]]:
        events = self._events()
        starts = [
            index
            for index, event in enumerate(events)
            if event["LogicalResourceId"] == self._name
            and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        ]
        return events[starts[-1] :] if starts else events

    def _describe(self) -> dict[str, Any] | None:
        """Return the stack's description. CloudFormation says that there is none with a ValidationError of these words."""
        try:
            found: dict[str, Any] = self._service.call("describe_stacks", StackName=self._name)["Stacks"][0]
        except ClientError as exc:
            error = exc.response["Error"]
            if error["Code"] == "ValidationError" and "does not exist" in error["Message"]:
                return None
            raise
        return found

    def _call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        try:
            return self._service.call(operation, **parameters)
        except ClientError as exc:
            error = exc.response["Error"]
            if error["Code"] not in ("ValidationError", "InsufficientCapabilitiesException", "AlreadyExistsException"):
                raise
            raise InputError(f"stack {self._name}: {error['Message']}", hint="voicebot deploy plan") from exc


def status_text(status: Status) -> str:
    """Return a status as a person reads it."""
    lines = [f"stack {status.stack}: {status.state}" + (f" ({status.reason})" if status.reason else "")]
    lines += [f"changed {status.updated_at}", f"release {status.release or 'unknown'}"]
    lines += [f"{name}  {value}" for name, value in sorted(status.outputs.items())]
    return "\n".join([*lines, *(f"failed: {failure}" for failure in status.failures)])
