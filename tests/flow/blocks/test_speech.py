from typing import Any

import pytest

from tests.fakes.flow import Bench, FakeMedia, FakeVoice, block, branches, ending, flow_of, tone
from voicebot.errors import EngineError, FlowError, InputError
from voicebot.flow.contact import ContactStart
from voicebot.flow.model import Flow
from voicebot.flow.result import CallResult

pytestmark = pytest.mark.unit

START = ContactStart("c", "+8210", "+8270", {"name": "민지", "lang": "ko", "prompt": "p1", "empty": ""})


def saying(parameters: dict[str, Any]) -> Flow:
    return flow_of(
        block("말하기", "MessageParticipant", parameters, "end", {"NoMatchingError": "error"}), *ending("end", "error")
    )


def spoken(result: CallResult) -> list[tuple[str, str]]:
    return [(entry.kind, entry.text) for entry in result.entries]


def test_text_is_spoken_with_its_references_filled() -> None:
    bench = Bench()

    result = bench.run(saying({"Text": "$.Attributes.name님 안녕하세요"}), START)

    assert spoken(result) == [("speech", "민지님 안녕하세요")]
    assert bench.voice.said == [("민지님 안녕하세요", False, "Joanna", "en-US")]


def test_ssml_is_spoken_as_ssml_and_written_as_words() -> None:
    bench = Bench()

    result = bench.run(saying({"SSML": "<speak>안녕<break time='1s'/> 하세요</speak>"}))

    assert spoken(result) == [("speech", "안녕 하세요")]
    assert bench.voice.said[0][:2] == ("<speak>안녕<break time='1s'/> 하세요</speak>", True)


def test_ssml_with_breaks_only_is_a_pause() -> None:
    bench = Bench()

    result = bench.run(saying({"SSML": '<speak><break time="1s"/></speak>'}))

    assert len(bench.voice.said) == 1
    assert result.entries == ()
    assert result.duration_s == 1.0


def test_text_that_turns_out_empty_is_not_spoken() -> None:
    bench = Bench()

    assert branches(bench.run(saying({"Text": "$.Attributes.nothing"}))) == [("말하기", "NextAction"), ("end", None)]
    assert bench.voice.said == []


def test_audio_is_fetched_from_an_address_made_of_references() -> None:
    media = FakeMedia({"https://b/ko/x.wav": (tone(0.5, before_s=0.2), "안녕하세요")})

    result = Bench(media=media).run(saying({"Media": {"Uri": "https://b/$['Attributes']['lang']/x.wav"}}), START)

    assert spoken(result) == [("audio", "안녕하세요")]
    assert result.entries[0].start_s == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("prompt", ["p1", "$.Attributes.prompt"])
def test_a_library_prompt_is_played_by_its_id(prompt: str) -> None:
    bench = Bench(media=FakeMedia({"file://p1.wav": (tone(0.5), "삐")}), prompts={"p1": "file://p1.wav"})

    assert spoken(bench.run(saying({"PromptId": prompt}), START)) == [("audio", "삐")]


def test_a_library_prompt_that_is_not_here_is_named() -> None:
    with pytest.raises(FlowError, match="block '말하기': the library prompt 'p9'"):
        Bench().run(saying({"PromptId": "p9"}))


@pytest.mark.parametrize(
    ("parameters", "failure", "detail"),
    [
        ({"Text": "가" * 3001}, None, "3001 characters"),
        ({"SSML": "<speak>" + "<p/>" * 1500 + "</speak>"}, None, "6015 characters"),
        ({"SSML": "<speak>안녕"}, InputError("the SSML is broken"), "the SSML is broken"),
        ({"Text": "네"}, EngineError("gone", engine="v", retryable=True), "v: gone"),
        ({"Media": {"Uri": "https://b/none.wav"}}, None, "there is no audio at https://b/none.wav"),
        ({"Media": {"Uri": "$.Attributes.empty"}}, None, "Media.Uri is empty"),
        ({"PromptId": "$.Attributes.empty"}, None, "PromptId is empty"),
    ],
)
def test_what_cannot_be_played_takes_the_error_branch(
    parameters: dict[str, Any], failure: Exception | None, detail: str
) -> None:
    result = Bench(voice=FakeVoice(failure=failure)).run(saying(parameters), START)

    assert branches(result) == [("말하기", "NoMatchingError"), ("error", None)]
    assert detail in (result.blocks[0].error or "")
