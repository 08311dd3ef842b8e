"""What each role of the template allows, against what its handler can come to call: nothing missing, nothing to spare."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from lambdas.call_status import handler as call_status
from lambdas.inbox_age import handler as inbox_age
from lambdas.lex_hook import handler as lex_hook
from lambdas.next_batch import handler as next_batch
from lambdas.opt_out import handler as opt_out
from lambdas.synthesize import handler as synthesize
from tests.aws_reach import Walk
from tests.fakes.aws_backend import on_aws
from voicebot.cache.protocol import Answer
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.deploy.template import functions_of, load_template
from voicebot.settings.tree import Settings
from voicebot.turns.protocol import Task

pytestmark = pytest.mark.unit

OWNERS = {
    "voicebot.cache.stores.dynamodb:DynamoAnswers": "AnswersTable",
    "voicebot.cache.stores.dynamodb_inbox:DynamoInbox": "InboxTable",
    "voicebot.turns.dynamodb:DynamoJobs": "JobsTable",
    "voicebot.turns.dynamodb:DynamoBookings": "BookingsTable",
    "voicebot.call.guard.optouts_dynamodb:DynamoOptOuts": "OptOutsTable",
    "voicebot.cache.stores.dynamodb_counters:DynamoCounters": "CountersTable",
    "voicebot.call.records_dynamodb:DynamoRecords": "CallsTable",
    "voicebot.transcribe.dynamodb:DynamoTranscripts": "TranscriptsTable",
    "voicebot.cache.stores.s3:S3Blobs": "ClipsBucket",
    "voicebot.cache.vectors:S3Vectors": "VectorBucketName",
    "voicebot.turns.lambda_worker:LambdaWorker": "SynthesizeAlias",
    "voicebot.transcribe.relay:LambdaRelay": "TranscribeAlias",
    "voicebot.transcribe.kinesis:KinesisMedia": "MediaStreamPrefix",
    "voicebot.aws.secrets:fetch_secret": "KeysSecretName",
    "voicebot.call.dialers.connect:ConnectDialer": "ConnectInstanceArn",
    "voicebot.tts.engines.polly:PollyTts": "*",
    "voicebot.aws.session:AwsSession": "",
}
"""On whose behalf operations are called, and the resource of the template, or the parameter, that it works on."""

ACTIONS = {
    "get_caller_identity": (),  # needs no permission
    **{name: (f"dynamodb:{action}",) for name, action in {
        "get_item": "GetItem", "batch_get_item": "BatchGetItem", "put_item": "PutItem", "update_item": "UpdateItem",
        "delete_item": "DeleteItem", "query": "Query", "scan": "Scan",
    }.items()},
    "get_object": ("s3:GetObject", "s3:ListBucket"),  # without ListBucket an object that is not there is forbidden, not missing
    "head_object": ("s3:GetObject", "s3:ListBucket"),
    "put_object": ("s3:PutObject",),
    "delete_object": ("s3:DeleteObject",),
    "list_objects_v2": ("s3:ListBucket",),
    "query_vectors": ("s3vectors:QueryVectors", "s3vectors:GetVectors"),  # GetVectors for what is stored beside a vector
    "invoke": ("lambda:InvokeFunction",),
    "get_data_endpoint": ("kinesisvideo:GetDataEndpoint",),
    "get_media": ("kinesisvideo:GetMedia",),
    "get_secret_value": ("secretsmanager:GetSecretValue",),
    "describe_contact": ("connect:DescribeContact",),
    "synthesize_speech": ("polly:SynthesizeSpeech",),
}  # fmt: skip
"""What an operation needs. Source: the service authorization reference, and each operation's page."""

TRANSCRIBER = "voicebot.transcribe.amazon:AmazonTranscriber"
"""Speaks to Amazon Transcribe past botocore."""

Pairs = set[tuple[str, str]]
"""An action, and the resource or parameter of the template that it is for."""

EVENTS = Path(__file__).parent.parent / "events"
STEMS = {one.name: one.resource for one in functions_of(load_template())}
"""What the names of a function's resources begin with."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return load_template()


def needed(template: dict[str, Any], function: str) -> Pairs:
    """Return what a handler needs by what it can come to call, and by how the template runs it."""
    walk = Walk(OWNERS).handler(function)
    pairs = {(action, OWNERS[owner]) for owner, operation in walk.calls for action in ACTIONS[operation]}
    stem = STEMS[function]
    pairs |= {("logs:CreateLogStream", f"{stem}Log"), ("logs:PutLogEvents", f"{stem}Log")}
    if TRANSCRIBER in walk.made:
        pairs.add(("transcribe:StartStreamTranscription", "*"))
    actions = {action for action, _ in pairs}
    if "s3:GetObject" in actions:
        pairs.add(("kms:Decrypt", "KmsKeyArn"))
    if "s3:PutObject" in actions:
        pairs.add(("kms:GenerateDataKey", "KmsKeyArn"))
    if "kinesisvideo:GetMedia" in actions:
        pairs |= {("kms:Decrypt", "MediaKeyArn"), ("kms:Decrypt", "MediaKey")}
    for one in template["Resources"].values():
        properties = one.get("Properties", {})
        is_ours = one["Type"] == "AWS::Lambda::EventInvokeConfig" and properties["FunctionName"] == {
            "Ref": f"{stem}Function"
        }
        if is_ours and "OnFailure" in properties["DestinationConfig"]:
            pairs.add(("sqs:SendMessage", "DeadLetters"))
    return pairs


def statements(template: dict[str, Any], function: str) -> Iterator[dict[str, Any]]:
    """Yield what the function's role says, those parts too that only some stacks have."""
    (policy,) = template["Resources"][f"{STEMS[function]}Role"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        yield statement.get("Fn::If", [None, statement])[1]


def granted(template: dict[str, Any], function: str) -> Pairs:
    """Return what the function's role allows."""
    return {
        (action, meant(resource))
        for statement in statements(template, function)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def meant(resource: Any) -> str:
    """Return the resource or parameter of the template that a statement's resource is made of."""
    text = json.dumps(resource)
    if text == '"*"':
        return "*"
    if "-transcribe:live" in text:
        return "TranscribeAlias"  # a role cannot refer to what refers to it
    names = [*re.findall(r"\$\{(?!AWS::)(\w+)", text), *re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', text)]
    assert names, text
    return names[-1]


@pytest.mark.parametrize("function", STEMS)
def test_a_role_allows_all_that_its_handler_can_come_to_call(template: dict[str, Any], function: str) -> None:
    assert needed(template, function) - granted(template, function) == set()


@pytest.mark.parametrize("function", STEMS)
def test_a_role_allows_nothing_that_its_handler_never_calls(template: dict[str, Any], function: str) -> None:
    assert granted(template, function) - needed(template, function) == set()


def test_queries_are_of_indexes_and_the_rest_is_of_tables(template: dict[str, Any]) -> None:
    for function in STEMS:
        for statement in statements(template, function):
            if statement["Action"][0].startswith("dynamodb"):
                is_of_index = "/index/" in json.dumps(statement["Resource"])
                assert is_of_index is (statement["Action"] == ["dynamodb:Query"]), statement


def test_the_walk_knows_every_owner_and_sees_every_operation_of_a_small_handler() -> None:
    assert Walk(OWNERS).handler("opt_out").calls == {
        ("voicebot.call.guard.optouts_dynamodb:DynamoOptOuts", "get_item"),
        ("voicebot.call.guard.optouts_dynamodb:DynamoOptOuts", "put_item"),
    }


class Worker:
    """Takes what a hook hands to the worker."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def start(self, task: Task) -> None:
        self.tasks.append(task)


@pytest.fixture
def on_moto(settings: Settings, moto_url: str, unique: str) -> Voicebot:
    """A client whose stores are moto's, with an answer, a filler and an index in them."""
    voicebot = Voicebot(on_aws(settings, moto_url, unique), clock=VirtualClock(1_000.0))
    voicebot.set_up_stores()
    key = voicebot.lookup.key("주차 되나요")
    voicebot.answers.put(Answer(key, "주차 되나요", "p1", "네.", "네.", "", (), "local", "", 1, 1_000.0))
    voicebot.answer_index.build()
    return voicebot


@contextmanager
def noted(voicebot: Voicebot) -> Iterator[list[tuple[str, str, str]]]:
    """Yield what is sent to DynamoDB and S3 inside the block: service, operation, and the table or the object's key."""
    sent: list[tuple[str, str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        what = params.get("TableName") or next(iter(params.get("RequestItems", {})), "") or params.get("Key", "")
        sent.append((model.service_model.service_name, xform_name(model.name), what))

    clients = [voicebot.aws.service(name).client for name in ("dynamodb", "s3")]
    for client in clients:
        client.meta.events.register("provide-client-params", note)
    yield sent
    for client in clients:
        client.meta.events.unregister("provide-client-params", note)


def event(name: str, **more: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded | more


def test_what_handlers_really_send_is_allowed_down_to_the_prefix(on_moto: Voicebot, template: dict[str, Any]) -> None:
    """Calls in earnest: every one of them is in the walk, and each object's key is under a prefix of the role."""
    worker = Worker()
    on_moto.__dict__["worker_invoker"] = worker
    hook = event("lex_full", invocationSource="FulfillmentCodeHook")
    played = event("connect_full")
    played["Details"]["Parameters"] = {"JobId": f"{hook['sessionId']}.3", "NextIndex": "0"}
    work: dict[str, Callable[[], object]] = {
        "lex_hook": lambda: lex_hook.handle(hook, on_moto),
        "synthesize": lambda: synthesize.handle(asdict(worker.tasks[0]), on_moto),
        "next_batch": lambda: next_batch.handle(played, on_moto),
        "opt_out": lambda: opt_out.handle(event("connect_full"), on_moto),
        "call_status": lambda: call_status.handle(event("contact_full"), on_moto),
        "inbox_age": lambda: inbox_age.handle({}, on_moto),
    }
    for function, run in work.items():
        with noted(on_moto) as sent:
            run()
        walked = {operation for _, operation in Walk(OWNERS).handler(function).calls}
        assert sent, function
        assert {operation for _, operation, _ in sent} <= walked, function
        keys = {
            key for service, operation, key in sent if service == "s3" and operation in ("get_object", "put_object")
        }
        prefixes = [prefix for prefix in prefixes_of(template, function) if prefix]
        assert [key for key in keys if not key.startswith(tuple(prefixes))] == [], (function, prefixes)


def prefixes_of(template: dict[str, Any], function: str) -> Iterator[str]:
    """Yield the beginnings of the keys that a role names in the bucket of clips."""
    for statement in statements(template, function):
        yield from re.findall(r"\$\{ClipsBucket\.Arn\}/([\w/]+)\*", json.dumps(statement))
