"""Which calls of AWS the project makes, and which test covers each: docs/aws-calls.md is written and checked here.

The calls are found in the source. The tests are found by running them with this module as a plugin, which notes every
call that passes botocore's own validation of parameters - to a moto server, or to a Stubber that also checks the reply:

    python -m pytest -p tests.aws_calls tests/
"""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.client
import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "aws-calls.md"

SERVICES = (
    "cloudformation", "connect", "dynamodb", "iam", "kinesis-video-media", "kinesisvideo", "lambda", "lexv2-models",
    "lexv2-runtime", "polly", "s3", "s3vectors", "secretsmanager", "service-quotas", "stepfunctions", "sts",
)  # fmt: skip

HEAD = """# Calls of AWS

Written by `python -m pytest -p tests.aws_calls tests/`, and checked by a test: every call that the source makes is here, and
every test that is named is there. Each goes through botocore's own validation of its parameters, to a moto server or to a Stubber
that validates the reply as well. Live transcription is not in botocore; it speaks to a server of its own in the tests.

| service | call | test |
|---|---|---|
"""

_ROW = re.compile(r"^\| `([\w-]+)` \| `(\w+)` \| `([^`]+)::(\w+)` \|$", re.MULTILINE)
_noted: dict[tuple[str, str], str] = {}


def calls_in_source() -> dict[str, set[str]]:
    """Return the names of the operations that the source calls, each with the files that do."""
    known = _operations()
    found: dict[str, set[str]] = {}
    for path in sorted([*(ROOT / "voicebot").rglob("*.py"), *(ROOT / "lambdas").rglob("*.py")]):
        source = path.read_text(encoding="utf-8")
        for name in _called(ast.parse(source), is_direct="import boto3" in source or "botocore.session" in source):
            if name in known:
                found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def rows() -> list[tuple[str, str, str, str]]:
    """Return the page's rows: service, call, file and name of the test."""
    return [(row[0], row[1], row[2], row[3]) for row in _ROW.findall(PAGE.read_text(encoding="utf-8"))]


@cache
def _operations() -> dict[str, set[str]]:
    """Return the operations of our services in Python's spelling, each with the services that have it."""
    session = botocore.session.Session()
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            found.setdefault(xform_name(operation), set()).add(service)
    return found


def _called(tree: ast.Module, is_direct: bool) -> Iterator[str]:
    """Yield what stands where an operation's name does: the first texts of a call, or the method of a client."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if is_direct and isinstance(node.func, ast.Attribute) and name != "get_session":  # botocore's own, not Lex's
            yield name
        for argument in node.args[:4]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def pytest_configure(config: pytest.Config) -> None:
    """Note every call that a test makes."""
    real = botocore.client.BaseClient._make_api_call

    def noting(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0].split("[")[0]
        service = self.meta.service_model.service_name
        if "::test_" in test:
            key = (service, xform_name(operation))
            _noted[key] = min(_noted.get(key, test), test, key=_fitness(service))
        return real(self, operation, parameters)

    botocore.client.BaseClient._make_api_call = noting  # type: ignore[method-assign]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page: the calls that the source makes, with a test each."""
    wanted = calls_in_source()
    lines = [
        f"| `{service}` | `{operation}` | `{test}` |"
        for (service, operation), test in sorted(_noted.items())
        if operation in wanted
    ]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _fitness(service: str) -> Any:
    """Return what prefers a test that is about the service to one that only comes by."""
    word = {"lexv2-models": "lex", "lexv2-runtime": "lex", "kinesisvideo": "transcribe"}.get(service, service)
    return lambda test: (word not in test, len(test), test)
