"""`voicebot chat` as a person types it."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import voicebot
from tests.fakes.chat_server import refusal, serving, spoken
from voicebot.audio.wav import read_audio

pytestmark = pytest.mark.unit

Run = Callable[..., subprocess.CompletedProcess[str]]


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(Path(voicebot.__file__).parents[1])}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def command(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        environment = _environment(tmp_path) | {"VOICEBOT_DATA_DIR": str(tmp_path / "data")}
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


def test_a_conversation_takes_cp949_what_cannot_be_read_and_a_very_long_line(tmp_path: Path) -> None:
    lines = [
        "엔진오일 얼마예요".encode("cp949"),
        b"\xff\xfe\x80",
        ("세차 " * 200_000).encode(),
        "배터리 얼마예요".encode(),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", "-q", "chat", "--json"],
        input=b"\n".join(lines), cwd=tmp_path, env=_environment(tmp_path), capture_output=True, timeout=60,
    )  # fmt: skip
    intents = [json.loads(line)["intent"] for line in done.stdout.decode().splitlines()]
    assert (done.returncode, intents) == (0, ["engine_oil", "", "car_wash", "battery"])


@pytest.mark.parametrize(
    ("keys", "code"), [("안녕하세요\n\n\x04", 0), ("안녕하세요\n\x03", 130), ("엔진\x03", 130), ("\x04", 0)]
)
def test_on_a_terminal_the_conversation_ends_on_a_line_of_its_own(tmp_path: Path, keys: str, code: int) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the tests themselves may have been started to ignore it
        os.execve(sys.executable, [sys.executable, "-m", "voicebot", "chat"], _environment(tmp_path))
    shown = b""
    for key in ["", *keys]:
        os.write(terminal, key.encode())
        if key in ("", "\n"):
            shown += _until(terminal, b"you> ")
    shown += _until(terminal, None, keys[-1])
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    assert ("chajipsa> 안녕하세요".encode() in shown) is ("안녕" in keys)
    assert shown.endswith(b"\r\n")
    assert b"Traceback" not in shown


def _until(terminal: int, end: bytes | None, again: str = "") -> bytes:
    """Return what the terminal shows up to `end`; to the end of the program without one.

    When nothing happens, `again` is pressed once more: Python overlooks a signal between its prompt and its reading.
    """
    shown, patience = b"", 12
    while end is None or not shown.endswith(end):
        if not select.select([terminal], [], [], 5)[0]:
            patience -= 1
            assert patience, shown
            os.write(terminal, again.encode())
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            data = b""
        if not data:
            break
        shown += data
    return shown


@pytest.mark.parametrize(("status", "code"), [("401 No", 3), ("400 Bad", 5), ("503 Busy", 6)])
def test_a_refusal_of_the_provider_is_an_exit_code_without_the_key(run: Run, status: str, code: int) -> None:
    with serving(refusal(status, {"error": {"message": "sk-secret", "code": None}})) as server:
        done = run("chat", "-e", "gpt", "엔진오일", OPENAI_API_KEY="sk-secret", VOICEBOT_CHAT__GPT__BASE_URL=server.url)
    assert done.returncode == code
    assert "sk-secret" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
