"""The worker beside the calls: answers a miss, approves items for a state machine, warms its voice up."""

from typing import Any

from lambdas.runtime import client
from voicebot.client import Voicebot
from voicebot.turns.protocol import Task


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, Any]:
    """Do what the event holds: a `Task`, ``Items`` to approve, or ``prewarm``; each done once however often it comes."""
    if "Items" in event:
        return voicebot.remote_worker.run(event)
    if event.get("prewarm"):
        return {"is_warm": voicebot.warm_up_speech()}
    task = Task(**event)
    voicebot.worker_for(task.engine).run(task)
    return {"job_id": task.job_id}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take the invocation."""
    return handle(event, client())
