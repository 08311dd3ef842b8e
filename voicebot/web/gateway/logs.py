"""One JSON object a line on stderr, for whatever collects a container's logs."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

from voicebot.web.frame.identity import FIELDS


class JsonLines(logging.Formatter):
    """Writes a record as a JSON object.

    Of an unforeseen error it has the kind and the places, never the message: that may repeat what a client wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        fields = getattr(record, FIELDS, None)
        line.update(fields if fields is not None else {"message": record.getMessage()})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Make every handler of this process write JSON, and have each request logged."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines())
    logging.getLogger("voicebot.web.requests").setLevel(logging.INFO)
