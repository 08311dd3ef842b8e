"""The API does what its OpenAPI document says, whatever it is asked."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck

from tests.web.conftest import running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.web.app import create_app

pytestmark = pytest.mark.system

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

EXAMPLES = 8
"""For each operation; a person who looks for more raises it."""

NOT_SET_UP, REFUSED, UNAVAILABLE = 501, 502, 503


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("api")
    settings = load(
        env={"HOME": str(home)},
        overrides={
            "data_dir": str(home / "data"), "web.port": 0,
            "tts.tries": 1, "tts.fish.connect_s": 0.2, "tts.fish.base_url": "http://127.0.0.1:9",
            "aws.endpoint_url": "http://127.0.0.1:9",
        },
    )  # fmt: skip
    with running() as run:
        yield run(create_app(Voicebot(settings, HANDLERS)), settings)


def test_no_request_gets_an_undocumented_or_unforeseen_answer(url: str) -> None:
    schema = schemathesis.openapi.from_url(url + "/openapi.json")
    checks = [
        schemathesis.checks.CHECKS.get_one(name)
        for name in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
    ]
    problems: list[str] = []
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )  # fmt: skip
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            response = case.call(timeout=20)
            if response.status_code >= 500 and response.status_code not in (NOT_SET_UP, REFUSED, UNAVAILABLE):
                problems.append(f"{case.operation.label}: {response.status_code} {response.text[:200]}")
            try:
                case.validate_response(response, checks=checks)
            except BaseException as exc:
                problems.append(f"{case.operation.label}: {str(exc)[:600]}")

        ask()
    assert problems == []
    assert asked > 200
