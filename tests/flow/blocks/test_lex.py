from typing import Any

import pytest

from tests.fakes.flow import Bench, FakeCaller, FakeLex, FakeMedia, FakeVoice, block, branches, ending, flow_of, tone
from voicebot.errors import EngineError, FlowError
from voicebot.flow.contact import ContactStart
from voicebot.flow.model import Flow
from voicebot.flow.ports import HungUp, LexStep, Pressed, Said, Silent

pytestmark = pytest.mark.unit

DONE = LexStep((), True, "Answer", dialog_state="Fulfilled")
START = ContactStart("c", "+8210", "+8270", {"bot": "arn:bot"})


def asking(session: dict[str, str] | None = None, **parameters: Any) -> Flow:
    given = {
        "Text": "말씀하세요.",
        "LexV2Bot": {"AliasArn": "$.Attributes.bot"},
        "LexSessionAttributes": session or {},
        **parameters,
    }
    errors = {"NoMatchingCondition": "other", "NoMatchingError": "error"}
    first = block("듣기", "ConnectParticipantWithLexBot", given, "end", errors, {"Equals Answer": "answer"})
    return flow_of(first, *ending("end", "answer", "other", "error"))


def test_the_intent_decides_the_branch() -> None:
    for intent, way in {
        "Answer": "Equals Answer",
        "answer": "NoMatchingCondition",
        None: "NoMatchingCondition",
    }.items():
        bench = Bench(lex=FakeLex([LexStep((), True, intent)]), caller=FakeCaller([Said("네")]))
        assert branches(bench.run(asking(), START))[0] == ("듣기", way)


def test_a_bot_is_opened_with_the_contact_and_the_session_attributes() -> None:
    bench = Bench(lex=FakeLex([DONE]), caller=FakeCaller([Said(" 네 ")]))

    bench.run(asking({"who": "$.CustomerEndpoint.Address"}), START)

    assert bench.lex.opened == [("arn:bot", "c", {"who": "+8210"})]
    assert bench.lex.heard == [("네", "Speech")]


def test_the_bot_goes_on_asking_until_it_is_done() -> None:
    steps = [
        LexStep(("언제요?",), False, "Book", {"Date": None}, dialog_state="InProgress"),
        LexStep(("<speak>예약했어요.</speak>",), True, "Answer", {"Date": "2026-11-22"}, confidence=0.75),
    ]
    bench = Bench(lex=FakeLex(steps), caller=FakeCaller([Said("예약이요"), Said("오늘이요")]))

    result = bench.run(asking(), START)

    assert [entry.text for entry in result.entries] == ["말씀하세요.", "예약이요", "언제요?", "오늘이요", "예약했어요."]
    assert [entry.turn for entry in result.entries] == [0, 1, 1, 2, 2]
    assert [entry.intent for entry in result.entries if entry.who == "caller"] == ["Book", "Answer"]
    assert [said[1] for said in bench.voice.said] == [False, False, True]


def test_references_see_what_the_bot_understood() -> None:
    step = LexStep((), True, "Answer", {"City": "서울"}, {"a": "b"}, 0.75, "Fulfilled")
    texts = ["IntentName", "Slots.City", "SessionAttributes.a", "IntentConfidence.Score", "DialogState"]
    flow = flow_of(
        block("듣기", "ConnectParticipantWithLexBot", {"Text": "네", "LexV2Bot": {"AliasArn": "a"}}, "말하기"),
        block("말하기", "MessageParticipant", {"Text": " ".join(f"$.Lex.{text}" for text in texts)}, "end"),
        *ending("end"),
    )

    result = Bench(lex=FakeLex([step]), caller=FakeCaller([Said("서울")])).run(flow)

    assert result.entries[-1].text == "Answer 서울 b 0.75 Fulfilled"


def test_the_caller_begins_after_a_reaction_and_the_bot_hears_after_the_end_timeout() -> None:
    voice = FakeVoice(before_s=0.1, after_s=0.2)
    bench = Bench(lex=FakeLex([LexStep(("네.",), True, "Answer")]), caller=FakeCaller([Said("네")]), voice=voice)

    prompt, caller, answer = bench.run(asking({"x-amz-lex:audio:end-timeout-ms:*:*": "900"}), START).entries

    assert prompt.end_s == pytest.approx(1.1, abs=0.02)
    assert caller.start_s == pytest.approx(1.3 + 0.3, abs=0.05)
    assert answer.start_s - caller.end_s == pytest.approx(0.9 + 0.1, abs=0.05)


def test_speech_ends_after_600_ms_unless_the_flow_says_otherwise() -> None:
    bench = Bench(lex=FakeLex([LexStep(("네.",), True, "Answer")]), caller=FakeCaller([Said("네")]))

    _, caller, answer = bench.run(asking(), START).entries

    assert answer.start_s - caller.end_s == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize(("session", "waits_s"), [({}, 3.0), ({"x-amz-lex:audio:start-timeout-ms:*:*": "4500"}, 4.5)])
def test_silence_until_the_timeout_is_heard_as_silence(session: dict[str, str], waits_s: float) -> None:
    bench = Bench(lex=FakeLex([LexStep(("여보세요?",), True, "Answer")]), caller=FakeCaller([Silent(60)]))

    prompt, silence, _ = bench.run(asking(session), START).entries

    assert bench.lex.heard == [(None, "Speech")]
    assert (silence.kind, silence.text, silence.intent) == ("silence", "", "Answer")
    assert silence.start_s == silence.end_s == pytest.approx(prompt.end_s + waits_s, abs=0.02)


def test_a_short_silence_only_delays_the_caller() -> None:
    bench = Bench(lex=FakeLex([DONE]), caller=FakeCaller([Silent(1.5), Said("네")]))

    prompt, caller = bench.run(asking(), START).entries

    assert (bench.lex.heard, caller.turn) == ([("네", "Speech")], 2)
    assert caller.start_s == pytest.approx(prompt.end_s + 1.5, abs=0.05)


def test_words_that_are_blank_are_silence_to_the_bot() -> None:
    bench = Bench(lex=FakeLex([DONE]), caller=FakeCaller([Said("  ", tone(0.5))]))

    bench.run(asking(), START)

    assert bench.lex.heard == [(None, "Speech")]


@pytest.mark.parametrize(("keys", "heard", "waits_s"), [("12#", "12", 0.0), ("12", "12", 5.0), ("#", None, 0.0)])
def test_keys_end_with_a_character_or_a_timeout(keys: str, heard: str | None, waits_s: float) -> None:
    bench = Bench(lex=FakeLex([LexStep(("네.",), True, "Answer")]), caller=FakeCaller([Pressed(keys)]))

    _, caller, answer = bench.run(asking(), START).entries

    assert bench.lex.heard == [(heard, "DTMF")]
    assert answer.start_s - caller.end_s == pytest.approx(waits_s, abs=0.02)


def test_a_caller_may_hang_up_between_two_questions() -> None:
    bench = Bench(lex=FakeLex([LexStep(("언제요?",), False, "Book")]), caller=FakeCaller([Said("예약이요"), HungUp()]))

    result = bench.run(asking(), START)

    assert (result.disconnect_reason, result.entries[-1].text) == ("CUSTOMER_DISCONNECT", "언제요?")


def test_audio_may_be_the_prompt() -> None:
    media = FakeMedia({"https://b/a.wav": (tone(0.5), "안녕하세요")})
    bench = Bench(lex=FakeLex([DONE]), caller=FakeCaller([Said("네")]), media=media)

    assert bench.run(asking(Text=None, Media={"Uri": "https://b/a.wav"}), START).entries[0].text == "안녕하세요"


@pytest.mark.parametrize(
    ("steps", "session"),
    [
        ([EngineError("gone", engine="lex", retryable=True)], {}),
        ([DONE], {"x-amz-lex:audio:max-length-ms:*:*": "15001"}),
    ],
)
def test_a_bot_that_fails_takes_the_error_branch(steps: list[LexStep | Exception], session: dict[str, str]) -> None:
    bench = Bench(lex=FakeLex(steps), caller=FakeCaller([Said("네")]))

    assert branches(bench.run(asking(session), START))[0] == ("듣기", "NoMatchingError")


def test_lex_v1_cannot_be_run() -> None:
    bot = {"Name": "Old", "Region": "ap-northeast-2", "Alias": "x"}

    with pytest.raises(FlowError, match="block '듣기': Lex V1 ended"):
        Bench().run(asking(LexV2Bot=None, LexBot=bot), START)
