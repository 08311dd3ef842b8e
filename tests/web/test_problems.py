"""Every error has a status and one shape."""

import httpx
import pytest

from tests.test_errors import OWN
from tests.web.conftest import Serve
from voicebot.cli.exits import Exit
from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.web.problems import MEDIA_TYPE, STATUSES, error_response, status_for

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kind", OWN)
def test_each_error_of_the_tree_has_a_status(kind: type[VoicebotError]) -> None:
    assert kind in STATUSES


def test_an_engines_word_on_retrying_decides_its_status() -> None:
    assert status_for(EngineError("busy", engine="e", retryable=True)) == 503
    assert status_for(EngineError("no", engine="e", retryable=False)) == 502


def test_a_problem_says_what_where_and_what_next_with_the_command_lines_code() -> None:
    response = error_response(ConfigError("no key", hint="set one"), "r1")
    assert response.media_type == MEDIA_TYPE
    document = httpx.Response(200, content=bytes(response.body)).json()
    assert document == {
        "type": "urn:voicebot:error:ConfigError",
        "title": "Not Implemented",
        "status": 501,
        "detail": "no key",
        "hint": "set one",
        "error": Exit.CONFIGURATION,
        "kind": "ConfigError",
        "request_id": "r1",
    }


def test_the_provider_word_on_when_is_passed_on() -> None:
    error = EngineError("busy", engine="e", retryable=True, retry_after_s=7)
    assert error_response(error).headers["retry-after"] == "7"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("POST", "/healthz", 405)])
def test_what_is_http_s_own_is_a_problem_too(
    serve: Serve, http: httpx.Client, method: str, path: str, status: int
) -> None:
    response = http.request(method, serve() + path)
    assert (response.status_code, response.headers["content-type"]) == (status, MEDIA_TYPE)
    assert response.json()["request_id"] == response.headers["x-request-id"]
