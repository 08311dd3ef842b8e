"""How long misses have waited for approval: one line of JSON, which CloudWatch makes a metric of."""

import json
from typing import Any

from lambdas.runtime import client
from voicebot.client import Voicebot


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, float]:
    """Return how many misses wait, and the hours since the oldest of them was asked."""
    waiting = [item.first_seen_s for item in voicebot.inbox.scan("pending")]
    oldest_s = voicebot.clock.now() - min(waiting, default=voicebot.clock.now())
    return {"pending": len(waiting), "oldest_h": round(oldest_s / 3600, 2)}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, float]:
    """Take the schedule's invocation."""
    age = handle(event, client())
    print(json.dumps(age), flush=True)
    return age
