"""The worker as a Lambda function, with the service's own parameter validation."""

import json

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.stub import Stubber

from voicebot.aws.session import AwsService, AwsSession, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError
from voicebot.turns.lambda_worker import LambdaWorker
from voicebot.turns.protocol import Task

pytestmark = pytest.mark.unit

ARN = "arn:aws:lambda:ap-northeast-2:123456789012:function:voicebot-synthesize:live"
TASK = Task("c.1", "c", 1, "보험 되나요", "보험되나요", {"missed": "1"}, False)


def service() -> tuple[AwsService, Stubber]:
    client = AwsSession("ap-northeast-2", "http://127.0.0.1:9").make_client("lambda")
    return AwsService(client, VirtualClock(0.0), 1.0, RetryBudget()), Stubber(client)


def test_a_task_is_handed_over_without_waiting_for_it() -> None:
    lambda_, stub = service()
    payload = json.dumps(vars(TASK), ensure_ascii=False).encode()
    asked = {"FunctionName": ARN, "InvocationType": "Event", "Payload": payload}
    stub.add_response("invoke", {"StatusCode": 202}, asked)
    with stub:
        LambdaWorker(lambda_, ARN).start(TASK)
    stub.assert_no_pending_responses()


def test_a_throttled_task_is_handed_over_again() -> None:
    lambda_, stub = service()
    stub.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
    stub.add_response("invoke", {"StatusCode": 202})
    with stub:
        LambdaWorker(lambda_, ARN).start(TASK)
    stub.assert_no_pending_responses()


def test_a_function_that_does_not_exist_is_a_matter_of_settings() -> None:
    lambda_, stub = service()
    stub.add_client_error("invoke", "ResourceNotFoundException", http_status_code=404)
    with stub, pytest.raises(ConfigError, match="does not exist"):
        LambdaWorker(lambda_, ARN).start(TASK)
