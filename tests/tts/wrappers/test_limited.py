import threading
import time

import pytest

from tests.fakes.speech import FakeTts
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.limited import Gate, LimitedTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.")


class Counting(FakeTts):
    """Knows how many streams ran at once."""

    def __init__(self) -> None:
        super().__init__(delay_s=0.005)
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def _audio(self, request):  # type: ignore[no-untyped-def]
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        yield from super()._audio(request)
        with self._lock:
            self._now -= 1


def test_no_more_run_at_once_than_allowed() -> None:
    engine = Counting()
    limited = LimitedTts(engine, Gate("fake", max_concurrent=3))
    threads = [threading.Thread(target=lambda: list(limited.stream(REQUEST))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert (engine.most, len(engine.requests)) == (3, 20)


def test_first_come_first_served() -> None:
    gate = Gate("fake", max_concurrent=1)
    order: list[int] = []

    def work(number: int) -> None:
        with gate.turn():
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    with gate.turn():
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(gate._line) < number:
                time.sleep(0.0005)
    for thread in threads:
        thread.join(5)
    assert order == list(range(12))


def test_wait_is_bounded_and_the_line_goes_on() -> None:
    gate = Gate("fake", max_concurrent=1, max_wait_s=0.02)
    with gate.turn(), pytest.raises(EngineError, match=r"no turn within 0\.02 s") as caught, gate.turn():
        pass
    assert caught.value.retryable
    with gate.turn():
        pass


def test_requests_of_a_minute_are_counted() -> None:
    clock = VirtualClock()
    gate = Gate("fake", per_minute=3, max_wait_s=100, clock=clock)
    at_s = []
    for _ in range(7):
        with gate.turn():
            at_s.append(clock.now())
        clock.sleep(1)
    assert at_s == [0, 1, 2, 60, 61, 62, 120]


def test_rate_that_gives_no_turn_in_time_is_said_at_once() -> None:
    clock = VirtualClock()
    gate = Gate("fake", per_minute=1, max_wait_s=10, clock=clock)
    with gate.turn():
        pass
    with pytest.raises(EngineError), gate.turn():
        pass
    assert clock.now() == 0
    clock.sleep(60)
    with gate.turn():
        pass


def test_turn_ends_with_the_engine_and_not_with_a_slow_listener() -> None:
    gate = Gate("fake", max_concurrent=1, max_wait_s=5)
    engine = DeadlinesTts(LimitedTts(FakeTts(), gate))
    slow = engine.stream(REQUEST)
    next(slow)
    assert len(list(engine.stream(REQUEST))) == 3
    assert len(list(slow)) == 2


def test_turn_ends_with_an_error() -> None:
    limited = LimitedTts(FakeTts(fail_after=1), Gate("fake", max_concurrent=1, max_wait_s=0.1))
    for _ in range(3):
        with pytest.raises(EngineError, match="told to fail"):
            list(limited.stream(REQUEST))
