"""What a plain installation, without any extra, says where a command needs more."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from voicebot.cli.extras import missing_package

pytestmark = pytest.mark.system

BLOCKED = ("boto3", "botocore", "fastapi", "uvicorn", "av", "amazon_transcribe")

PLAIN = f"""
import sys
sys.modules.update(dict.fromkeys({BLOCKED!r}))  # as if they were not installed
from voicebot.cli.app import main
main()
"""


@pytest.fixture
def plain(home: Path, environment: Mapping[str, str]) -> Any:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PLAIN, *arguments],
            cwd=home, env=dict(environment), capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("deploy package --dry-run", "boto3", "aws"),
        ("deploy status", "boto3", "aws"),
        ("flow pull flows", "boto3", "aws"),
        ("lex publish", "boto3", "aws"),
        ("cache approve --remote", "boto3", "aws"),
        ("serve --port 0", "fastapi", "web"),
        ("serve --gateway --port 0", "fastapi", "web"),
        ("transcribe call.mkv", "av", "transcribe"),
    ],
)
def test_the_extra_to_install_is_named(plain: Any, command: str, package: str, extra: str) -> None:
    done = plain(*command.split())
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (f"voicebot: this command needs the package {package} (pip install 'voicebot[{extra}]')\n")


def test_it_is_one_document_under_json(plain: Any) -> None:
    done = plain("deploy", "status", "--json")
    assert json.loads(done.stderr)["hint"] == "pip install 'voicebot[aws]'"


def test_the_doctor_looks_at_this_machine_all_the_same(plain: Any) -> None:
    done = plain("doctor")
    assert done.returncode == 0
    assert "approved answers: none -> voicebot cache seed" in done.stdout
    aws = plain("doctor", "--aws")
    assert aws.returncode == 3
    assert aws.stdout.splitlines()[-1] == (
        "PROBLEM     account  boto3: is not installed -> pip install 'voicebot[aws]'"
    )


@pytest.mark.parametrize("name", ["voicebot.gone", "lambdas.gone", None])
def test_a_module_of_our_own_that_is_missing_is_a_bug(name: str | None) -> None:
    assert missing_package(ModuleNotFoundError("x", name=name)) is None


def test_a_package_of_no_extra_is_named_itself() -> None:
    error = missing_package(ModuleNotFoundError("x", name="parrot.sdk"))
    assert error is not None
    assert error.hint == "pip install parrot"
