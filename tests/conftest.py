"""What every test may use: settings in an empty folder, a client over them, and servers that speak AWS's protocols."""

import logging
import os
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.settings.tree import Settings

DYNALITE = "dynalite@4.0.0"
REGION = "ap-northeast-2"

_DYNALITE_SERVER = """
const server = require('dynalite')({createTableMs: 0, deleteTableMs: 0, updateTableMs: 0})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit(0))
"""


# A person's runs look for new counterexamples; CI repeats the same ones, so that a change is judged by itself.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with the data in a folder of the test's own."""
    return load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "data")})


@pytest.fixture
def voicebot(settings: Settings) -> Iterator[Voicebot]:
    """A client on the local backend."""
    client = Voicebot(settings, HANDLERS)
    yield client
    client.database.close()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A moto server on loopback, reached over real HTTP.

    It takes one request at a time: moto's own code does not keep DynamoDB's promise that a write is atomic when its
    threads interleave.
    """
    pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")
    server_module = pytest.importorskip("moto.server", reason="moto is not installed; pip install 'voicebot[dev]'")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server.start()
    server._server.app = _one_at_a_time(server._server.app)
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def dynalite_url() -> Iterator[str]:
    """Another implementation of DynamoDB, in a process of its own; npm brings it into a folder that is kept."""
    pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed")
    folder = npm_package(npm, DYNALITE)
    command = [node, "-e", _DYNALITE_SERVER]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdin
    try:
        port = process.stdout.readline().strip()
        assert port, "dynalite did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture(scope="session")
def aws(request: pytest.FixtureRequest) -> Callable[[str, str], Any]:
    """Return a service by its server (``moto`` or ``dynalite``, started when first asked for) and its name."""

    @cache
    def session(server: str) -> Any:
        url = request.getfixturevalue(f"{server}_url")
        from voicebot.aws.session import AwsSession

        return AwsSession(REGION, url, read_timeout_s=30.0, budget_s=30.0)

    return lambda server, name: session(server).service(name)


@pytest.fixture
def unique() -> str:
    """A name that no other test has, for tables and buckets."""
    return f"voicebot-{uuid.uuid4().hex[:12]}"


def _one_at_a_time(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    lock = threading.Lock()

    def serialised(*request: object) -> Iterable[bytes]:
        with lock:
            return app(*request)

    return serialised


def npm_package(npm: str, package: str) -> Path:
    """Return a folder with an npm package, name@version, in it; it is installed beside and moved there whole."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path(tempfile.gettempdir()) / f"cache-{os.getuid()}")
    folder = kept / "voicebot-tests" / package
    if (folder / "node_modules" / package.rpartition("@")[0]).is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        install = [npm, "install", "--prefix", beside, "--no-audit", "--no-fund", "--silent"]
        install += ["--prefer-offline", "--fetch-retries=0", package]
        try:
            done = subprocess.run(install, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm cannot reach its registry to install {package}")
        if done.returncode:
            pytest.skip(f"npm could not install {package}; is there a network?")
        if not folder.exists():
            shutil.copytree(beside, f"{beside}.whole", symlinks=True)
            os.replace(f"{beside}.whole", folder)
    return folder
