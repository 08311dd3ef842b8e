"""A caller's turn: hit, miss, silence, repeats."""

import pytest

from voicebot.cache.protocol import Miss
from voicebot.chat.protocol import Turn, Understanding
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.turns.protocol import Task, TurnRequest
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
    def understand(turn: Turn) -> Understanding:
        return Understanding("tire", 0.9, "tire-01") if "타이어" in turn.text else Understanding("", 0.1)

    clock = VirtualClock(100.0, timer=lambda: 0.0)
    return TurnService(voicebot.lookup, voicebot.inbox, voicebot.jobs, worker, understand, clock, 2, True)


def approve(voicebot: Voicebot, utterance: str, answer: str) -> None:
    voicebot.inbox.record(Miss(voicebot.lookup.key(utterance), utterance, answer))
    voicebot.approval().run()


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
    outcome = turns.open(TurnRequest("call", 1, "타이어 때문에요 제 번호는 010-1234-5678이에요"))
    assert (outcome.is_hit, outcome.next, outcome.intent) == (False, "answer", "tire")
    assert len(worker.tasks) == 1
    items = list(voicebot.inbox.scan())
    assert len(items) == 1
    for text in (items[0].utterance, items[0].id, worker.tasks[0].utterance):
        assert "1234" not in text


def test_a_repeated_request_changes_nothing(voicebot: Voicebot, turns: TurnService, worker: WorkerLog) -> None:
    first = turns.open(TurnRequest("call", 1, "타이어 갈고 싶어요"))
    again = turns.open(TurnRequest("call", 1, "타이어 갈고 싶어요"))
    assert (again.job_id, again.next, again.intent) == (first.job_id, first.next, first.intent)
    assert len(worker.tasks) == 1
    assert [item.count for item in voicebot.inbox.scan()] == [1]


def test_silence_asks_again_once_and_then_hands_over(turns: TurnService) -> None:
    first = turns.open(TurnRequest("call", 1, ""))
    assert (first.next, first.misunderstandings) == ("reprompt", 1)
    assert turns.open(TurnRequest("call", 2, "ㅋㅋ", misunderstandings=1)).next == "agent"


def test_two_misunderstandings_in_a_row_hand_over(turns: TurnService) -> None:
    first = turns.open(TurnRequest("call", 1, "우리 집 고양이가 울어요"))
    assert (first.next, first.misunderstandings) == ("answer", 1)
    assert turns.open(TurnRequest("call", 2, "고양이 밥 주세요", misunderstandings=1)).next == "agent"


def test_being_understood_forgets_earlier_misunderstandings(turns: TurnService) -> None:
    assert turns.open(TurnRequest("call", 2, "타이어요", misunderstandings=1)).misunderstandings == 0


@pytest.mark.parametrize(
    ("lex_intent", "expected"), [("AgentRequest", "agent"), ("OptOut", "opt_out"), ("Goodbye", "goodbye")]
)
def test_what_lex_recognised_decides_where_the_flow_goes(turns: TurnService, lex_intent: str, expected: str) -> None:
    outcome = turns.open(TurnRequest("call", 1, "사람 바꿔 주세요", lex_intent=lex_intent))
    assert (outcome.next, outcome.misunderstandings) == (expected, 0)
