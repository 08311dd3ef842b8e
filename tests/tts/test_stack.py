"""The wrappers put together: what a caller gets when an engine is slow, down, silent or refuses."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from tests.tts.wrappers.scripted import ScriptedTts, named, refused
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError, InputError
from voicebot.settings.tts import TtsSettings
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.stack import build_link, build_stack, chain_names
from voicebot.tts.wrappers.metered import Meter

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("타이어 4개 교체는 30분쯤 걸립니다.")


def stack(
    *engines: SpeechEngine, cache: Path | None = None, meter: Meter | None = None, **keys: object
) -> SpeechEngine:
    tts = TtsSettings.model_validate({"tries": 1, **keys})
    links = {engine.info.name: build_link(engine.info.name, engine, tts, VirtualClock(), meter) for engine in engines}
    return build_stack(links, tts, cache=cache)


def test_engine_gets_the_spoken_form() -> None:
    engine = ScriptedTts()
    list(stack(engine).stream(REQUEST))
    assert engine.requests[0].text == "타이어 네 개 교체는 삼십 분쯤 걸립니다."


def test_cache_belongs_to_the_engine_that_spoke(tmp_path: Path) -> None:
    first = ScriptedTts([refused()], [3], info=named("first"))
    second = ScriptedTts(level=2000, info=named("second"))
    both = stack(first, second, cache=tmp_path, breaker_failures=9)
    assert collect(both.stream(REQUEST)).samples[0] == 2000
    assert collect(both.stream(REQUEST)).samples[0] == 1000
    assert collect(both.stream(REQUEST)).samples[0] == 1000
    assert (len(first.requests), len(second.requests)) == (2, 1)


def test_what_is_cached_costs_nothing(tmp_path: Path) -> None:
    meter = Meter()
    engine = stack(ScriptedTts(), cache=tmp_path, meter=meter)
    for _ in range(3):
        list(engine.stream(REQUEST))
    assert meter.totals()["scripted"].requests == 1


def test_nothing_is_asked_of_an_engine_for_a_senseless_request() -> None:
    engine = ScriptedTts()
    with pytest.raises(InputError):
        stack(engine).stream(SpeechRequest("ㅋㅋㅋ"))
    with pytest.raises(InputError, match="cannot imitate"):
        stack(engine).stream(SpeechRequest("네", reference=b"RIFF"))
    assert engine.requests == []


def test_silent_engine_is_asked_again_and_then_replaced() -> None:
    first, second = ScriptedTts([0], info=named("first")), ScriptedTts(level=2000, info=named("second"))
    assert collect(stack(first, second, tries=2).stream(REQUEST)).samples[0] == 2000
    assert len(first.requests) == 2


FAULTS: dict[str, Callable[[threading.Event], list[object]]] = {
    "hangs at once": lambda release: [lambda: release.wait(5)],
    "hangs amid": lambda release: [1, lambda: release.wait(5)],
    "refuses": lambda _: [refused()],
    "is silent": lambda _: [0],
    "breaks off": lambda _: [1, refused()],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_takes_longer_than_the_total(fault: str) -> None:
    release = threading.Event()
    engine = ScriptedTts(FAULTS[fault](release))  # type: ignore[arg-type]
    started_s = time.monotonic()
    with pytest.raises(EngineError) as caught:
        list(stack(engine, first_audio_s=0.1, total_s=0.2, tries=5).stream(REQUEST))
    release.set()
    assert time.monotonic() - started_s < 3
    assert caught.value.retryable


def test_limits_of_an_engine_go_before_the_common_ones() -> None:
    release = threading.Event()
    engine = ScriptedTts([lambda: release.wait(5)], info=named("fish"))
    started_s = time.monotonic()
    with pytest.raises(EngineError, match=r"fish: not finished within 0\.1 s"):
        list(stack(engine, fish={"total_s": 0.1, "first_byte_s": 0.1}).stream(REQUEST))
    release.set()
    assert time.monotonic() - started_s < 3


def test_sixteen_pieces_work_at_once_and_come_in_order() -> None:
    text = "타이어 교체는 예약하시면 금방 끝납니다. " * 40
    engine = FakeTts(delay_s=0.05)
    started_s = time.monotonic()
    speaking = stack(engine, parallel_chunks=16, first_chunk_max_chars=30, chunk_max_chars=30)
    audio = b"".join(chunk.data for chunk in speaking.stream(SpeechRequest(text)))
    taken_s = time.monotonic() - started_s
    texts = [request.text for request in engine.requests]
    assert len(texts) == 40
    assert len(set(texts)) == 1
    assert audio == engine.tone(texts[0], 16000).to_bytes("pcm_s16le") * 40
    assert taken_s < 40 * 0.05 / 2


def test_sixteen_ahead_still_are_no_more_than_the_engine_takes() -> None:
    engine = FakeTts(delay_s=0.01)
    text = "타이어 교체는 예약하시면 금방 끝납니다. " * 20
    limits = {"max_concurrent": 2, "first_chunk_max_chars": 30, "chunk_max_chars": 30}
    started_s = time.monotonic()
    list(stack(engine, parallel_chunks=16, **limits).stream(SpeechRequest(text)))
    assert len(engine.requests) == 20
    assert time.monotonic() - started_s > 19 * 0.01 / 2


def test_chain_names_each_engine_once() -> None:
    assert chain_names("fish", ["polly", "fish", "local"]) == ("fish", "polly", "local")
