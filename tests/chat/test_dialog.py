"""Whole conversations, from a table, and what the dialog promises about its state."""

import datetime as dt
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.chat.booking import TASKS
from voicebot.chat.chajipsa import KOREA, Chajipsa
from voicebot.chat.dialog import Dialog
from voicebot.chat.facts import Facts
from voicebot.chat.protocol import Exchange, ReplyDelta, Session, Turn, Understanding
from voicebot.chat.responses import Response, load_responses
from voicebot.clock import VirtualClock
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit

MONDAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=KOREA)
CASES = [
    block.splitlines()
    for block in (Path(__file__).parent / "dialog_cases.txt").read_text(encoding="utf-8").split("\n\n")[1:]
]
BANK = load_responses(DATA_DIR / "response_bank.csv")
FACTS = Facts.load(DATA_DIR / "facts.yaml")


@pytest.fixture(scope="module")
def chajipsa() -> Chajipsa:
    return Chajipsa(BANK, FACTS, clock=VirtualClock(MONDAY.timestamp()))


def say(chajipsa: Chajipsa, session: Session, text: str) -> ReplyDelta:
    (delta,) = chajipsa.reply(Turn(text), session)
    session.history.append(Exchange(text, delta.text))
    return delta


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_conversation_goes_as_the_table_says(chajipsa: Chajipsa, case: list[str]) -> None:
    session = Session("s")
    for line in case[1:]:
        said, intent, part, hand_over = [cell.strip() for cell in [*line.split("|"), ""]][:4]
        before = dict(session.state)
        understood = chajipsa.understand(Turn(said), before)
        delta = say(chajipsa, session, said)
        assert delta.understanding is not None
        assert (delta.understanding.intent, delta.hand_over) == (intent, hand_over), (said, delta.text)
        assert part in delta.text, (said, delta.text)
        assert delta.text == FACTS.fill(delta.template)
        assert understood.intent == intent
        assert json.loads(json.dumps(session.state)) == session.state
        assert all(isinstance(value, str) and value for value in session.state.values())
        assert len(json.dumps(session.state)) < 1000


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 30


def test_a_complete_booking_is_left_in_the_state(chajipsa: Chajipsa) -> None:
    session = Session("s")
    for text in ("내일 오후 세 시 강남점 엔진오일 예약할게요", "네"):
        say(chajipsa, session, text)
    assert session.state["booked"] == "booking_new|엔진오일 교환|강남점|2026-11-24|15:00"
    assert "task" not in session.state


def test_words_that_lean_on_what_was_said_are_marked(chajipsa: Chajipsa) -> None:
    session = Session("s")
    marks = [
        say(chajipsa, session, text).understanding.is_contextual  # type: ignore[union-attr]
        for text in ("엔진오일 얼마예요", "그럼 시간은요", "예약하고 싶어요", "강남점이요")
    ]
    assert marks == [False, True, True, True]


def test_a_second_repeat_is_slower_and_shorter(chajipsa: Chajipsa) -> None:
    session = Session("s")
    texts = ("배터리 가는 데 오래 걸려요", "다시 말해 주세요", "다시 한번요", "너무 빨라요 천천히 말해 주세요")
    deltas = [say(chajipsa, session, text) for text in texts]
    assert [delta.speed for delta in deltas] == [1.0, 1.0, 0.85, 0.85]
    assert len(deltas[2].text) < len(deltas[1].text)


def test_today_is_bookable_only_in_the_morning() -> None:
    afternoon = Chajipsa(BANK, FACTS, clock=VirtualClock(MONDAY.replace(hour=14).timestamp()))
    assert "오전 11시까지" in say(afternoon, Session("s"), "오늘 강남점 세차 예약할게요").text


def test_after_an_approved_answer_the_talk_goes_on_from_its_intent(chajipsa: Chajipsa) -> None:
    state = chajipsa.dialog.after_answer("booking_new", {"missed": "1", "asked": "more"})
    assert state == {"topic": "booking_new"}
    session = Session("s", state=state)
    assert "어느 날" in say(chajipsa, session, "세차 강남점이요").text


WORDS = st.lists(
    st.sampled_from(
        [
            "예약",
            "취소",
            "변경",
            "네",
            "아니요",
            "강남점",
            "분당",
            "내일",
            "일요일",
            "3월",
            "2일",
            "99일",
            "오후",
            "세",
            "시",
            "25시",
            "엔진오일",
            "세차",
            "얼마예요",
            "시간은요",
            "다시",
            "뭐라고요?",
            "상담원",
            "끊을게요",
            "그럼",
            "주말에도요",
            "어디예요",
            "로",
            "요",
            "은요",
            "2월",
            "29일",
            "됐어요",
            "ㅋㅋ",
            "<date>",
            "{branch}",
            "|",
            "a",
            "에요",
            "에",
        ]
    ),
    max_size=30,
).map(" ".join)
VALUES = st.sampled_from(
    [
        *TASKS,
        "",
        "x",
        "{x}",
        "2026-11-25",
        "2026-02-29",
        "99",
        "15:00",
        "오후",
        "branch.gangnam",
        "confirm",
        "fix",
        "more",
        "date",
        "was",
        "tire-01",
        "a" * 300,
    ]
)
NAMES = st.sampled_from(
    [
        "topic",
        "answer",
        "missed",
        "repeats",
        "task",
        "asked",
        "service",
        "branch",
        "was",
        "date",
        "time",
        "booked",
        "other",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, VALUES), st.lists(WORDS, min_size=1, max_size=4))
def test_no_words_and_no_state_can_break_it(chajipsa: Chajipsa, state: dict[str, str], turns: list[str]) -> None:
    session = Session("s", [Exchange("네", "그건 {x.y}예요")], state)
    for text in turns:
        delta = say(chajipsa, session, text)
        assert delta.text.strip()
        assert "{" not in delta.text or "{" in text
        assert "<" not in delta.text or "<" in text


@pytest.mark.parametrize(
    "text", ["에요" * 500, "네" * 1000, "다시" * 500, "예약 " * 300, "1일 " * 300, "가" * 1024 + "은요"]
)
def test_a_long_turn_is_answered_quickly(chajipsa: Chajipsa, text: str) -> None:
    started_s = time.perf_counter()
    say(chajipsa, Session("s", state={"topic": "tire", "answer": "tire-01"}), text)
    assert time.perf_counter() - started_s < 1


class Knowing:
    """An understander that knows an intent and no answer."""

    def __init__(self, intent: str) -> None:
        self._intent = intent

    def understand(self, turn: Turn) -> Understanding:
        return Understanding(self._intent, 0.9)


@pytest.mark.parametrize(
    ("intent", "part"),
    [("tire", "어떤 점이 궁금하신지"), ("location", "네 곳"), ("booking_new", "날짜와 지점"), ("emergency", "비상등")],
)
def test_an_intent_without_an_answer_is_asked_about_or_answered_in_general(intent: str, part: str) -> None:
    move = Dialog(BANK, FACTS, Knowing(intent), 2).move("아무 말", {}, MONDAY)
    assert part in FACTS.fill(move.template)
    assert move.understanding.intent == intent
    assert move.state["topic"] == intent


def test_a_small_bank_without_the_usual_intents_is_enough() -> None:
    bank = [Response("a", "oil", "기름이에요.", "기름이 뭐예요")]
    chajipsa = Chajipsa(bank, Facts({}), clock=VirtualClock(MONDAY.timestamp()))
    session = Session("s")
    expected = {
        "상담원 바꿔 주세요": "agent", "뭐라고요": "", "예약할게요": "", "내일 세 시요": "", "강남점이요": "", "끊을게요": "goodbye",
    }  # fmt: skip
    assert [say(chajipsa, session, text).hand_over for text in expected] == list(expected.values())
