import pytest

from tests.tts.wrappers.scripted import ScriptedTts, refused, retrying
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError, InputError, VoicebotError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.retrying import RetryingTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.")


def test_second_try_is_heard_after_a_pause() -> None:
    engine, clock = ScriptedTts([refused()], [2]), VirtualClock()
    assert len(list(retrying(engine, clock).stream(REQUEST))) == 2
    assert engine.requests == [REQUEST, REQUEST]
    assert clock.now() == 0.25


def test_pauses_double_up_to_the_longest() -> None:
    engine, clock = ScriptedTts([refused()]), VirtualClock()
    with pytest.raises(EngineError):
        list(retrying(engine, clock, tries=8, total_s=100).stream(REQUEST))
    assert clock.now() == 0.25 + 0.5 + 1 + 2 + 4 + 4 + 4


def test_pauses_have_chance_in_them() -> None:
    engine, clock = ScriptedTts([refused()], [1]), VirtualClock()
    list(RetryingTts(DeadlinesTts(engine), clock=clock, chance=lambda: 0.0).stream(REQUEST))
    assert clock.now() == 0.125


def test_provider_says_when() -> None:
    engine, clock = ScriptedTts([refused(retry_after_s=7)], [1]), VirtualClock()
    list(retrying(engine, clock).stream(REQUEST))
    assert clock.now() == 7


def test_provider_that_asks_for_more_time_than_there_is_ends_it_at_once() -> None:
    engine, clock = ScriptedTts([refused(retry_after_s=31)], [1]), VirtualClock()
    with pytest.raises(EngineError) as caught:
        list(retrying(engine, clock).stream(REQUEST))
    assert (clock.now(), len(engine.requests), caught.value.retry_after_s) == (0, 1, 31)


def test_tries_share_one_total() -> None:
    clock = VirtualClock()
    engine = ScriptedTts([lambda: clock.sleep(12), refused()])
    with pytest.raises(EngineError):
        list(retrying(engine, clock, tries=9).stream(REQUEST))
    assert len(engine.requests) == 3
    assert clock.now() < 30 + 12


def test_silent_stream_is_asked_again() -> None:
    engine = ScriptedTts([0], [1])
    assert len(list(retrying(engine, VirtualClock()).stream(REQUEST))) == 1


def test_silence_to_the_last_is_an_error() -> None:
    engine = ScriptedTts([0])
    with pytest.raises(EngineError, match="no audio came back"):
        list(retrying(engine, VirtualClock()).stream(REQUEST))
    assert len(engine.requests) == 3


@pytest.mark.parametrize("error", [refused(retryable=False), InputError("no"), ValueError("a bug")])
def test_what_no_try_can_mend_is_not_tried(error: Exception) -> None:
    engine, clock = ScriptedTts([error], [1]), VirtualClock()
    with pytest.raises(type(error)):
        list(retrying(engine, clock).stream(REQUEST))
    assert (clock.now(), len(engine.requests)) == (0, 1)


def test_nothing_is_said_twice() -> None:
    engine = ScriptedTts([1, refused()], [3])
    stream = retrying(engine, VirtualClock()).stream(REQUEST)
    next(stream)
    with pytest.raises(VoicebotError, match="told to fail"):
        next(stream)
    assert len(engine.requests) == 1
