"""Server-sent events, and what those of the two OpenAI APIs mean."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from voicebot.chat.gpt_errors import NAME, failed
from voicebot.errors import EngineError, VoicebotError

DONE = "[DONE]"
"""The data of the last event of a chat completion."""

_MAX_LINE_BYTES = 1_000_000


@dataclass(frozen=True)
class Piece:
    """What one event brought.

    Attributes:
        text: The next words.
        is_last: True when nothing more will come.
        problem: Why the reply failed.
    """

    text: str = ""
    is_last: bool = False
    problem: VoicebotError | None = None


def server_events(parts: Iterable[bytes]) -> Iterator[Any]:
    """Yield the data of each event: JSON, decoded, or ``[DONE]``; comments and broken last events are left out.

    Bytes become text a line at a time, so that a syllable may be cut anywhere on its way.

    Source:
        https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    data: list[bytes] = []
    for line in _lines(parts):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield from _decoded(b"\n".join(data))
            data = []
    if data:
        yield from _decoded(b"\n".join(data))


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > _MAX_LINE_BYTES:
            raise EngineError("the server sent a line without an end", engine=NAME, retryable=False)
        for line in lines:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest


def _decoded(data: bytes) -> Iterator[Any]:
    if data == DONE.encode():
        yield DONE
        return
    try:
        yield json.loads(data)
    except (ValueError, RecursionError):
        return


def responses_piece(event: Any) -> Piece:
    """Return what an event of ``POST /v1/responses`` brings."""
    if not isinstance(event, dict):
        return Piece(is_last=event == DONE)
    kind = event.get("type")
    response = event.get("response")
    response = response if isinstance(response, dict) else {}
    if kind in ("response.output_text.delta", "response.refusal.delta"):
        return Piece(_text(event.get("delta")))
    if kind == "response.completed":
        return Piece(is_last=True)
    if kind == "response.incomplete":
        return Piece(problem=_cut_off((response.get("incomplete_details") or {}).get("reason")))
    if kind in ("error", "response.failed"):
        return Piece(problem=failed(response.get("error") or event.get("error") or event))
    if kind is None and event.get("error"):
        return Piece(problem=failed(event["error"]))
    return Piece()


def chat_completions_piece(event: Any) -> Piece:
    """Return what an event of ``POST /v1/chat/completions`` brings."""
    if not isinstance(event, dict):
        return Piece(is_last=event == DONE)
    if event.get("error"):
        return Piece(problem=failed(event["error"]))
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    delta = choice.get("delta")
    text = _text(delta.get("content") or delta.get("refusal")) if isinstance(delta, dict) else ""
    reason = choice.get("finish_reason")
    if reason in ("length", "content_filter"):
        return Piece(text, problem=_cut_off(reason))
    return Piece(text, is_last=reason is not None)


def _cut_off(reason: object) -> EngineError:
    """Return why a reply ended before its end."""
    if reason in ("max_output_tokens", "length"):
        return EngineError(
            "the model ran out of tokens before it had answered",
            engine=NAME,
            retryable=False,
            hint="raise chat.gpt.max_output_tokens, or lower chat.gpt.reasoning_effort",
        )
    if reason == "content_filter":
        return EngineError("the provider's filter stopped the reply", engine=NAME, retryable=False)
    return EngineError("the model did not finish its reply", engine=NAME, retryable=True)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
