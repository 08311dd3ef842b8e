"""The API does what its OpenAPI document says, whatever it is asked."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck

from tests.web.conftest import running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.web.app import create_app
from voicebot.web.gateway.app import create_gateway_app

pytestmark = pytest.mark.system

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

EXAMPLES = 8
"""For each operation, of requests as the document wants them and of others; a person who looks for more raises it."""

bounded = hypothesis.settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)  # fmt: skip

NOT_SET_UP, REFUSED, UNAVAILABLE = 501, 502, 503


@pytest.fixture(scope="module", params=[create_app, create_gateway_app], ids=["page", "gateway"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of each application, where no provider can be reached."""
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
        yield run(request.param(Voicebot(settings, HANDLERS)), settings)


def test_no_request_gets_an_undocumented_or_unforeseen_answer(url: str) -> None:
    schema = schemathesis.openapi.from_url(url + "/openapi.json")
    checks = [
        schemathesis.checks.CHECKS.get_one(name)
        for name in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
    ]
    problems: list[str] = []
    asked: Counter[str] = Counter()

    def ask(case: schemathesis.Case) -> None:
        asked[case.operation.label] += 1
        response = case.call(timeout=20)
        if response.status_code >= 500 and response.status_code not in (NOT_SET_UP, REFUSED, UNAVAILABLE):
            problems.append(f"{case.operation.label}: {response.status_code} {response.text[:200]}")
        try:
            case.validate_response(response, checks=checks)
        except BaseException as exc:
            problems.append(f"{case.operation.label}: {str(exc)[:600]}")

    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        for mode in schemathesis.GenerationMode:
            with suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong where nothing is sent
                bounded(hypothesis.given(case=operation.as_strategy(generation_mode=mode))(ask))()
    assert not problems, "\n\n".join(problems)
    assert len(asked) == len(operations) > 20
    assert asked.total() > 8 * len(operations)
