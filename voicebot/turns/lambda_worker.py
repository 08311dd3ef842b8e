"""The worker that answers misses, as a Lambda function of its own."""

import json
from dataclasses import asdict

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.errors import ConfigError
from voicebot.turns.protocol import Task


class LambdaWorker:
    """`WorkerInvoker` that invokes a function asynchronously: Lambda takes the task and answers at once.

    Args:
        service: Lambda.
        function: The function's name or ARN; better its alias's, which is ready and does not change under a call.
    """

    def __init__(self, service: AwsService, function: str) -> None:
        self._service = service
        self._function = function

    def start(self, task: Task) -> None:
        """Have `task` done."""
        payload = json.dumps(asdict(task), ensure_ascii=False).encode()
        try:
            self._service.call("invoke", FunctionName=self._function, InvocationType="Event", Payload=payload)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            raise ConfigError(
                "the function that answers misses does not exist", hint="check aws.synthesize_function; voicebot doctor"
            ) from exc
