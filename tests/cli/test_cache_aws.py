"""`voicebot --backend aws cache`: the whole of it against a moto server, found by AWS_ENDPOINT_URL alone."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.system


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A moto server in a process of its own: the default names are all its own."""
    pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")
    pytest.importorskip("moto.server", reason="moto is not installed; pip install 'voicebot[dev]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/moto-api/")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(url: str) -> None:
    deadline_s = time.monotonic() + 30
    while True:
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline_s, "moto did not start"
            time.sleep(0.1)


def test_every_command_works_by_the_endpoint_alone(run: Any, home: Path, endpoint: str) -> None:
    def aws(*arguments: str) -> str:
        done = run("--backend", "aws", *arguments, AWS_ENDPOINT_URL=endpoint)
        assert done.returncode == 0, (arguments, done.stderr)
        return str(done.stdout)

    table = home / "answers.csv"
    questions = ("주차 되나요", "토요일에도 해요", "엔진오일 교환 얼마예요", "카드로 결제되나요")
    lines = "".join(f"c{n},{question},네 {n}번 답이에요.\n" for n, question in enumerate(questions))
    table.write_text(f"id,utterance,answer\n{lines}", encoding="utf-8")
    made = json.loads(aws("cache", "setup", "--json"))
    assert {step["action"] for step in made if step["resource"].startswith("table")} >= {"created"}
    assert {step["action"] for step in json.loads(aws("cache", "setup", "--dry-run", "--json"))} == {"exists"}
    assert aws("cache", "seed", str(table)).startswith("4 added")
    assert len(json.loads(aws("cache", "inbox", "list", "--json"))) == 4
    assert "2 approved" in aws("cache", "approve", "--limit", "2")
    assert "2 approved" in aws("cache", "approve", "--workers", "4")
    assert aws("cache", "approve") == ""
    assert json.loads(aws("cache", "lookup", "저기 주차되나요?", "--json"))["audio_urls"][0].startswith(
        "https://voicebot-"
    )
    stats = json.loads(aws("cache", "stats", "--stale", "--json"))
    assert (stats["answers"], stats["inbox"]["approved"], stats["stale"]) == (4, 4, 0)
    assert len(json.loads(aws("cache", "list", "--json"))) == 4
    assert aws("cache", "index") == "4 lines indexed\n"
    assert json.loads(aws("cache", "export", "-o", "out.jsonl", "--clips", "clips", "--json"))["clips"] == 4
    assert aws("cache", "purge", "--id", "c0", "--id", "c1").startswith("2 answers removed")
    assert aws("cache", "import", "out.jsonl", "--clips", "clips").startswith("2 added, 0 changed, 2 unchanged")
    assert aws("cache", "sweep", "--dry-run") == "0 clips would be removed\n"
    assert aws("cache", "inbox", "add", "새 질문이에요", "네.").endswith("is pending\n")
    name = json.loads(aws("cache", "inbox", "list", "--state", "pending", "--json"))[0]["utterance"]
    assert name == "새 질문이에요"
    assert aws("fillers", "generate", "--categories", "thinking") == "12 fillers made, 0 there already\n"
    assert aws("fillers", "pick", "아무 말이에요").startswith("thinking:")


def test_without_tables_the_way_to_make_them_is_said(run: Any, endpoint: str) -> None:
    done = run("--backend", "aws", "cache", "stats", AWS_ENDPOINT_URL=endpoint)
    assert done.returncode == 3
    assert "voicebot cache setup" in done.stderr
