"""Calls on this machine as text: what the shipped flows keep with `transcribe.live`, and what they do not."""

import io
import wave
from pathlib import Path

import pytest

from voicebot.call.simulation.callers import SimulatedCall, script_caller
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.flow.ports import NoObserver
from voicebot.flow.result import CallResult
from voicebot.flow.scenario import Scenario, Turn
from voicebot.settings.load import load

pytestmark = pytest.mark.unit

NOTICE = "통화 내용은 글로도 기록됩니다."
INBOUND, OUTBOUND = Path("connect_flows/inbound.json"), Path("connect_flows/outbound.json")


def client(home: Path, **transcribe: object) -> Voicebot:
    overrides = {"data_dir": str(home / "data"), "transcribe": transcribe}
    return Voicebot(load(env={"HOME": str(home)}, overrides=overrides), HANDLERS)


def held(voicebot: Voicebot, flow: Path, *said: str, **attributes: str) -> CallResult:
    """Hold a call with a caller who says these words, and return what came of it."""
    script = Scenario(name="call", turns=tuple(Turn(say=words) for words in said), contact={"attributes": attributes})  # type: ignore[arg-type]
    plan = SimulatedCall(script_caller(script), script.build_start("contact-1"), script.build_world(), script)
    return voicebot.run_flow(flow, plan.caller, plan.start, plan.world, NoObserver(), script=script)


def test_a_live_call_is_kept_from_the_notice_on_with_numbers_masked(tmp_path: Path) -> None:
    voicebot = client(tmp_path, live=True)
    result = held(voicebot, INBOUND, "제 번호는 공일공 일이삼사에 오육칠팔이에요", "안녕히 계세요")
    assert [entry.text for entry in result.entries].index(NOTICE) == 1, "after the greeting, before the first question"
    kept = voicebot.transcript(None, "contact-1")
    assert kept[0].track == "bot"
    assert kept[0].text == "무엇을 도와드릴까요?"
    assert NOTICE not in [segment.text for segment in kept]
    assert next(segment.text for segment in kept if segment.track == "customer").startswith("제 번호는 [")
    assert kept == sorted(kept, key=lambda segment: segment.start_s)
    assert all(0 <= segment.start_s <= segment.end_s and not segment.is_partial for segment in kept)
    with voicebot.blobs.open("recordings/contact-1.wav") as file, wave.open(io.BytesIO(file.read())) as audio:
        assert audio.getnchannels() == 2
        spoken_before_s = next(entry.end_s for entry in result.entries if entry.text == NOTICE)
        assert audio.getnframes() / audio.getframerate() <= result.duration_s - spoken_before_s + 1
    voicebot.database.close()


def test_the_outbound_flow_says_it_after_its_intro(tmp_path: Path) -> None:
    voicebot = client(tmp_path, live=True, keep_audio=False)
    result = held(voicebot, OUTBOUND, "지금 바빠요", intro="안녕하세요, 차집사입니다.", message="안내입니다.")
    assert [entry.text for entry in result.entries if entry.who == "bot"][:3] == [
        "안녕하세요, 차집사입니다.",
        NOTICE,
        "지금 잠시 통화 괜찮으세요?",
    ]
    assert [segment.text for segment in voicebot.transcript(None, "contact-1")][1] == "지금 바빠요"
    assert list(voicebot.blobs.scan("recordings/")) == []
    voicebot.database.close()


@pytest.mark.parametrize("flow", [INBOUND, OUTBOUND])
def test_without_the_setting_nobody_is_told_and_nothing_is_kept(tmp_path: Path, flow: Path) -> None:
    voicebot = client(tmp_path)
    result = held(voicebot, flow, "안녕히 계세요", intro="안녕하세요, 차집사입니다.")
    assert NOTICE not in [entry.text for entry in result.entries]
    assert not {"stream", "transcribe"} & {visit.identifier for visit in result.blocks}
    assert list(voicebot.transcripts.of("contact-1")) == []
    voicebot.database.close()


def test_published_flows_name_the_function_only_when_calls_are_to_be_written_down(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:ap-northeast-2:123456789012:function:voicebot-transcribe:live"
    for live, given, wanted in ((False, {}, "off"), (True, {}, arn), (False, {"TranscribeFunctionArn": "x"}, "x")):
        overrides = {"transcribe": {"live": live}, "flow": {"values": {"TranscribeFunctionArn": arn}}}
        settings = load(env={"HOME": str(tmp_path)}, overrides=overrides)
        assert Voicebot(settings).flow_values(given)["TranscribeFunctionArn"] == wanted
