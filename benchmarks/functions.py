"""How soon a Lambda function answers from a cold start, against boto3 alone; and how large its package is.

Each process has only the function's package and what Lambda's runtime brings along in reach. The stores are a moto
server's, in a process of its own.
"""

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.table import Row
from voicebot.client import Voicebot
from voicebot.deploy.packages import BUDGET_MB, Packager
from voicebot.deploy.prepared import prepared
from voicebot.deploy.template import functions_of, load_template
from voicebot.deploy.wheels import Target
from voicebot.settings.load import load
from voicebot.settings.snapshot import snapshot

EVENTS = Path(__file__).parent.parent / "tests" / "events"
RUNS = 15
ASKED = {"next_batch": "at most 1.3 times", "lex_hook": "at most 2 times"}

Seconds = tuple[float, float]
"""What a process measured of itself: by the clock, and of the processor's time."""

_PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3", "snapshot_restore_py.py")
_BOTO3 = """
import time; started_s, worked_s = time.perf_counter(), time.process_time()
import boto3; boto3.client("dynamodb", region_name="ap-northeast-2")
print(time.perf_counter() - started_s, time.process_time() - worked_s)
"""
_FLOOR = """
import os; os.environ["OPENBLAS_NUM_THREADS"] = "1"
import time; started_s, worked_s = time.perf_counter(), time.process_time()
import numpy; from botocore.session import Session
session = Session(); [session.create_client(name, region_name="ap-northeast-2") for name in ("dynamodb", "s3")]
print(time.perf_counter() - started_s, time.process_time() - worked_s)
"""
_OURS = """
import json, sys; event = json.load(open(sys.argv[2], encoding="utf-8"))
import time; started_s, worked_s = time.perf_counter(), time.process_time()
import importlib; handler = importlib.import_module(f"lambdas.{sys.argv[1]}.handler")
answer = handler.lambda_handler(event, None)
print(time.perf_counter() - started_s, time.process_time() - worked_s)
"""


def rows() -> Iterator[Row]:
    """Measure the packages' sizes, and import plus first invocation of the functions of a turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = {one.function: one for one in packager(folder).build(functions_of(load_template()))}
        sizes = ", ".join(f"{one.function} {one.unzipped_mb:.0f}" for one in packages.values())
        yield Row("packages, unzipped, in MB", sizes, f"at most {BUDGET_MB:.0f} each")
        with _moto() as url:
            environment = _stack(url, folder)
            for function, asked in ASKED.items():
                task = folder / function
                zipfile.ZipFile(packages[function].path).extractall(task)
                runs = _runs(function, task, folder, environment)
                name = f"`{function}`: import and first call against `import boto3` and one client"
                yield Row(name, _compared(runs["ours"], runs["boto3"]), asked)
                if function == "lex_hook":
                    name = "the same of numpy and two bare clients, without which `lex_hook` can do nothing"
                    yield Row(name, _compared(runs["floor"], runs["boto3"]), "")


def packager(folder: Path) -> Packager:
    """Return what builds packages for this machine into a folder, as `deploy` does for Lambda."""
    settings = load(env={"HOME": str(folder)}, overrides={"backend": "aws"})
    voicebot = Voicebot(settings)
    extra = {name: text.encode() for name, text in snapshot(settings).items()}
    wheels = Path(tempfile.gettempdir()) / "voicebot-wheels"
    return Packager(folder / "packages", wheels, extra, Target.here(), prepared(voicebot.model, voicebot.responses))


def _runs(function: str, task: Path, folder: Path, environment: dict[str, str]) -> dict[str, list[Seconds]]:
    """Return what each side took, run by run: they take turns, so that a busy machine is as busy for each."""
    runtime = folder / "runtime"
    if not runtime.exists():
        runtime.mkdir()
        import boto3

        for name in _PROVIDED:
            (runtime / name).symlink_to(Path(boto3.__file__).parent.parent / name)
    event = folder / f"{function}.json"
    event.write_text(json.dumps(_event(function)), encoding="utf-8")
    python, both = [sys.executable, "-S", "-c"], f"{task}:{runtime}"
    sides = {
        "ours": ([*python, _OURS, function, str(event)], both),
        "floor": ([*python, _FLOOR], both),
        "boto3": ([*python, _BOTO3], str(runtime)),
    }
    if function != "lex_hook":
        del sides["floor"]
    runs: dict[str, list[Seconds]] = {side: [] for side in sides}
    for number in range(RUNS + 1):
        shutil.rmtree(environment["VOICEBOT_DATA_DIR"], ignore_errors=True)  # a cold environment's /tmp is empty
        for side, (command, path) in sides.items():
            took = _seconds(command, environment | {"PYTHONPATH": path})
            if number:  # the first round warms the disk cache
                runs[side].append(took)
    return runs


def _compared(ours: list[Seconds], boto3: list[Seconds]) -> str:
    """Return the medians of the ratios within rounds, of processor time first: other processes do not count in it."""
    clock, work = (statistics.median(a[i] / b[i] for a, b in zip(ours, boto3, strict=True)) for i in (0, 1))
    ours_ms, boto3_ms = (1000 * statistics.median(one[1] for one in side) for side in (ours, boto3))
    return f"{work:.2f} times of processor time ({ours_ms:.0f} ms against {boto3_ms:.0f} ms); {clock:.2f} times by the clock"


def _event(function: str) -> dict[str, Any]:
    if function == "lex_hook":
        loaded: dict[str, Any] = json.loads((EVENTS / "lex_full.json").read_text(encoding="utf-8"))
        return loaded
    event: dict[str, Any] = json.loads((EVENTS / "connect_full.json").read_text(encoding="utf-8"))
    event["Details"]["Parameters"] = {"JobId": "c.1", "NextIndex": "0"}
    return event


def _stack(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of a stack with approved answers, their index, and a job that is ready."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": url,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
        "COMPANY_BUCKET": "voicebot-bench",
        "VOICEBOT_BACKEND": "aws",
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        "VOICEBOT_AWS__SYNTHESIZE_FUNCTION": "synthesize",
    }
    from voicebot.cache.protocol import Answer
    from voicebot.turns.protocol import Job, JobClip

    client = Voicebot(load(env=environment))
    client.set_up_stores()
    said = _event("lex_hook")["inputTranscript"]
    now = time.time()
    answer = Answer(
        key=client.lookup.key(said),
        utterance=said,
        answer_id="a-1",
        template="네, 됩니다.",
        text="네, 됩니다.",
        intent="engine_oil",
        clips=("clips/x.wav",),
        engine="local",
        voice="ko",
        normalizer_version=1,
        approved_at_s=now,
    )
    client.answers.put(answer)
    client.answer_index.build()
    client.jobs.create(
        Job("c.1", "c", 1, said, "네", True, "", {}, "done", now, now, 0, (JobClip("clips/x.wav", now, "네"),))
    )
    return environment


@contextlib.contextmanager
def _moto() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _seconds(command: list[str], environment: dict[str, str]) -> Seconds:
    """Return how long a process measured itself, in seconds, and how much of it the processor worked."""
    done = subprocess.run(
        command, env=environment, check=True, capture_output=True, encoding="utf-8", cwd=environment["HOME"]
    )  # away from the checkout, whose modules would come before the package's
    wall_s, work_s = done.stdout.strip().splitlines()[-1].split()
    return float(wall_s), float(work_s)
