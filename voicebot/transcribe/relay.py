"""Hands a task to a fresh invocation of a Lambda function."""

import json
from dataclasses import asdict

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.errors import ConfigError
from voicebot.transcribe.task import TranscribeTask


class LambdaRelay:
    """`Relay` that invokes a function asynchronously.

    Args:
        service: Lambda.
        function: The function's ARN, with the alias under which it runs.
    """

    def __init__(self, service: AwsService, function: str) -> None:
        self._service = service
        self._function = function

    def start(self, task: TranscribeTask) -> None:
        """Hand a task over."""
        payload = json.dumps(asdict(task)).encode()
        try:
            self._service.call("invoke", FunctionName=self._function, InvocationType="Event", Payload=payload)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            raise ConfigError(
                "the function that transcribes calls cannot invoke itself",
                hint="allow lambda:InvokeFunction on its own ARN",
            ) from exc
