"""The chat engine, the bot and the flow, as scenarios see them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.flow import block
from tests.flow.lint.corpus import korean
from voicebot.cache.protocol import Answer
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, InputError
from voicebot.flow.scenario import Scenario
from voicebot.test.targets import LexTarget

pytestmark = pytest.mark.unit


def scenario(*turns: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate({"name": "case", "turns": turns, **more})


def outcome(played: Any) -> dict[str, bool]:
    return {f"{check.turn} {check.what}": check.is_met for check in played.checks}


def test_text_tells_intent_words_and_time(voicebot: Voicebot) -> None:
    played = voicebot.test_target("text").play(
        scenario(
            {"say": "엔진오일 교환하는 데 얼마예요", "expect": {"intent": "CaptureUtterance", "hit": False, "text_contains": "엔진오일",
             "absent": "알아듣지", "within_ms": 60000, "block": "play"}},
            {"press": "1"},
            {"say": "상담원 연결해 주세요", "expect": {"intent": "AgentRequest", "text_contains": "없는 말"}},
        )
    )  # fmt: skip

    assert outcome(played) == {
        "1 intent": True, "1 hit": True, "1 text_contains": True, "1 absent": True, "1 within_ms": True,
        "3 intent": True, "3 text_contains": False,
    }  # fmt: skip
    assert played.left_out == ("turn 1: block", "turn 2")


def test_text_finds_approved_answers(voicebot: Voicebot) -> None:
    said = "토요일은 몇 시까지 해요"
    voicebot.answers.put(
        Answer(
            key=voicebot.lookup.key(said),
            utterance=said,
            answer_id="a1",
            template="토요일에는 오후 3시까지 열어요.",
            text="토요일에는 오후 3시까지 열어요.",
            intent="business_hours",
            clips=("clips/aa/aa.wav",),
            engine="local",
            voice="ko",
            normalizer_version=1,
            approved_at_s=1_800_000_000.0,
        )
    )

    played = voicebot.test_target("text").play(
        scenario({"say": "토요일은 몇 시까지 해요", "expect": {"hit": True, "text_contains": "오후 3시"}})
    )

    assert outcome(played) == {"1 hit": True, "1 text_contains": True}


def test_the_bot_tells_intents_only(voicebot: Voicebot) -> None:
    played = voicebot.test_target("lex").play(
        scenario(
            {"say": "상담원 연결해 주세요", "expect": {"intent": "AgentRequest", "hit": True}},
            {"say": "다시는 전화하지 마세요", "expect": {"intent": "AgentRequest"}},
            {"say": "네"},
        )
    )

    assert outcome(played) == {"1 intent": True, "2 intent": False}
    assert played.left_out == ("turn 1: hit",)


@dataclass
class Best:
    intent: str


def test_a_bot_that_hears_nothing_has_no_intent() -> None:
    played = LexTarget(lambda said: []).play(scenario({"say": "네", "expect": {"intent": "A"}}))
    assert played.checks[0].actual == "none"
    assert LexTarget(lambda said: [Best("A")]).play(scenario({"say": "네", "expect": {"intent": "A"}})).checks[0].is_met


def test_the_flow_is_the_scenarios_own_or_the_one_that_is_named(voicebot: Voicebot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(
        json.dumps(
            korean(block("it", "MessageParticipant", {"Text": "안녕히 계세요"}, "end", {"NoMatchingError": "end"}))
        )
    )
    target = voicebot.test_target("flow", path)

    played = target.play(
        scenario(flow="connect_flows/inbound.json", expect={"ends": "flow", "text_contains": "안녕히"})
    )

    assert outcome(played) == {"0 ends": True, "0 text_contains": True}
    (coverage,) = target.coverage()
    assert (coverage.flow.name, coverage.calls) == ("mine", 1)
    with pytest.raises(InputError, match="'case' names no flow"):
        voicebot.test_target("flow").play(scenario())


def test_connect_needs_an_instance(voicebot: Voicebot) -> None:
    with pytest.raises(ConfigError, match="no Connect instance"):
        voicebot.test_target("connect")
