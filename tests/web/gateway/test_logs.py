"""Logs that a machine reads."""

import json
import logging

import pytest

from voicebot.web.frame.identity import FIELDS
from voicebot.web.gateway.logs import JsonLines

pytestmark = pytest.mark.unit

NUMBER = "010-2345-6789"


def line(message: str, **more: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "voicebot.x", "levelname": "INFO", "msg": message, **more})
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_requests_fields_stand_by_themselves() -> None:
    found = line("request=1 status=200", **{FIELDS: {"request": "1", "status": 200}})
    assert (found["request"], found["status"], found["level"]) == ("1", 200, "INFO")
    assert "message" not in found


def test_a_message_is_one_line_whatever_is_in_it() -> None:
    assert line("두 줄\n{}")["message"] == "두 줄\n{}"


def test_an_error_is_its_kind_and_its_places_never_its_words() -> None:
    try:
        {}[NUMBER]
    except KeyError as exc:
        found = line("failed", exc_info=(type(exc), exc, exc.__traceback__))
    assert found["exception"] == "KeyError"
    assert "test_logs.py" in str(found["at"])
    assert NUMBER not in str(found)
