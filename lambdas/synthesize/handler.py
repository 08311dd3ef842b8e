"""The asynchronous worker: answers a miss and makes its clips."""

from typing import Any

from lambdas.runtime import client
from voicebot.client import Voicebot
from voicebot.turns.protocol import Task


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, str]:
    """Do the task that the event holds; done once however often it comes."""
    task = Task(**event)
    voicebot.worker_for(task.engine).run(task)
    return {"job_id": task.job_id}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Take the asynchronous invocation."""
    return handle(event, client())
