"""What a warm container keeps: one client, built from the environment on the first event."""

from functools import cache

from voicebot.client import Voicebot
from voicebot.settings.load import load


@cache
def client() -> Voicebot:
    """Return the container's client."""
    return Voicebot(load())
