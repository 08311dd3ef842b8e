"""The rules of the speech engine protocol over every engine that is a server's client, on real sockets."""

import gc
import logging
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.fakes.speech_servers.server import KEY, SLOW_S, TONE_S, Fault, pitch_hz
from tests.tts.engines.cases import CASES, AnyServer, Case
from voicebot.audio.clip import Clip
from voicebot.errors import NotFoundError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, collect
from voicebot.tts.registry import ENGINES
from voicebot.tts.wrappers.formatted import FormattedTts

pytestmark = pytest.mark.contract

TEXT = "주문하신 엔진 오일 세 개, 총 십이만 오천 원입니다. 두 시 삼십 분에 전화드릴게요."
WITHOUT_SERVER = {"local", "supertonic"}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def server(case: Case) -> Iterator[AnyServer]:
    with case.serve(Fault()) as server:
        yield server


@pytest.fixture
def engine(case: Case, server: AnyServer) -> SpeechEngine:
    return case.build(server.url)


def test_every_registered_engine_has_a_server_here() -> None:
    assert {case.engine for case in CASES} == set(ENGINES) - WITHOUT_SERVER


def test_info_is_complete(engine: SpeechEngine, case: Case) -> None:
    info = engine.info
    assert info.name == case.engine
    assert info.version
    assert "ko" in info.languages
    assert info.max_chars > 1000
    assert info.sample_rates_hz
    assert info.encodings[0] == "pcm_s16le"


def test_the_server_gets_the_text_and_sound_comes_back(engine: SpeechEngine, server: AnyServer) -> None:
    chunks = list(engine.stream(SpeechRequest(TEXT)))
    assert server.said() == [TEXT]
    assert {type(chunk) for chunk in chunks} == {AudioChunk}
    assert all(chunk.data for chunk in chunks)
    assert {chunk.encoding for chunk in chunks} <= set(engine.info.encodings)
    assert {chunk.sample_rate_hz for chunk in chunks} <= set(engine.info.sample_rates_hz)
    assert is_tone(collect(chunks))


def test_audio_comes_in_pieces(engine: SpeechEngine) -> None:
    assert len(list(engine.stream(SpeechRequest(TEXT)))) > 1


@pytest.mark.parametrize(("encoding", "rate_hz"), [("mulaw", 8000), ("pcm_s16le", 8000), ("pcm_s16le", 16000)])
def test_any_telephone_format_can_be_had(engine: SpeechEngine, encoding: str, rate_hz: int) -> None:
    request = SpeechRequest(TEXT, sample_rate_hz=rate_hz, encoding=encoding)  # type: ignore[arg-type]
    clip = collect(FormattedTts(engine).stream(request))
    assert clip.sample_rate_hz == rate_hz
    assert is_tone(clip)


def test_mulaw_is_asked_for_where_the_engine_has_it(engine: SpeechEngine, case: Case) -> None:
    if "mulaw" not in engine.info.encodings or case.engine in ("openvoice", "gateway"):
        pytest.skip("the engine has no mu-law, or its server decides")
    chunks = list(engine.stream(SpeechRequest(TEXT, sample_rate_hz=8000, encoding="mulaw")))
    assert {(chunk.encoding, chunk.sample_rate_hz) for chunk in chunks} == {("mulaw", 8000)}


def test_unknown_voice_is_not_found(engine: SpeechEngine) -> None:
    with pytest.raises(NotFoundError, match="nobody") as caught:
        list(engine.stream(SpeechRequest(TEXT, voice="nobody")))
    assert "voices list" in str(caught.value.hint)


def test_voices_are_the_servers(engine: SpeechEngine) -> None:
    voices = engine.voices()
    assert len({voice.id for voice in voices}) == len(voices) >= 2


def test_health_is_good(engine: SpeechEngine) -> None:
    assert engine.health().ok, engine.health().detail
    assert KEY not in engine.health().detail


def test_a_slow_first_byte_is_waited_for(case: Case) -> None:
    with case.serve(Fault("slow")) as server:
        start_s = time.monotonic()
        clip = collect(case.build(server.url, first_byte_s=5.0).stream(SpeechRequest(TEXT)))
        assert is_tone(clip)
        assert time.monotonic() - start_s >= SLOW_S


def test_a_listener_that_is_slower_than_the_limits_hears_everything(case: Case) -> None:
    with case.serve(Fault()) as server:
        chunks = []
        for chunk in case.build(server.url, first_byte_s=0.8, total_s=0.9).stream(SpeechRequest(TEXT)):
            if not chunks:
                time.sleep(1.0)
            chunks.append(chunk)
        assert is_tone(collect(chunks))


def test_one_engine_serves_many_at_once(engine: SpeechEngine) -> None:
    clips: list[Clip] = []
    threads = [
        threading.Thread(target=lambda: clips.append(collect(engine.stream(SpeechRequest(TEXT))))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(clips) == 8
    assert all(is_tone(clip) for clip in clips)


def test_abandoned_stream_leaves_no_thread(case: Case) -> None:
    holds_back = case.way in ("realtime", "job")  # until a sentence, or a reply, is whole
    with case.serve(Fault("" if holds_back else "drip")) as server:
        engine = case.build(server.url, first_byte_s=2.0)
        before = {thread for thread in threading.enumerate() if thread.name.endswith(" request")}
        stream = engine.stream(SpeechRequest(TEXT))
        next(stream)
        del stream
        gc.collect()
        deadline = time.monotonic() + 5
        while requests_left(before) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not requests_left(before)


def test_logs_have_neither_the_text_nor_the_key(
    engine: SpeechEngine, server: AnyServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        list(engine.stream(SpeechRequest(TEXT)))
        engine.voices()
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert server.said() == [TEXT]
    assert "엔진 오일" not in written
    assert "\\uc5d4" not in written
    assert "%EC%97" not in written
    assert KEY not in written


def requests_left(before: set[threading.Thread]) -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.endswith(" request")} - before


def is_tone(clip: Clip) -> bool:
    """Return whether a clip is the tone that the servers make of the text (or of its sentences)."""
    spectrum = np.abs(np.fft.rfft(clip.samples))
    strongest_hz = int(np.argmax(spectrum)) * clip.sample_rate_hz / len(clip.samples)
    texts = [TEXT, *(f"{sentence}." for sentence in TEXT.rstrip(".").split(". "))]
    is_right_tone = any(abs(strongest_hz - pitch_hz(text)) < 10 for text in texts)
    seconds = clip.duration_s / TONE_S
    return is_right_tone and abs(seconds - round(seconds)) < 0.05 and 1 <= round(seconds) <= 2
