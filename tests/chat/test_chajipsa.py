"""Written answers, facts filled in, and honesty below the threshold."""

from pathlib import Path

import pytest

from voicebot.chat.facts import Facts
from voicebot.chat.lexical import LexicalUnderstander
from voicebot.chat.protocol import Session, Turn
from voicebot.chat.responses import load_responses
from voicebot.chat.session import Conversation
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, InputError
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit


def test_a_known_question_gets_its_written_answer_with_facts(voicebot: Voicebot) -> None:
    answer = Conversation(voicebot.chat).answer("엔진오일 교환하면 얼마예요")
    assert answer.intent == "engine_oil"
    assert answer.response_id
    assert answer.confidence is not None
    assert "{" not in answer.text


def test_something_else_is_admitted_not_answered(voicebot: Voicebot) -> None:
    answer = Conversation(voicebot.chat).answer("쿼크의 색깔 전하가 몇 가지인지 설명해 봐")
    assert (answer.intent, answer.response_id) == ("", "")
    assert "알아듣지 못했어요" in answer.text


@pytest.mark.parametrize("message", ["", "   ", "ㅋㅋㅋ", "😀😀", "\x00\x01", "...?!"])
def test_a_message_without_words_is_an_input_error(voicebot: Voicebot, message: str) -> None:
    with pytest.raises(InputError):
        Conversation(voicebot.chat).answer(message)


def test_every_written_response_can_be_filled_and_found_by_its_own_question(voicebot: Voicebot) -> None:
    responses = load_responses(DATA_DIR / "response_bank.csv")
    lexical = LexicalUnderstander(responses, 0.45)
    lost = []
    for response in responses:
        assert "{" not in voicebot.facts.fill(response.answer)
        if lexical.understand(Turn(response.question)).response_id != response.id:
            lost.append(response.id)
        in_dialog = voicebot.chajipsa.understand(Turn(response.question))
        assert in_dialog.intent == response.intent
        assert in_dialog.response_id in (response.id, ""), response.id
    assert lost == []


def test_the_history_keeps_masked_words(voicebot: Voicebot) -> None:
    session = Session("s")
    Conversation(voicebot.chat, session).answer("제 번호는 010-1234-5678인데 예약 됐나요")
    assert "1234" not in session.history[0].said


def test_an_unknown_fact_is_named() -> None:
    with pytest.raises(ConfigError, match=r"price\.none"):
        Facts({"price.oil": "1원"}).fill("{price.none}이에요")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,intent,answer\na,b,c\n", "column 'question'"),
        ("id,intent,answer,question\na,b,c,\n", ":2: a cell is empty"),
        ("id,intent,answer,question\na,b,c,d\na,b,c,d\n", ":3: the id 'a' is there twice"),
        ("id,intent,answer,question\na,b,c\n", ":2: 3 cells where the header has 4"),
    ],
)
def test_a_wrong_bank_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_responses(path)
    assert expected in caught.value.message
