"""Flows and modules in an Amazon Connect instance: found, read, made, updated.

The API takes two requests a second from an account (five at once) for everything that is done to flows.

Source:
    botocore's model of `connect`;
    https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-service-limits.html for the rate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from voicebot.aws.pages import entries
from voicebot.aws.session import AwsService
from voicebot.clock import Clock
from voicebot.errors import ConflictError, InputError, NotFoundError, RefusedError, VoicebotError
from voicebot.flow.actions.facts import FlowType

SAVED = ":$SAVED"
"""What follows the id of a flow when its draft is meant."""

REQUESTS_PER_S = 2.0
BURST = 5
_PAGE = 100


class Pace:
    """Lets so many requests a second through, after a few at once: a bucket of tokens.

    Args:
        clock: Waits on it.
        per_s: How many tokens come back each second.
        burst: How many there are at most.
    """

    def __init__(self, clock: Clock, per_s: float = REQUESTS_PER_S, burst: int = BURST) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._counted_at_s = clock.now()

    def wait(self) -> None:
        """Wait until the next request may go, and count it."""
        now_s = self._clock.now()
        self._tokens = min(self._burst, self._tokens + (now_s - self._counted_at_s) * self._per_s)
        self._counted_at_s = now_s
        if self._tokens < 1:
            pause_s = (1 - self._tokens) / self._per_s
            self._clock.sleep(pause_s)
            self._counted_at_s = now_s + pause_s
            self._tokens = 1.0
        self._tokens -= 1


@dataclass(frozen=True)
class RemoteFlow:
    """A flow or a module in the instance.

    Args:
        id: Its id.
        arn: Its ARN.
        name: Its name.
        type: Its type; MODULE for a module.
        status: PUBLISHED or SAVED.
        content: The flow language; empty in lists.
        description: Its description.
    """

    id: str
    arn: str
    name: str
    type: FlowType
    status: str
    content: str = ""
    description: str = ""


class ConnectFlows:
    """The flows and modules of one instance.

    Args:
        service: ``connect``.
        instance_id: The instance's id or ARN.
        pace: Keeps to the API's rate; the calls of one account share it.
    """

    def __init__(self, service: AwsService, instance_id: str, pace: Pace) -> None:
        self._service = service
        self.instance_id = instance_id
        self._pace = pace

    def list(self, flow_type: FlowType | None = None) -> Iterator[RemoteFlow]:
        """Yield every flow and module, or those of one type; without their content."""
        if flow_type != "MODULE":
            yield from self._flows(flow_type)
        if flow_type in (None, "MODULE"):
            yield from self._modules()

    def find(self, name: str, *, is_module: bool = False) -> RemoteFlow | None:
        """Return the flow, or the module, of a name."""
        return next((each for each in (self._modules() if is_module else self._flows()) if each.name == name), None)

    def _flows(self, flow_type: FlowType | None = None) -> Iterator[RemoteFlow]:
        types = {"ContactFlowTypes": [flow_type]} if flow_type else {}
        for row in self.entries("list_contact_flows", "ContactFlowSummaryList", **types):
            status = row.get("ContactFlowStatus", "PUBLISHED")
            yield RemoteFlow(row["Id"], row["Arn"], row["Name"], row["ContactFlowType"], status)

    def _modules(self) -> Iterator[RemoteFlow]:
        for row in self.entries("list_contact_flow_modules", "ContactFlowModulesSummaryList"):
            yield RemoteFlow(row["Id"], row["Arn"], row["Name"], "MODULE", "PUBLISHED")

    def fetch(self, flow: RemoteFlow, *, is_draft: bool = False) -> RemoteFlow:
        """Return a flow with its content: what is published, or the draft.

        Raises:
            NotFoundError: There is no such flow, or it was never published.
        """
        if flow.type == "MODULE":
            reply = self.call("describe_contact_flow_module", ContactFlowModuleId=flow.id)["ContactFlowModule"]
        else:
            draft = is_draft or flow.status == "SAVED"
            reply = self.call("describe_contact_flow", ContactFlowId=flow.id + (SAVED if draft else ""))["ContactFlow"]
        return RemoteFlow(
            id=flow.id,
            arn=reply.get("Arn", flow.arn),
            name=reply.get("Name", flow.name),
            type="MODULE" if flow.type == "MODULE" else reply.get("Type", flow.type),
            status=reply.get("Status", flow.status),
            content=reply["Content"],
            description=reply.get("Description", ""),
        )

    def create(self, name: str, flow_type: FlowType, content: str, *, is_draft: bool, description: str = "") -> str:
        """Make a flow or a module; return its id.

        Raises:
            RefusedError: The content is not valid; says every problem.
            ConflictError: There is one of this name.
        """
        more = {"Description": description} if description else {}
        if flow_type == "MODULE":
            return str(self.call("create_contact_flow_module", Name=name, Content=content, **more)["Id"])
        status = "SAVED" if is_draft else "PUBLISHED"
        made = self.call("create_contact_flow", Name=name, Type=flow_type, Content=content, Status=status, **more)
        return str(made["ContactFlowId"])

    def update(self, flow: RemoteFlow, content: str, *, is_draft: bool) -> None:
        """Replace a flow's content: that which is published, or (a draft) only what the console shows for editing.

        Raises:
            RefusedError: The content is not valid; says every problem.
        """
        if flow.type == "MODULE":
            self.call("update_contact_flow_module_content", ContactFlowModuleId=flow.id, Content=content)
        else:
            flow_id = flow.id + (SAVED if is_draft else "")
            self.call("update_contact_flow_content", ContactFlowId=flow_id, Content=content)

    def version(self, flow: RemoteFlow, description: str) -> int:
        """Keep what is published as a version; return its number."""
        if flow.type == "MODULE":
            reply = self.call(
                "create_contact_flow_module_version", ContactFlowModuleId=flow.id, Description=description
            )
        else:
            reply = self.call("create_contact_flow_version", ContactFlowId=flow.id, Description=description)
        return int(reply["Version"])

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Return the reply to an operation on the instance, at the API's pace.

        Raises:
            NotFoundError: What it is about does not exist.
            RefusedError: Connect does not take the content; says every problem.
            ConflictError: The name is taken.
            InputError: Connect does not take a value.
            VoicebotError: Whatever `AwsService.call` raises.
        """
        self._pace.wait()
        try:
            return self._service.call(operation, InstanceId=self.instance_id, **parameters)
        except ParamValidationError as exc:
            raise InputError(f"connect: {operation}: {' '.join(str(exc).split())}") from exc
        except ClientError as exc:
            problem = _explained(exc, operation)
            if problem is None:
                raise
            raise problem from exc

    def entries(self, operation: str, key: str, /, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Yield what stands under `key` in the replies to an operation that answers a page at a time."""
        return entries(self.call, operation, key, MaxResults=_PAGE, **parameters)


def _explained(exc: ClientError, operation: str) -> VoicebotError | None:
    """Return an error of Connect in our own words; None for one that is not known."""
    error = exc.response.get("Error", {})
    code, said = str(error.get("Code", "")), str(error.get("Message") or error.get("Code", ""))
    problems = _problems(exc.response)
    if code in ("InvalidContactFlowException", "InvalidContactFlowModuleException", "InvalidTestCaseException"):
        found = "; ".join(problems) or said
        return RefusedError(f"connect: {len(problems) or 1} problems: {found}", hint="run: voicebot flow lint")
    if code in ("ResourceNotFoundException", "ContactFlowNotPublishedException"):
        return NotFoundError(f"connect: {operation}: {said}", hint="check the id, and aws.connect_instance_id")
    if code == "DuplicateResourceException":
        return ConflictError(f"connect: {operation}: {said}", hint="give it another name, or its id")
    if code in ("InvalidParameterException", "InvalidRequestException"):
        return InputError(f"connect: {operation}: {said}")
    if code in ("LimitExceededException", "ServiceQuotaExceededException"):
        return RefusedError(f"connect: {operation}: {said}", hint="remove what is not used, or ask for a higher quota")
    return None


def _problems(response: Mapping[str, Any]) -> list[str]:
    """Return the problems of a flow; botocore writes the key as the service does, which is not one way only."""
    for place in (response, response.get("Error", {})):
        for key in ("problems", "Problems"):
            found = place.get(key)
            if found:
                return [str(each.get("message") or each.get("Message")) for each in found]
    return []
