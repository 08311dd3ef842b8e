"""The packaged handlers under the runtime interface client that Lambda itself runs, with nothing else in reach."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.runtime_api import RuntimeApi
from voicebot.client import Voicebot
from voicebot.deploy.packages import BUDGET_MB, Package
from voicebot.settings.load import load

pytestmark = pytest.mark.system

EVENTS = Path(__file__).parent.parent / "events"
Run = Callable[..., RuntimeApi]


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def stores(moto_url: str, unique: str, tmp_path: Path) -> tuple[Voicebot, dict[str, str]]:
    """The stores of a stack of its own: a client on them, and the environment that a function finds them by."""
    variables = {
        "COMPANY_BUCKET": unique,
        "CACHE_TABLE": f"{unique}-answers",
        "INBOX_TABLE": f"{unique}-inbox",
        "VOICEBOT_AWS__JOBS_TABLE": f"{unique}-jobs",
        "VOICEBOT_AWS__OPT_OUTS_TABLE": f"{unique}-optouts",
        "VOICEBOT_AWS__BOOKINGS_TABLE": f"{unique}-bookings",
        "VOICEBOT_AWS__CALLS_TABLE": f"{unique}-calls",
        "VOICEBOT_AWS__COUNTERS_TABLE": f"{unique}-counters",
    }
    mine = {
        "HOME": str(tmp_path),
        "VOICEBOT_BACKEND": "aws",
        "AWS_ENDPOINT_URL": moto_url,
        "VOICEBOT_AWS__READ_TIMEOUT_S": "30",
    }
    client = Voicebot(load(env=variables | mine))
    client.set_up_stores()
    return client, variables


def test_a_turn_goes_through_all_functions(run: Run, stores: tuple[Voicebot, dict[str, str]], tmp_path: Path) -> None:
    client, variables = stores
    full = event("lex_full")
    hook = run("lex_hook", [full, full | {"invocationSource": "FulfillmentCodeHook"}], **variables)
    assert [kind for kind, _ in hook.outcomes] == ["response", "response"], hook.output
    assert hook.outcomes[0][1]["sessionState"]["dialogAction"] == {"type": "Delegate"}
    assert not list(tmp_path.rglob("tmp/index/questions-*")), "the package brings the index of the written questions"
    assert len(hook.invoked) == 1, "the miss is handed to the worker once"
    job_id = hook.invoked[0]["job_id"]

    worker = run("synthesize", hook.invoked, **variables)
    assert worker.outcomes == [("response", {"job_id": job_id})], worker.output

    ask = event("connect_full")
    ask["Details"]["Parameters"] = {"JobId": job_id, "NextIndex": "0"}
    playback = run("next_batch", [ask], **variables)
    kind, reply = playback.outcomes[0]
    assert (kind, reply["ClipKind"]) == ("response", "answer"), playback.output
    assert client.blobs.exists(client.blobs.key_of(reply["AudioUrl"]) or "")

    age = run("inbox_age", [{}], **variables)
    assert age.outcomes[0][1]["pending"] == 1
    line = next(one for one in age.output.splitlines() if "oldest_h" in one)
    assert set(json.loads(line)) == {"pending", "oldest_h"}, "CloudWatch reads the line as JSON"


def test_a_caller_who_refuses_calls_is_listed(run: Run, stores: tuple[Voicebot, dict[str, str]]) -> None:
    client, variables = stores
    assert run("opt_out", [event("connect_full")], **variables).outcomes == [("response", {"IsListed": "true"})]
    assert client.opt_outs.has("010-1234-5678")


def test_what_a_handler_raises_takes_the_flows_error_branch(run: Run, stores: tuple[Voicebot, dict[str, str]]) -> None:
    failed = run("next_batch", [event("connect_minimal"), event("connect_minimal")], **stores[1])
    assert [(kind, error["errorType"]) for kind, error in failed.outcomes] == [("error", "NotFoundError")] * 2


def test_a_function_that_is_set_up_wrongly_says_so(run: Run, stores: tuple[Voicebot, dict[str, str]]) -> None:
    wrong = run("lex_hook", [event("lex_full")], **{**stores[1], "VOICEBOT_TURNS__BATCH_SIZE": "99"})
    assert [(kind, error["errorType"]) for kind, error in wrong.outcomes] == [("init", "ConfigError")]
    assert "turns.batch_size" in wrong.output


def test_packages_are_small(packages: dict[str, Package]) -> None:
    for package in packages.values():
        print(f"{package.function}: {package.unzipped_mb} MB unzipped, {package.zipped_mb} MB zipped")
        assert package.unzipped_mb <= BUDGET_MB
    assert packages["next_batch"].unzipped_mb < 20
    assert packages["next_batch"].packages == ("pydantic", "pyyaml")


def test_a_contact_event_is_taken_and_a_stranger_s_is_left(run: Run, stores: tuple[Voicebot, dict[str, str]]) -> None:
    detail = {"contactId": "c-1", "eventType": "DISCONNECTED", "initiationMethod": "INBOUND", "channel": "VOICE"}
    contact = {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": detail}
    taken = run("call_status", [contact, {"source": "somebody.else"}], **stores[1])
    kinds = [(kind, answer.get("IsKnown") or answer.get("errorType")) for kind, answer in taken.outcomes]
    assert kinds == [("response", "false"), ("error", "InputError")], taken.output


def test_a_flow_starts_a_transcription_and_goes_on(run: Run, stores: tuple[Voicebot, dict[str, str]]) -> None:
    audio = {
        "StreamARN": "arn:aws:kinesisvideo:ap-northeast-2:123456789012:stream/voicebot-connect-x/1",
        "StartFragmentNumber": "1",
        "StartTimestamp": "1795000000000",
    }
    full = event("connect_full")
    full["Details"]["ContactData"]["MediaStreams"] = {"Customer": {"Audio": audio}}
    started = run("transcribe", [full, event("connect_minimal")], **stores[1])
    assert [(kind, answer.get("IsStarted")) for kind, answer in started.outcomes] == [
        ("response", "true"),
        ("response", "false"),
    ], started.output
    assert [task["stream_arn"] for task in started.invoked] == [audio["StreamARN"]]
