import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.tts.wrappers.scripted import ScriptedTts, Step, named, refused
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, EngineError, InputError, NotFoundError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, collect
from voicebot.tts.wrappers.breaker import PROBE_TEXT, BreakerTts
from voicebot.tts.wrappers.chunked import ChunkedTts
from voicebot.tts.wrappers.fallback import FallbackTts, Link
from voicebot.tts.wrappers.formatted import FormattedTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.", voice="one", style="calm")
TEXT = SpeechRequest("타이어 교체는 예약하시면 금방 끝납니다. " * 8)


def chain(*engines: SpeechEngine, clock: VirtualClock | None = None, max_failures: int = 3) -> FallbackTts:
    breakers = [BreakerTts(FormattedTts(engine), max_failures, 30, clock) for engine in engines]
    return FallbackTts([Link(breaker, breaker) for breaker in breakers])


def chunked(fallback: FallbackTts, pieces_ahead: int = 4) -> ChunkedTts:
    return ChunkedTts(fallback, 30, 30, pieces_ahead, fallback.pieces)


def heard(stream: Iterator[AudioChunk]) -> list[int]:
    """Return which engine speaks, by its level, each change once; the edges of resampled audio do not count."""
    found: list[int] = []
    for sample in collect(stream).samples[200::400].tolist():
        level = round(sample, -3)
        if level and level not in found[-1:]:
            found.append(level)
    return found


def test_next_engine_speaks_with_a_voice_of_its_own() -> None:
    first, second = ScriptedTts([refused()]), ScriptedTts(level=2000)
    assert heard(chain(first, second).stream(REQUEST)) == [2000]
    assert first.requests[0].voice == "one"
    assert (second.requests[0].voice, second.requests[0].style) == (None, None)


def test_all_audio_has_the_rate_of_the_first() -> None:
    second = ScriptedTts(level=2000, info=named("second", 24000))
    clip = collect(chain(ScriptedTts([refused()]), second).stream(REQUEST))
    assert (clip.sample_rate_hz, round(clip.duration_s, 3)) == (16000, 0.06)


def test_asked_format_holds_for_all() -> None:
    request = SpeechRequest("네", sample_rate_hz=8000, encoding="mulaw")
    chunks = list(chain(ScriptedTts([refused()]), ScriptedTts(info=named("second", 44100))).stream(request))
    assert {(chunk.encoding, chunk.sample_rate_hz) for chunk in chunks} == {("mulaw", 8000)}


def test_text_fits_every_engine() -> None:
    assert chain(ScriptedTts(), ScriptedTts(info=named("second", max_chars=50))).info.max_chars == 50


def test_what_began_is_not_said_again_by_another() -> None:
    second = ScriptedTts()
    with pytest.raises(EngineError, match="told to fail"):
        list(chain(ScriptedTts([1, refused()]), second).stream(REQUEST))
    assert second.requests == []


@pytest.mark.parametrize("error", [InputError("no"), NotFoundError("no voice"), ZeroDivisionError()])
def test_what_another_engine_cannot_mend_is_said(error: Exception) -> None:
    with pytest.raises(type(error)):
        list(chain(ScriptedTts([error]), ScriptedTts()).stream(REQUEST))


def test_engine_that_is_not_set_up_is_passed_over() -> None:
    assert heard(chain(ScriptedTts([ConfigError("no key")]), ScriptedTts(level=2000)).stream(REQUEST)) == [2000]


def test_all_failures_are_told() -> None:
    engines = [ScriptedTts([refused(name, retryable=name == "b")], info=named(name)) for name in "ab"]
    with pytest.raises(EngineError, match=r"no engine could speak: a: .*; b: ") as caught:
        list(chain(*engines).stream(REQUEST))
    assert caught.value.retryable


def test_failure_of_the_only_engine_is_its_own() -> None:
    with pytest.raises(EngineError, match=r"^scripted: was told to fail$"):
        list(chain(ScriptedTts([refused()])).stream(REQUEST))


# One text


def test_voice_changes_between_pieces_and_never_back() -> None:
    first = ScriptedTts([3], [3], [refused()], [3])
    second = ScriptedTts(level=2000)
    assert heard(chunked(chain(first, second), 1).stream(TEXT)) == [1000, 2000]


def test_pieces_that_were_ahead_are_made_again_in_the_new_voice() -> None:
    late = threading.Event()

    def wait() -> bool:
        return late.wait(0.05)

    scripts: list[list[Step]] = [[3], [wait, refused()], [3], [3], [3]]
    first, second = ScriptedTts(*scripts), ScriptedTts(level=2000)
    assert heard(chunked(chain(first, second), 16).stream(TEXT)) == [1000, 2000]
    assert len(first.requests) > 3


@pytest.mark.parametrize("failing", range(1, 8))
def test_any_piece_may_be_the_one_that_fails(failing: int) -> None:
    scripts: list[list[Step]] = [[3]] * failing + [[refused()]] + [[3]]
    first, second = ScriptedTts(*scripts), ScriptedTts(level=2000)
    voices = heard(chunked(chain(first, second), 16).stream(TEXT))
    assert voices == [1000, 2000][: len(voices)]


def test_next_text_begins_with_the_first_engine_again() -> None:
    fallback = chunked(chain(ScriptedTts([3], [refused()], [3]), ScriptedTts(level=2000)), 1)
    assert heard(fallback.stream(TEXT)) == [1000, 2000]
    assert heard(fallback.stream(TEXT)) == [1000]


def test_order_and_length_are_kept_with_sixteen_ahead() -> None:
    text = SpeechRequest("타이어 교체는 예약하시면 금방 끝납니다. " * 60)
    first, second = ScriptedTts(*([[3]] * 20), [refused()], [refused()]), ScriptedTts(level=2000)
    fallback = chain(first, second)
    clip = collect(chunked(fallback, 16).stream(text))
    assert clip.duration_s == pytest.approx(60 * 0.06)


def test_abandoned_text_leaves_no_thread() -> None:
    before = threading.active_count()
    stream = chunked(chain(ScriptedTts([3], [lambda: time.sleep(0.02), 3]), ScriptedTts()), 8).stream(TEXT)
    for _ in range(2):
        next(stream)
    del stream
    until_s = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until_s:
        time.sleep(0.005)
    assert threading.active_count() <= before


# The breaker


def test_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = BreakerTts(ScriptedTts([refused()], [1], [refused()], [refused()], [1]), 2, 30, VirtualClock())
    states = []
    for _ in range(5):
        with suppress(EngineError):
            list(breaker.stream(REQUEST))
        states.append(breaker.is_open)
    assert states == [False, False, False, True, False]


def test_engine_with_an_open_breaker_is_passed_over() -> None:
    first, second = ScriptedTts([refused()]), ScriptedTts(level=2000)
    fallback = chain(first, second, clock=VirtualClock(), max_failures=2)
    for _ in range(5):
        assert heard(fallback.stream(REQUEST)) == [2000]
    assert len(first.requests) == 2


def test_engine_with_an_open_breaker_is_asked_when_no_other_can() -> None:
    first, second = ScriptedTts([refused()], [3]), ScriptedTts([refused()])
    fallback = chain(first, second, clock=VirtualClock(), max_failures=1)
    with pytest.raises(EngineError):
        list(fallback.stream(REQUEST))
    assert heard(fallback.stream(REQUEST)) == [1000]


def test_probe_closes_it_after_the_pause_beside_the_callers() -> None:
    clock = VirtualClock()
    first, second = ScriptedTts([refused()], [refused()], [3]), ScriptedTts(level=2000)
    fallback = chain(first, second, clock=clock, max_failures=1)
    assert heard(fallback.stream(REQUEST)) == [2000]
    clock.sleep(29)
    assert heard(fallback.stream(REQUEST)) == [2000]
    assert len(first.requests) == 1
    clock.sleep(2)  # the first probe fails, and so starts another pause
    assert heard(fallback.stream(REQUEST)) == [2000]
    wait_for(lambda: first.closed == 2)
    clock.sleep(31)
    until_s = time.monotonic() + 5
    while heard(fallback.stream(REQUEST)) == [2000] and time.monotonic() < until_s:
        time.sleep(0.002)
        clock.sleep(31)
    assert heard(fallback.stream(REQUEST)) == [1000]
    assert [request.text for request in first.requests].count(PROBE_TEXT) == 2


def test_probe_is_one_at_a_time() -> None:
    clock, release = VirtualClock(), threading.Event()
    breaker = BreakerTts(ScriptedTts([refused()], [lambda: release.wait(5), 1]), 1, 30, clock)
    with pytest.raises(EngineError):
        list(breaker.stream(REQUEST))
    clock.sleep(31)
    assert [breaker.probe() for _ in range(3)] == [True, False, False]
    release.set()
    wait_for(lambda: not breaker.is_open)


def wait_for(condition) -> None:  # type: ignore[no-untyped-def]
    until_s = time.monotonic() + 5
    while not condition() and time.monotonic() < until_s:
        time.sleep(0.001)
    assert condition()
