"""`voicebot chat` as a person types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.chat_server import refusal, serving, spoken
from voicebot.audio.wav import read_audio

pytestmark = pytest.mark.unit

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def command(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
        return subprocess.run(
            [sys.executable, "-m", "voicebot", *arguments],
            input=stdin, cwd=tmp_path, env=environment | variables, capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip

    return command


def test_one_shot_json_is_one_document(run: Run) -> None:
    document = json.loads(run("chat", "--json", "상담원 연결해 주세요").stdout)
    assert list(document) == ["text", "engine", "intent", "confidence", "response_id", "milliseconds", "hand_over"]
    assert (document["engine"], document["intent"], document["hand_over"]) == ("chajipsa", "agent", "agent")


def test_a_conversation_in_json_is_one_object_a_line_and_goes_on_after_a_bad_one(run: Run) -> None:
    done = run("-v", "chat", "--json", stdin="엔진오일 얼마예요\nㅋㅋㅋ\n그럼 시간은요?\n/reset\n그럼 시간은요?\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["intent"] for answer in answers[:3]] == ["engine_oil", "", "engine_oil"]
    assert answers[3]["intent"] != "engine_oil"
    assert "다시" not in answers[2]["text"]
    assert "engine_oil-01" in done.stderr
    assert done.returncode == 0


def test_a_session_goes_on_in_the_next_run(run: Run, tmp_path: Path) -> None:
    for message in ("엔진오일 예약하려고요 제 번호는 010-1234-5678이에요", "강남점이요"):
        last = run("chat", "--session", "kim", message).stdout
    assert "강남점, 확인했어요" in last
    saved = (tmp_path / "data" / "sessions" / "kim.json").read_text(encoding="utf-8")
    assert "1234" not in saved
    assert json.loads(saved)["state"]["branch"] == "branch.gangnam"


def test_a_reply_is_saved_as_audio(run: Run, tmp_path: Path) -> None:
    done = run("chat", "--speak", "-o", "reply.wav", "안녕하세요")
    assert done.stdout.startswith("안녕하세요")
    assert read_audio(tmp_path / "reply.wav").duration_s > 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("chat", "-o", "reply.wav", "안녕"), 2),
        (("chat", "--speak", "-o", "-", "--json", "안녕"), 2),
        (("chat", "--session", "a b", "안녕"), 2),
        (("chat", "--engine", "other", "안녕"), 2),
        (("chat", "--engine", "gpt", "안녕"), 3),
        (("chat", "ㅋㅋ"), 2),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_gpt_answers_through_the_configured_server_with_the_facts_it_may_state(run: Run) -> None:
    with serving(spoken("네, ", "**휘발유차**는 89,000원부터예요. ", "예약하시겠어요?")) as server:
        done = run(
            "chat", "-e", "gpt", "--json", "엔진오일 교환 비용이 얼마예요",
            OPENAI_API_KEY="sk-secret", VOICEBOT_CHAT__GPT__BASE_URL=server.url,
        )  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["text"] == "네, 휘발유차는 89,000원부터예요. 예약하시겠어요?"
    assert (answer["engine"], answer["confidence"]) == ("gpt", None)
    assert "89,000원" in server.requests[0].body["instructions"]


@pytest.mark.parametrize(("status", "code"), [("401 No", 3), ("400 Bad", 5), ("503 Busy", 6)])
def test_a_refusal_of_the_provider_is_an_exit_code_without_the_key(run: Run, status: str, code: int) -> None:
    with serving(refusal(status, {"error": {"message": "sk-secret", "code": None}})) as server:
        done = run("chat", "-e", "gpt", "엔진오일", OPENAI_API_KEY="sk-secret", VOICEBOT_CHAT__GPT__BASE_URL=server.url)
    assert done.returncode == code
    assert "sk-secret" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
