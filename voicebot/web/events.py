"""Server-sent events: what happens, as it happens, over one plain response."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from voicebot.web.streams import PieceResponse

MEDIA_TYPE = "text/event-stream"
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events; each has a name and a JSON object.",
        "content": {MEDIA_TYPE: {"schema": {}}},
    }
}


def event(name: str, data: Any, event_id: int | None = None) -> bytes:
    """Return one event.

    Source:
        https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    number = "" if event_id is None else f"id: {event_id}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def event_response(start: Callable[[], Iterator[bytes]]) -> PieceResponse:
    """Return events as a response."""
    return PieceResponse(start, MEDIA_TYPE, {"Cache-Control": "no-store"})
