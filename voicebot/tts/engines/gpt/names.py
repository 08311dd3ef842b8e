"""The words of OpenAI's interfaces that both modes know."""

from collections.abc import Mapping

from voicebot.tts.http_problems import Kind

NAME = "gpt"

VOICES = (
    "marin", "cedar", "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse",
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    "invalid_api_key": Kind.KEY,
    "insufficient_quota": Kind.QUOTA,
    "billing_hard_limit_reached": Kind.QUOTA,
    "model_not_found": Kind.MODEL,
    "rate_limit_exceeded": Kind.RATE,
    "voice_not_found": Kind.VOICE,
    "unknown_voice": Kind.VOICE,
    "content_policy_violation": Kind.TEXT,
    "content_filter": Kind.TEXT,
    "string_above_max_length": Kind.TOO_LONG,
    "server_error": Kind.SERVER,
    "session_expired": Kind.BUSY,
}


def api_root(base_url: str) -> str:
    """Return an address that ends in /v1, whether or not the given one does."""
    root = base_url.rstrip("/")
    return root if root.endswith("/v1") else f"{root}/v1"


def wants_key(base_url: str) -> bool:
    """Return whether this is OpenAI itself, which lets nobody in without a key."""
    return "api.openai.com" in base_url
