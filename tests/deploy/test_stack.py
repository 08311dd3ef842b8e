"""Change sets, progress and failures, with botocore's own validation of what is sent and of what comes back."""

from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.stub import ANY, Stubber

from voicebot.aws.session import AwsService, AwsSession, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.deploy.changes import plan_text
from voicebot.deploy.explain import failures_of, hint_for
from voicebot.deploy.stack import Stack, status_text
from voicebot.errors import ConflictError, InputError, NotFoundError, RefusedError, StorageError

pytestmark = pytest.mark.unit

URL = "https://code.s3.ap-northeast-2.amazonaws.com/templates/x.json"
SET = "arn:aws:cloudformation:ap-northeast-2:123456789012:changeSet/voicebot-0/x"
AT = datetime(2026, 11, 25, tzinfo=UTC)
NO_STACK = ("describe_stacks", "ValidationError", "Stack with id voicebot does not exist")


class Scripted:
    """A stack over a script of CloudFormation's replies."""

    def __init__(self) -> None:
        client = AwsSession("ap-northeast-2", "http://127.0.0.1:9").make_client("cloudformation")
        self.stub = Stubber(client)
        self.clock = VirtualClock(0.0)
        self.stack = Stack(AwsService(client, self.clock, 1.0, RetryBudget()), "voicebot", wait_s=60.0)

    def answer(self, operation: str, reply: dict[str, Any], **asked: Any) -> None:
        self.stub.add_response(operation, reply, asked or None)

    def refuse(self, operation: str, code: str, message: str) -> None:
        self.stub.add_client_error(operation, code, message, http_status_code=400)

    def state(self, name: str, **more: Any) -> None:
        stack = {"StackName": "voicebot", "CreationTime": AT, "StackStatus": name, **more}
        self.answer("describe_stacks", {"Stacks": [stack]})

    def change_set(
        self, kind: str, *pages: list[dict[str, Any]], status: str = "CREATE_COMPLETE", reason: str = ""
    ) -> None:
        self.answer(
            "create_change_set", {"Id": SET, "StackId": "s"},
            StackName="voicebot", ChangeSetName=ANY, ChangeSetType=kind, TemplateURL=URL,
            Parameters=[{"ParameterKey": "Release", "ParameterValue": "r1"}], Capabilities=["CAPABILITY_IAM"],
        )  # fmt: skip
        self.answer("describe_change_set", {"Status": "CREATE_IN_PROGRESS"})
        self.answer("describe_change_set", {"Status": status, "StatusReason": reason})
        for number, page in enumerate(pages):
            more = {"NextToken": "t"} if number + 1 < len(pages) else {}
            self.answer("describe_change_set", {"Status": status, "Changes": page, **more})

    def events(self, *events: dict[str, Any]) -> None:
        self.answer("describe_stack_events", {"StackEvents": list(reversed(events))})


@pytest.fixture
def scripted() -> Any:
    one = Scripted()
    with one.stub:
        yield one
    one.stub.assert_no_pending_responses()


def resource(action: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **more},
    }


def event(number: int, name: str, status: str, reason: str = "", kind: str = "AWS::Lambda::Function") -> dict[str, Any]:
    return {
        "EventId": str(number), "StackId": "s", "StackName": "voicebot", "Timestamp": AT,
        "LogicalResourceId": name, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason,
    }  # fmt: skip


def test_a_plan_says_what_is_removed_and_replaced_first_and_leaves_nothing(scripted: Scripted) -> None:
    scripted.state("UPDATE_COMPLETE")
    details = [
        {"Target": {"Attribute": "Properties", "Name": "Code"}},
        {"Target": {"Attribute": "Properties", "Name": "Code"}},
    ]
    scripted.change_set(
        "UPDATE",
        [
            resource("Add", "B", "AWS::SQS::Queue"),
            resource("Modify", "C", "AWS::Lambda::Function", Replacement="False", Details=details),
        ],
        [
            resource("Modify", "D", "AWS::Lambda::Version", Replacement="True"),
            resource("Remove", "A", "AWS::SNS::Topic"),
        ],
    )
    scripted.answer("describe_change_set", {"Status": "CREATE_COMPLETE"})
    scripted.answer("delete_change_set", {}, ChangeSetName=SET, StackName="voicebot")
    plan = scripted.stack.plan(URL, {"Release": "r1"})
    assert plan_text(plan).splitlines() == [
        "stack voicebot: update: 1 to add, 2 to change, 1 to remove, 1 of them replaced",
        "- A  AWS::SNS::Topic",
        "~ D  AWS::Lambda::Version  REPLACED",
        "~ C  AWS::Lambda::Function  (Code)",
        "+ B  AWS::SQS::Queue",
    ]


def test_a_plan_for_a_new_stack_removes_the_shell_that_cloudformation_keeps(scripted: Scripted) -> None:
    scripted.refuse(*NO_STACK)
    scripted.change_set("CREATE", [resource("Add", "B", "AWS::SQS::Queue")])
    scripted.answer("describe_change_set", {"Status": "CREATE_COMPLETE"})
    scripted.answer("delete_change_set", {}, ChangeSetName=SET, StackName="voicebot")
    scripted.answer("delete_stack", {}, StackName="voicebot")
    assert scripted.stack.plan(URL, {"Release": "r1"}).kind == "create"


def test_nothing_to_change_is_no_failure(scripted: Scripted) -> None:
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    scripted.state("UPDATE_COMPLETE")
    scripted.change_set("UPDATE", status="FAILED", reason=reason)
    scripted.answer("describe_change_set", {"Status": "FAILED", "StatusReason": reason})
    scripted.answer("delete_change_set", {})
    scripted.state("UPDATE_COMPLETE")
    told: list[str] = []
    assert scripted.stack.apply(URL, {"Release": "r1"}, told.append).state == "UPDATE_COMPLETE"
    assert told == ["nothing to change"]


def test_applying_tells_each_event_once_and_waits(scripted: Scripted) -> None:
    old, first, second = (
        event(1, "Old", "CREATE_COMPLETE"),
        event(2, "A", "CREATE_IN_PROGRESS"),
        event(3, "A", "CREATE_COMPLETE"),
    )
    scripted.state("UPDATE_COMPLETE")
    scripted.change_set("UPDATE")
    scripted.answer("describe_change_set", {"Status": "CREATE_COMPLETE"})
    scripted.events(old)
    scripted.answer("execute_change_set", {}, ChangeSetName=SET, StackName="voicebot")
    scripted.state("UPDATE_IN_PROGRESS")
    scripted.events(old, first)
    scripted.state("UPDATE_COMPLETE")
    scripted.events(old, first, second)
    scripted.state(
        "UPDATE_COMPLETE",
        Outputs=[{"OutputKey": "ClipsBucket", "OutputValue": "clips"}],
        Parameters=[{"ParameterKey": "Release", "ParameterValue": "r1"}],
    )
    told: list[str] = []
    status = scripted.stack.apply(URL, {"Release": "r1"}, told.append)
    assert told == ["A: CREATE_IN_PROGRESS", "A: CREATE_COMPLETE"]
    assert (status.release, status.outputs) == ("r1", {"ClipsBucket": "clips"})
    assert "release r1" in status_text(status)


def test_a_failure_names_its_first_cause_and_what_to_do(scripted: Scripted) -> None:
    scripted.refuse(*NO_STACK)
    scripted.change_set("CREATE")
    scripted.answer("describe_change_set", {"Status": "CREATE_COMPLETE"})
    scripted.events()
    scripted.answer("execute_change_set", {})
    scripted.state("ROLLBACK_COMPLETE")
    scripted.events(
        event(1, "AnswersTable", "CREATE_FAILED", "UtteranceCache already exists", "AWS::DynamoDB::Table"),
        event(2, "InboxTable", "CREATE_FAILED", "Resource creation cancelled", "AWS::DynamoDB::Table"),
        event(3, "voicebot", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed", "AWS::CloudFormation::Stack"),
    )
    with pytest.raises(
        RefusedError, match=r"AnswersTable \(AWS::DynamoDB::Table\): UtteranceCache already exists$"
    ) as caught:
        scripted.stack.apply(URL, {"Release": "r1"}, lambda line: None)
    assert caught.value.hint
    assert "another one in the settings" in caught.value.hint


def test_a_change_that_takes_too_long_says_how_to_go_on(scripted: Scripted) -> None:
    scripted.state("UPDATE_COMPLETE")
    scripted.change_set("UPDATE")
    scripted.answer("describe_change_set", {"Status": "CREATE_COMPLETE"})
    scripted.events()
    scripted.answer("execute_change_set", {})
    for _ in range(22):
        scripted.state("UPDATE_IN_PROGRESS")
        scripted.events()
    with pytest.raises(StorageError, match="still UPDATE_IN_PROGRESS"):
        scripted.stack.apply(URL, {"Release": "r1"}, lambda line: None)


def test_a_stack_in_motion_or_never_made_is_not_touched(scripted: Scripted) -> None:
    scripted.state("UPDATE_IN_PROGRESS")
    with pytest.raises(ConflictError):
        scripted.stack.plan(URL, {})
    scripted.state("ROLLBACK_COMPLETE")
    with pytest.raises(RefusedError, match="never made"):
        scripted.stack.plan(URL, {})


def test_what_cloudformation_refuses_is_said_in_its_words(scripted: Scripted) -> None:
    scripted.state("UPDATE_COMPLETE")
    scripted.refuse("create_change_set", "ValidationError", "Parameters: [Relaese] do not exist in the template")
    with pytest.raises(InputError, match="Relaese"):
        scripted.stack.plan(URL, {"Release": "r1"})


def test_a_status_of_no_stack_is_not_found(scripted: Scripted) -> None:
    scripted.refuse(*NO_STACK)
    with pytest.raises(NotFoundError):
        scripted.stack.status()
    scripted.state("REVIEW_IN_PROGRESS")
    with pytest.raises(NotFoundError):
        scripted.stack.status()


def test_a_status_after_a_failure_tells_only_the_last_change(scripted: Scripted) -> None:
    scripted.state("UPDATE_ROLLBACK_COMPLETE")
    kind = "AWS::CloudFormation::Stack"
    scripted.events(
        event(1, "voicebot", "UPDATE_IN_PROGRESS", kind=kind),
        event(2, "A", "UPDATE_FAILED", "long ago"),
        event(3, "voicebot", "UPDATE_IN_PROGRESS", kind=kind),
        event(4, "B", "UPDATE_FAILED", "Rate exceeded"),
    )
    assert scripted.stack.status().failures == ("B: Rate exceeded (run the same command again)",)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("User: x is not authorized to perform: iam:CreateRole", "permission"),
        ("Error occurred while GetObject. S3 Error Code: NoSuchKey", "code bucket"),
        ("Resource handler returned message: InvalidContactFlowException", "flow lint"),
        ("something nobody has seen", "console"),
    ],
)
def test_reasons_have_a_next_step(reason: str, word: str) -> None:
    assert word in hint_for(reason)
    assert failures_of([event(1, "A", "CREATE_FAILED", reason)])[0].hint == hint_for(reason)
