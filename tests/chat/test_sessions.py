"""Conversations that are kept, and conversations that are spoken."""

import json
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from voicebot.audio.wav import read_audio
from voicebot.chat.protocol import Exchange, ReplyDelta, Session
from voicebot.chat.session import REPROMPT, Conversation
from voicebot.chat.sessions import MAX_EXCHANGES, SessionFiles
from voicebot.chat.voice import AudioFile, ReplyVoice
from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.tts.protocol import AudioChunk
from voicebot.tts.speaker import Speaker

pytestmark = pytest.mark.unit


def test_a_session_comes_back_as_it_was_saved_masked_and_bounded(tmp_path: Path) -> None:
    files = SessionFiles(tmp_path / "sessions")
    history = [Exchange(f"질문 {number}", "대답") for number in range(MAX_EXCHANGES)]
    history.append(Exchange("제 번호는 010-1234-5678", "네"))
    files.save("kim", Session("kim", history, {"topic": "tire"}))
    loaded = files.load("kim")
    assert (loaded.id, loaded.state, len(loaded.history)) == ("kim", {"topic": "tire"}, MAX_EXCHANGES)
    assert loaded.history[-1].said == "제 번호는 [전화번호]"
    assert [path.name for path in (tmp_path / "sessions").iterdir()] == ["kim.json"]


def test_a_session_of_that_name_need_not_exist_and_may_be_a_path(tmp_path: Path) -> None:
    files = SessionFiles(tmp_path)
    assert files.load("new") == Session("new")
    assert files.path(str(tmp_path / "a" / "b.json")) == tmp_path / "a" / "b.json"


@pytest.mark.parametrize("name", ["", ".hidden", "a b", "x" * 65, "한글 이름!"])
def test_what_cannot_be_a_name_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        SessionFiles(tmp_path).load(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"version": 9}',
        '{"version": 1, "id": "a", "state": {"a": 1}, "history": []}',
        "\udcff",
        "[" * 99999,
    ],
)
def test_a_file_that_is_no_session_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match=r"odd\.json"):
        SessionFiles(tmp_path).load("odd")
    assert path.read_text(encoding="utf-8", errors="surrogateescape") == text


def test_a_conversation_survives_a_line_without_words(voicebot: Voicebot) -> None:
    conversation = Conversation(voicebot.chajipsa)
    heard: list[str] = []
    listen = lambda delta: heard.append(delta.text)  # noqa: E731
    assert conversation.converse("ㅋㅋㅋ", listen).text == REPROMPT
    answer = conversation.converse("상담원 바꿔 주세요", listen)
    assert (answer.intent, answer.hand_over) == ("agent", "agent")
    assert heard == [REPROMPT, answer.text]
    conversation.reset()
    assert conversation.session.history == []


def test_a_saved_conversation_goes_on_where_it_was(voicebot: Voicebot, tmp_path: Path) -> None:
    files = SessionFiles(tmp_path)
    conversation = Conversation(voicebot.chajipsa)
    conversation.answer("엔진오일 얼마예요")
    files.save("kim", conversation.session)
    assert "40분" in Conversation(voicebot.chajipsa, files.load("kim")).answer("그럼 시간은요?").text


def test_each_sentence_is_spoken_as_soon_as_it_is_complete() -> None:
    engine = FakeTts()
    clips: list[list[AudioChunk]] = []
    voice = ReplyVoice(Speaker(engine), lambda chunks: clips.append(list(chunks)))
    voice.hear(ReplyDelta("네, 가능해요. 내일 "))
    assert [request.text for request in engine.requests] == ["네, 가능해요."]
    voice.hear(ReplyDelta("오세요.", speed=0.85))
    voice.finish()
    assert [(request.text, request.speed) for request in engine.requests[1:]] == [("내일 오세요.", 0.85)]
    assert len(clips) == 2


def test_a_file_holds_all_replies_so_far_and_is_whole_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "reply.wav"
    voice = ReplyVoice(Speaker(FakeTts(chunks=5)), AudioFile(path))
    durations = []
    for text in ("하나예요. ", "둘이에요. "):
        voice.hear(ReplyDelta(text))
        voice.finish()
        durations.append(read_audio(path).duration_s)
    assert durations[1] == pytest.approx(2 * durations[0])


def test_a_session_file_is_plain_json(tmp_path: Path) -> None:
    SessionFiles(tmp_path).save("kim", Session("kim", [Exchange("네", "네")]))
    document = json.loads((tmp_path / "kim.json").read_text(encoding="utf-8"))
    assert document["history"] == [{"said": "네", "replied": "네"}]
