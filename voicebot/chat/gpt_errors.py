"""What a provider's refusals mean for us. Its own messages stay out: they may repeat the caller's words or the key."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from voicebot.errors import ConfigError, EngineError, VoicebotError

NAME = "gpt"

_TEMPORARY = {408, 409, 425, 429, 499}
_CODE = r"[A-Za-z][A-Za-z0-9_.\-]{0,63}"
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated"}
_BAD_KEY = {"invalid_api_key", "authentication_error", "incorrect_api_key"}
_TEMPORARY_CODES = {
    "server_error", "rate_limit_exceeded", "rate_limit_error", "overloaded_error", "internal_error", "timeout",
    "engine_overloaded", "service_unavailable", "upstream_stopped",
}  # fmt: skip
_HINTS = {
    "model_not_found": "set chat.gpt.model to a model that this key may use",
    "context_length_exceeded": "lower chat.gpt.history_turns or chat.gpt.references",
    "unsupported_country_region_territory": "the provider does not serve this country",
    "unsupported_parameter": "this model or server does not take all our parameters; see chat.gpt.api and chat.gpt.reasoning_effort",
    "unsupported_value": "this model does not take a value of ours; see chat.gpt.reasoning_effort",
}


def refused(status: int, headers: Mapping[str, str], body: Any) -> VoicebotError:
    """Return the error that an HTTP status other than 200 stands for.

    Args:
        status: The status.
        headers: May say when to try again, and the request's id.
        body: The decoded JSON, of whatever shape, or None.
    """
    code, parameter = _code_of(body)
    if status == 401 or code in _BAD_KEY:
        return _wrong_key()
    what = f"HTTP {status}" + (f", {code}" if code else "") + (f" ({parameter})" if parameter else "")
    request_id = headers.get("x-request-id", "")
    if re.fullmatch(r"[\w-]{1,80}", request_id):
        what += f", request {request_id}"
    if code in _NO_CREDIT or status == 402:
        return _no_credit(what)
    is_temporary = status in _TEMPORARY or status >= 500
    return EngineError(
        f"the provider {'cannot answer now' if is_temporary else 'refused the request'}: {what}",
        engine=NAME,
        retryable=is_temporary,
        retry_after_s=_retry_after_s(headers) if is_temporary else None,
        hint=_hint(status, code),
    )


def reported(body: Any) -> VoicebotError:
    """Return the error of a 200 reply that is a JSON document instead of a stream."""
    error = body.get("error") if isinstance(body, dict) else None
    if error:
        return failed(error)
    return EngineError(
        "the server sent a document instead of a stream",
        engine=NAME,
        retryable=False,
        hint="use a server that streams, or set chat.gpt.api to what it speaks",
    )


def failed(error: Any) -> VoicebotError:
    """Return the error that was announced within a stream."""
    code, _ = _code_of({"error": error})
    if code in _BAD_KEY:
        return _wrong_key()
    if code in _NO_CREDIT:
        return _no_credit(code)
    return EngineError(
        f"the model failed: {code or 'no reason given'}",
        engine=NAME,
        retryable=not code or code in _TEMPORARY_CODES,
        hint=_HINTS.get(code),
    )


def unreachable(exc: httpx.HTTPError) -> VoicebotError:
    """Return the error of a request that got no whole reply."""
    if isinstance(exc, httpx.UnsupportedProtocol):
        return ConfigError("chat.gpt.base_url is not a web address", hint="such as http://127.0.0.1:8000")
    if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
        what = "the server could not be reached in time"
    elif isinstance(exc, httpx.TimeoutException):
        what = "the model kept silent for too long"
    elif isinstance(exc, httpx.ConnectError):
        what = "the server cannot be reached"
    else:
        what = "the connection broke"
    return EngineError(what, engine=NAME, retryable=True, hint="check chat.gpt.base_url and the network")


def _code_of(body: Any) -> tuple[str, str]:
    """Return (code, parameter) of any known error shape; what is not a plain identifier is left out.

    Shapes: ``{"error": {"message", "type", "param", "code"}}``, ``{"error": "text"}``, ``{"detail": ...}`` (FastAPI) and a
    flat ``{"object": "error", "code", "type"}``.
    """
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    kinds = [error.get("code"), error.get("type")]
    code = next((kind for kind in kinds if _is_plain(kind) and kind != "error"), "")
    parameter = error.get("param")
    return str(code), str(parameter) if _is_plain(parameter) else ""


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(_CODE, value)) and not value.startswith("sk-")


def _hint(status: int, code: str) -> str | None:
    if code in _HINTS:
        return _HINTS[code]
    if status == 429:
        return "the rate limit of this key is reached; wait, or ask the provider for more"
    if status == 404 or 300 <= status < 400:
        return "check chat.gpt.base_url, chat.gpt.api and chat.gpt.model"
    if status == 403:
        return "this key may not do that: check its project, permissions and country"
    return None


def _wrong_key() -> ConfigError:
    return ConfigError(f"{NAME}: the provider does not accept the API key", hint="set OPENAI_API_KEY to a valid key")


def _no_credit(what: str) -> EngineError:
    return EngineError(
        f"the account has no credit left: {what}",
        engine=NAME,
        retryable=False,
        hint="add credit or raise the limit at the provider; waiting does not help",
    )


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the provider's word on when to try again: milliseconds, seconds or a date."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value):
            return float(value) * scale
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, at.timestamp() - time.time())
