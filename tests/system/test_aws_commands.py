"""`voicebot --backend aws cache ...` against a server that speaks AWS's protocols; AWS_ENDPOINT_URL is all that is set."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

Run = Callable[..., subprocess.CompletedProcess[str]]

CACHE_CSV = """id,utterance,answer
p1,주차 되나요,"네, 지점마다 주차장이 있어요."
p1,차 세울 데 있어요,
h1,토요일에도 해요,토요일에는 {hours.saturday} 열어요.
"""


@pytest.fixture
def run(tmp_path: Path, moto_url: str) -> Run:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env = {**kept, "HOME": str(tmp_path), "AWS_ENDPOINT_URL": moto_url}

    def command(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "voicebot", "--backend", "aws", "cache", *arguments],
            env=env, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=240,
        )  # fmt: skip
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done

    return command


def test_the_whole_cache_on_aws(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cache.csv").write_text(CACHE_CSV, encoding="utf-8")
    (tmp_path / "rule.yaml").write_text("approve: {'*': 0.9}\n", encoding="utf-8")

    assert "run: voicebot cache setup" in run("approve", code=3).stderr
    steps = json.loads(run("setup", "--json").stdout)
    assert {"created"} <= {step["action"] for step in steps}
    assert {step["action"] for step in json.loads(run("setup", "--json").stdout)} & {"created"} == set()

    assert run("approve").stdout == ""  # nothing to do, nothing to say
    assert json.loads(run("seed", "cache.csv", "--json").stdout)["added"] == 3
    run("inbox", "add", "얼마예요", "세차는 30,000원이에요.")
    assert len(json.loads(run("inbox", "list", "--state", "pending", "--json").stdout)) == 4
    plan = json.loads(run("approve", "--rule", "rule.yaml", "--dry-run", "--json").stdout)
    assert sorted(one["reason"] for one in plan) == ["", "", "", "the answer holds a price"]

    report = json.loads(run("approve", "--rule", "rule.yaml", "--workers", "4", "--json").stdout)
    assert (report["approved"], len(report["held"]), report["failed"]) == (3, 1, [])
    (held,) = json.loads(run("inbox", "list", "--state", "synthesised", "--json").stdout)
    assert held["last_error"] == "the answer holds a price"
    run("inbox", "reject", report["held"][0].split()[1].rstrip(":"))

    found = json.loads(run("lookup", "저기 주차되나요", "--json").stdout)
    assert found["hit"]
    assert found["audio_urls"][0].startswith("https://")
    run("lookup", "세금 계산서 되나요", code=4)
    assert len(json.loads(run("list", "--json").stdout)) == 3
    counts = json.loads(run("stats", "--json").stdout)["inbox"]
    assert (counts["approved"], counts["rejected"], counts["pending"]) == (3, 1, 0)

    stale = json.loads(run("approve", "--stale", "--json").stdout)["stale"]
    assert (stale["checked"], stale["stale"]) == (3, 0)
    assert json.loads(run("index", "--json").stdout)["lines"] == 3
    assert json.loads(run("sweep", "--json").stdout)["removed"] == []
    run("export", "-o", "answers.jsonl")
    assert len((tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    run("import", "answers.jsonl")
    assert "3 answers" in run("purge", "--all", "--yes").stdout
    run("lookup", "주차되나요", code=4)
