"""A caller's turn: hit, miss, silence, repeats, follow-ups, bookings."""

from collections.abc import Mapping

import pytest

from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.turns.protocol import Task, TurnOutcome, TurnRequest
from voicebot.turns.service import TurnService

pytestmark = pytest.mark.unit


class WorkerLog:
    """A `WorkerInvoker` that keeps what it was asked to start."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def start(self, task: Task) -> None:
        self.tasks.append(task)


@pytest.fixture
def worker() -> WorkerLog:
    return WorkerLog()


@pytest.fixture
def turns(voicebot: Voicebot, worker: WorkerLog) -> TurnService:
    clock = VirtualClock(1_795_000_000.0, timer=lambda: 0.0)
    return TurnService(
        voicebot.lookup, voicebot.inbox, voicebot.jobs, voicebot.bookings, worker, voicebot.chajipsa, clock, 2, True
    )


def approve(voicebot: Voicebot, utterance: str, answer: str) -> None:
    voicebot.inbox.record(Miss(voicebot.lookup.key(utterance), utterance, answer))
    voicebot.approval().run()


def talk(turns: TurnService, *utterances: str) -> list[TurnOutcome]:
    """Say one thing after the other, with the memory carried along."""
    outcomes: list[TurnOutcome] = []
    memory: Mapping[str, str] = {}
    for number, utterance in enumerate(utterances, 1):
        outcomes.append(turns.open(TurnRequest("call", number, utterance, memory=memory)))
        memory = outcomes[-1].memory
    return outcomes


def test_a_hit_plays_the_approved_clip_and_starts_no_work(
    voicebot: Voicebot, turns: TurnService, worker: WorkerLog
) -> None:
    approve(voicebot, "토요일에도 해요", "네, 토요일에도 열어요.")
    outcome = turns.open(TurnRequest("call", 1, "저기 토요일에도해요"))
    assert (outcome.is_hit, outcome.next) == (True, "answer")
    job = voicebot.jobs.get(outcome.job_id)
    assert job is not None
    assert [clip.text for clip in job.clips] == ["네, 토요일에도 열어요."]
    assert worker.tasks == []


def test_a_miss_starts_the_worker_and_lands_in_the_inbox_masked(
    voicebot: Voicebot, turns: TurnService, worker: WorkerLog
) -> None:
    outcome = turns.open(TurnRequest("call", 1, "엔진오일 얼마예요 제 번호는 010-1234-5678이에요"))
    assert (outcome.is_hit, outcome.next) == (False, "answer")
    assert len(worker.tasks) == 1
    items = list(voicebot.inbox.scan())
    assert len(items) == 1
    for text in (items[0].utterance, items[0].id, worker.tasks[0].utterance):
        assert "1234" not in text


def test_a_repeated_request_changes_nothing(voicebot: Voicebot, turns: TurnService, worker: WorkerLog) -> None:
    first = turns.open(TurnRequest("call", 1, "엔진오일 교환하면 얼마예요"))
    again = turns.open(TurnRequest("call", 1, "엔진오일 교환하면 얼마예요"))
    assert (again.job_id, again.next, again.intent, again.memory) == (
        first.job_id,
        first.next,
        first.intent,
        first.memory,
    )
    assert len(worker.tasks) == 1
    assert [item.count for item in voicebot.inbox.scan()] == [1]


def test_silence_asks_again_once_and_then_hands_over(turns: TurnService) -> None:
    assert [outcome.next for outcome in talk(turns, "", "ㅋㅋ")] == ["reprompt", "agent"]


def test_two_misunderstandings_in_a_row_hand_over(turns: TurnService, worker: WorkerLog) -> None:
    first, second = talk(turns, "우리 집 고양이가 밥을 안 먹어요", "어제 본 영화가 참 슬펐어요")
    assert (first.next, first.is_hit) == ("answer", False)
    assert (second.next, second.is_hit) == ("agent", None)
    assert len(worker.tasks) == 1


def test_being_understood_forgets_earlier_misunderstandings(turns: TurnService) -> None:
    outcomes = talk(
        turns, "우리 집 고양이가 밥을 안 먹어요", "엔진오일 교환하면 얼마예요", "어제 본 영화가 참 슬펐어요"
    )
    assert [outcome.next for outcome in outcomes] == ["answer", "answer", "answer"]


@pytest.mark.parametrize(
    ("lex_intent", "expected"), [("AgentRequest", "agent"), ("OptOut", "opt_out"), ("Goodbye", "goodbye")]
)
def test_what_lex_recognised_decides_where_the_flow_goes(
    voicebot: Voicebot, turns: TurnService, lex_intent: str, expected: str
) -> None:
    outcome = turns.open(TurnRequest("call", 1, "사람 바꿔 주세요", lex_intent=lex_intent))
    assert (outcome.next, outcome.job_id) == (expected, "")
    assert list(voicebot.inbox.scan()) == []


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("수신거부 취소하고 싶어요", "answer"),
        ("광고 수신에 다시 동의할게요", "answer"),
        ("수신 거부는 언제부터 적용돼요", "answer"),
        ("다시는 전화하지 마세요", "opt_out"),
    ],
)
def test_lex_alone_opts_nobody_out_who_takes_a_refusal_back(turns: TurnService, utterance: str, expected: str) -> None:
    assert turns.open(TurnRequest("call", 1, utterance, lex_intent="OptOut")).next == expected


def test_a_booking_is_collected_over_turns_and_kept_for_a_person(
    voicebot: Voicebot, turns: TurnService, worker: WorkerLog
) -> None:
    outcomes = talk(turns, "엔진오일 교환 예약하고 싶어요", "강남점이요", "내일 오후 세 시요", "네 맞아요")
    assert {outcome.next for outcome in outcomes} == {"answer"}
    booked = [booking.request for booking in voicebot.bookings.scan()]
    assert len(booked) == 1
    assert "강남점" in booked[0]
    assert all(task.is_scripted for task in worker.tasks[1:])
    assert "강남점이요" not in {item.utterance for item in voicebot.inbox.scan()}
