"""Whole calls, from a table, through the model that is shipped."""

import datetime as dt
from pathlib import Path

import pytest

from voicebot.chat.chajipsa import KOREA, Chajipsa
from voicebot.chat.session import Conversation
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.settings.load import load

pytestmark = pytest.mark.unit

MONDAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=KOREA)
CALLS = [
    block.splitlines()
    for block in (Path(__file__).parent / "conversations.txt").read_text(encoding="utf-8").strip().split("\n\n")[1:]
]


@pytest.fixture(scope="module")
def chajipsa(tmp_path_factory: pytest.TempPathFactory) -> Chajipsa:
    folder = tmp_path_factory.mktemp("chat")
    settings = load(env={"HOME": str(folder)}, overrides={"data_dir": str(folder / "data")})
    return Voicebot(settings, HANDLERS, VirtualClock(MONDAY.timestamp())).chajipsa


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_a_call_goes_as_the_table_says(chajipsa: Chajipsa, call: list[str]) -> None:
    conversation = Conversation(chajipsa)
    for line in call[1:]:
        said, part, hand_over = [cell.strip() for cell in [*line.split("|"), ""]][:3]
        answer = conversation.converse(said)
        assert part in answer.text, (said, answer.text)
        assert answer.hand_over == hand_over, (said, answer.text)


def test_a_change_after_a_booking_is_kept_as_a_change(chajipsa: Chajipsa) -> None:
    conversation = Conversation(chajipsa)
    for text in ("내일 오후 세 시 강남점 엔진오일 예약할게요", "네", "열시로 바꿀게요", "네"):
        conversation.answer(text)
    assert conversation.session.state["booked"] == "booking_change|2026-11-24|2026-11-24|10:00"
