"""docs/aws-calls.md: every call that the source makes is covered, and nothing in it is stale."""

import ast
from functools import cache

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from tests.aws_calls import ROOT, calls_in_source, rows

pytestmark = pytest.mark.unit

WRITE = "write docs/aws-calls.md again: python -m pytest -p tests.aws_calls tests/"


@cache
def names_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_call_in_the_source_has_a_test() -> None:
    covered = {operation for _, operation, _, _ in rows()}
    uncovered = {name: sorted(files) for name, files in calls_in_source().items() if name not in covered}
    assert uncovered == {}, f"cover it, then {WRITE}"


def test_every_row_is_of_a_call_that_is_made_and_a_test_that_is_there() -> None:
    found = calls_in_source()
    stale = [row for row in rows() if row[1] not in found or row[3] not in names_in(row[2])]
    assert stale == [], WRITE
    assert len(rows()) > 40
