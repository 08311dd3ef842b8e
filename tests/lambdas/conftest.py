"""The functions' packages, built for this machine and unpacked as Lambda unpacks them."""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.runtime_api import FUNCTION_ARN, RuntimeApi
from voicebot.client import Voicebot
from voicebot.deploy.packages import Package, Packager
from voicebot.deploy.prepared import prepared
from voicebot.deploy.template import functions_of, load_template
from voicebot.deploy.wheels import Target
from voicebot.errors import StorageError
from voicebot.settings.load import load
from voicebot.settings.snapshot import snapshot

PROVIDED = (
    "awslambdaric", "snapshot_restore_py.py", "simplejson", "boto3", "botocore", "s3transfer", "jmespath", "dateutil",
    "six.py", "urllib3",
)  # fmt: skip
"""What stands for Lambda's Python runtime; nothing else of this environment is in reach of a packaged function."""

Run = Callable[..., RuntimeApi]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path(tempfile.gettempdir()) / f"cache-{os.getuid()}")
    settings = load(env={"HOME": "/tmp"}, overrides={"backend": "aws"})
    voicebot = Voicebot(settings)
    out = tmp_path_factory.mktemp("packages")
    extra = {name: text.encode() for name, text in snapshot(settings).items()}
    packager = Packager(
        out, kept / "voicebot-tests" / "wheels", extra, Target.here(), prepared(voicebot.model, voicebot.responses)
    )
    try:
        return {one.function: one for one in packager.build(functions_of(load_template()))}
    except StorageError:
        pytest.skip("pip cannot reach its index")


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runtime interface client and what Lambda brings along."""
    client = pytest.importorskip("runtime_client", reason="awslambdaric is not installed; pip install 'voicebot[dev]'")
    folder = tmp_path_factory.mktemp("runtime")
    site = Path(client.__file__).parent
    for name in (*PROVIDED, Path(client.__file__).name):
        (folder / name).symlink_to(site / name)
    return folder


@pytest.fixture
def run(packages: dict[str, Package], runtime: Path, moto_url: str, tmp_path: Path) -> Run:
    """Return what runs a packaged function under the real runtime interface client, event by event."""

    def run(function: str, events: list[dict[str, Any]], **variables: str) -> RuntimeApi:
        task = tmp_path / function
        zipfile.ZipFile(packages[function].path).extractall(task)
        with RuntimeApi(events) as api:
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{task}:{runtime}",
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "LAMBDA_TASK_ROOT": str(task),
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_ENDPOINT_URL_DYNAMODB": moto_url,
                "AWS_ENDPOINT_URL_S3": moto_url,
                "AWS_ENDPOINT_URL_SECRETSMANAGER": moto_url,
                "AWS_ENDPOINT_URL_LAMBDA": f"http://{api.address}",
                "VOICEBOT_DATA_DIR": str(tmp_path / "tmp"),
                "VOICEBOT_AWS__SYNTHESIZE_FUNCTION": FUNCTION_ARN,
                **variables,
            }
            command = [sys.executable, "-S", "-m", "awslambdaric", f"lambdas.{function}.handler.lambda_handler"]
            process = subprocess.Popen(
                command, cwd=task, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            try:
                is_done = api.is_done.wait(timeout=60)
            finally:
                process.kill()
                output = process.communicate()[0].decode()
            assert is_done, output
            api.output = output
        return api

    return run
