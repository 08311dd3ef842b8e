import threading
import time

import pytest

from tests.fakes.speech import FakeTts
from tests.tts.wrappers.scripted import ScriptedTts
from voicebot.errors import EngineError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.limited import Gate, LimitedTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.")


def hangs(release: threading.Event) -> bool:
    return release.wait(10)


def test_engine_that_hangs_before_the_first_audio_is_given_up() -> None:
    release = threading.Event()
    engine = DeadlinesTts(ScriptedTts([lambda: hangs(release), 1]), 0.05, 5)
    started_s = time.monotonic()
    with pytest.raises(EngineError, match=r"scripted: no audio within 0\.05 s") as caught:
        list(engine.stream(REQUEST))
    assert time.monotonic() - started_s < 3
    assert caught.value.retryable
    release.set()


def test_engine_that_hangs_later_is_given_up_at_the_total() -> None:
    release = threading.Event()
    stream = DeadlinesTts(ScriptedTts([1, lambda: hangs(release)]), 5, 0.05).stream(REQUEST)
    next(stream)
    with pytest.raises(EngineError, match=r"not finished within 0\.05 s"):
        next(stream)
    release.set()


def test_engine_that_drips_is_given_up_at_the_total() -> None:
    engine = ScriptedTts([step for _ in range(1000) for step in (1, lambda: time.sleep(0.005))])
    started_s = time.monotonic()
    with pytest.raises(EngineError, match="not finished"):
        list(DeadlinesTts(engine, 5, 0.05).stream(REQUEST))
    assert time.monotonic() - started_s < 3


def test_the_time_that_a_retry_has_left_is_the_limit() -> None:
    release = threading.Event()
    started_s = time.monotonic()
    with pytest.raises(EngineError):
        list(DeadlinesTts(ScriptedTts([lambda: hangs(release)]), 5, 5).stream(REQUEST, within_s=0.02))
    assert time.monotonic() - started_s < 3
    release.set()


def test_slow_listener_gets_all_of_it() -> None:
    engine = FakeTts(chunks=20)
    stream = DeadlinesTts(engine, 5, 0.05).stream(REQUEST)
    first = next(stream)
    time.sleep(0.1)
    data = first.data + b"".join(chunk.data for chunk in stream)
    assert data == engine.tone(REQUEST.text, 16000).to_bytes("pcm_s16le")


def test_time_in_line_does_not_count() -> None:
    gate = Gate("fake", max_concurrent=1, max_wait_s=5)
    engine = DeadlinesTts(LimitedTts(FakeTts(delay_s=0.1), gate), 0.4, 0.4)
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(len(list(engine.stream(REQUEST))))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert done == [3] * 6


def test_listener_who_goes_stops_the_engine() -> None:
    engine = FakeTts(chunks=1000)
    stream = DeadlinesTts(engine).stream(REQUEST)
    next(stream)
    del stream
    until_s = time.monotonic() + 5
    while not engine.closed and time.monotonic() < until_s:
        time.sleep(0.001)
    assert engine.closed == 1


def test_bug_of_an_engine_is_seen_as_one() -> None:
    with pytest.raises(ZeroDivisionError):
        list(DeadlinesTts(ScriptedTts([lambda: 1 // 0])).stream(REQUEST))


def test_engine_that_gives_up_at_the_same_moment_is_told_as_late() -> None:
    def gives_up() -> None:
        time.sleep(0.06)
        raise EngineError("I took too long", engine="scripted", retryable=False)

    stream = DeadlinesTts(ScriptedTts([1, gives_up]), 5, 0.05).stream(REQUEST)
    next(stream)
    time.sleep(0.1)
    with pytest.raises(EngineError, match=r"not finished within 0\.05 s"):
        next(stream)


def test_slow_listener_still_hears_why_an_engine_failed() -> None:
    stream = DeadlinesTts(FakeTts(fail_after=1), 5, 0.05).stream(REQUEST)
    next(stream)
    time.sleep(0.1)
    with pytest.raises(EngineError, match="told to fail"):
        next(stream)
