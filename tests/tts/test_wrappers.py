import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.speech import FakeTts
from voicebot.audio.clip import Clip
from voicebot.audio.resample import resample
from voicebot.errors import EngineError, InputError
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.engines.local import LocalTts
from voicebot.tts.protocol import AudioChunk, SpeechRequest, collect
from voicebot.tts.speaker import Speaker
from voicebot.tts.wrappers.cached import CachedTts
from voicebot.tts.wrappers.checked import CheckedTts
from voicebot.tts.wrappers.chunked import ChunkedTts
from voicebot.tts.wrappers.formatted import FormattedTts
from voicebot.tts.wrappers.spoken import SpokenTts

pytestmark = pytest.mark.unit

LONG = "타이어 교체는 예약하시면 금방 끝납니다. " * 20


def audio(chunks: Iterator[AudioChunk]) -> bytes:
    return b"".join(chunk.data for chunk in chunks)


# Spoken form


def test_engine_gets_the_spoken_form() -> None:
    engine = FakeTts()
    list(SpokenTts(engine, {"KIXX": "킥스"}).stream(SpeechRequest("KIXX 오일 3개", speed=1.2)))
    assert engine.requests == [SpeechRequest("킥스 오일 세 개", speed=1.2)]


# Chunks


def test_pieces_come_in_order_and_nothing_is_lost() -> None:
    engine = FakeTts(delay_s=0.01)
    whole = audio(ChunkedTts(engine, 30, 50, pieces_ahead=4).stream(SpeechRequest(LONG)))
    texts = sorted((request.text for request in engine.requests), key=LONG.find)
    assert "".join("".join(texts).split()) == "".join(LONG.split())
    assert whole == b"".join(engine.tone(text, 16000).to_bytes("pcm_s16le") for text in texts)


def test_first_piece_is_short_and_heard_before_the_second_is_asked_for() -> None:
    engine = FakeTts()
    stream = ChunkedTts(engine, 30, 140).stream(SpeechRequest(LONG))
    next(stream)
    assert [len(request.text) <= 30 for request in engine.requests] == [True]


def test_no_more_pieces_are_made_than_the_bound() -> None:
    engine = FakeTts()
    stream = ChunkedTts(engine, 30, 50, pieces_ahead=3).stream(SpeechRequest(LONG))
    for _ in range(3):
        next(stream)
    time.sleep(0.1)
    assert len(engine.requests) == 1 + 3


def test_pieces_are_made_while_earlier_ones_are_heard() -> None:
    engine = FakeTts(chunks=1, delay_s=0.05)
    started = time.monotonic()
    list(ChunkedTts(engine, 30, 50, pieces_ahead=8).stream(SpeechRequest(LONG)))
    assert len(engine.requests) > 10
    assert time.monotonic() - started < 0.05 * len(engine.requests) * 0.6


def test_error_of_a_later_piece_comes_after_the_audio_before_it() -> None:
    stream = ChunkedTts(FakeTts(fail_after=2), 30, 50).stream(SpeechRequest(LONG))
    assert [len(next(stream).data) for _ in range(2)] == [640, 640]
    with pytest.raises(EngineError, match="told to fail"):
        next(stream)


def test_abandoned_stream_closes_every_engine_stream() -> None:
    engine = FakeTts(chunks=50)
    stream = ChunkedTts(engine, 30, 50).stream(SpeechRequest(LONG))
    next(stream)
    next(stream)
    del stream
    deadline = time.monotonic() + 5
    while engine.closed < len(engine.requests) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine.closed == len(engine.requests) == 3


def test_limit_of_the_engine_holds() -> None:
    engine = FakeTts()
    list(ChunkedTts(engine, 5000, 5000).stream(SpeechRequest(LONG * 10)))
    assert max(len(request.text) for request in engine.requests) <= engine.info.max_chars


def test_joins_of_the_embedded_voice_do_not_click() -> None:
    request = SpeechRequest("안녕하세요. 반갑습니다. " * 10, sample_rate_hz=8000)
    engine = FormattedTts(LocalTts(LocalTtsSettings()))
    steps = np.abs(np.diff(collect(ChunkedTts(engine, 10, 20).stream(request)).samples.astype(int)))
    within = np.abs(
        np.diff(collect(engine.stream(replace(request, text="안녕하세요. 반갑습니다."))).samples.astype(int))
    )
    assert steps.max() <= 1.2 * within.max()


# Formats


def test_other_rate_and_encoding_equal_those_of_the_whole() -> None:
    engine = FakeTts(sample_rates_hz=(22050,), cut_bytes=777)
    stream = FormattedTts(engine).stream(SpeechRequest("가", sample_rate_hz=8000, encoding="mulaw"))
    chunks = list(stream)
    assert {(chunk.encoding, chunk.sample_rate_hz) for chunk in chunks} == {("mulaw", 8000)}
    assert audio(iter(chunks)) == resample(engine.tone("가", 22050), 8000).to_bytes("mulaw")


def test_native_telephone_audio_passes_untouched() -> None:
    engine = FakeTts(sample_rates_hz=(24000, 8000), encodings=("pcm_s16le", "mulaw"))
    request = SpeechRequest("가", sample_rate_hz=8000, encoding="mulaw")
    assert audio(FormattedTts(engine).stream(request)) == engine.tone("가", 8000).to_bytes("mulaw")
    assert engine.requests == [request]


def test_mulaw_engine_can_give_pcm() -> None:
    engine = FakeTts(sample_rates_hz=(8000,), encodings=("mulaw",))
    clip = collect(FormattedTts(engine).stream(SpeechRequest("가", sample_rate_hz=16000)))
    assert clip.sample_rate_hz == 16000
    assert clip.duration_s == pytest.approx(0.06)


def test_odd_bytes_are_carried_when_nothing_is_converted() -> None:
    engine = FakeTts(cut_bytes=33)
    chunks = list(FormattedTts(engine).stream(SpeechRequest("가")))
    assert all(len(chunk.data) % 2 == 0 for chunk in chunks)
    assert audio(iter(chunks)) == engine.tone("가", 16000).to_bytes("pcm_s16le")


class TwoRates(FakeTts):
    """Changes its rate in the middle, as a fallback does."""

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        for rate_hz in (16000, 24000):
            yield AudioChunk(self.tone("가", rate_hz).to_bytes("pcm_s16le"), "pcm_s16le", rate_hz)


def test_rate_stays_when_the_engine_changes_its_own() -> None:
    clip = collect(FormattedTts(TwoRates()).stream(SpeechRequest("가")))
    assert clip.sample_rate_hz == 16000
    assert clip.duration_s == pytest.approx(0.12, abs=0.001)


# Checks


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\x00\x07\x1b", "empty"),
        ("가" * 100_000, "100,000 characters"),
        ("😀😀", "nothing to say"),
        ("ㅋㅋㅋ", "nothing to say"),
        ("...!?", "nothing to say"),
    ],
)
def test_text_that_cannot_be_spoken_is_refused(text: str, problem: str) -> None:
    engine = FakeTts()
    with pytest.raises(InputError, match=problem) as caught:
        CheckedTts(engine).stream(SpeechRequest(text))
    assert caught.value.hint
    assert engine.requests == []


@pytest.mark.parametrize(
    "values", [{"speed": 0}, {"speed": float("nan")}, {"pitch": 40}, {"temperature": -1}, {"sample_rate_hz": 5}]
)
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(values))):
        CheckedTts(FakeTts()).stream(SpeechRequest("가", **values))  # type: ignore[arg-type]


def test_control_characters_become_spaces() -> None:
    engine = FakeTts()
    list(CheckedTts(engine).stream(SpeechRequest("안녕\x07하세요\n네\ud800")))
    assert engine.requests[0].text == "안녕 하세요\n네 "


def test_silence_of_the_engine_is_an_error() -> None:
    with pytest.raises(EngineError, match="no audio") as caught:
        list(CheckedTts(FakeTts(chunks=0)).stream(SpeechRequest("가")))
    assert caught.value.retryable


# Cache


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_second_time_comes_from_the_cache(tmp_path: Path) -> None:
    engine = FakeTts()
    cached = CachedTts(engine, tmp_path)
    first = audio(cached.stream(SpeechRequest("가")))
    assert audio(CachedTts(engine, tmp_path).stream(SpeechRequest("가"))) == first
    assert len(engine.requests) == 1


@pytest.mark.parametrize(
    "change", [{"text": "나"}, {"voice": "two"}, {"speed": 1.1}, {"reference": b"a"}, {"encoding": "mulaw"}]
)
def test_any_change_of_the_request_is_another_entry(tmp_path: Path, change: dict[str, object]) -> None:
    cached = CachedTts(FakeTts(), tmp_path)
    request = SpeechRequest("가")
    assert cached.key(request) != cached.key(replace(request, **change))  # type: ignore[arg-type]


def test_version_and_settings_are_part_of_the_key(tmp_path: Path) -> None:
    request = SpeechRequest("가", reference=b"voice")
    keys = {
        CachedTts(FakeTts(version=version), tmp_path, settings=settings).key(request)
        for version in ("1", "2")
        for settings in ({}, {"pitch": 1})
    }
    assert len(keys) == 4


def test_stream_that_breaks_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        list(CachedTts(FakeTts(fail_after=2), tmp_path).stream(SpeechRequest("가")))
    assert files(tmp_path) == []


def test_stream_that_is_abandoned_is_not_kept(tmp_path: Path) -> None:
    stream = CachedTts(FakeTts(), tmp_path).stream(SpeechRequest("가"))
    next(stream)
    del stream
    assert files(tmp_path) == []


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"no json\n", None], ids=["empty", "no fields", "text", "cut"])
def test_damaged_entry_is_made_again(tmp_path: Path, damage: bytes | None, caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeTts()
    cached = CachedTts(engine, tmp_path)
    whole = audio(cached.stream(SpeechRequest("가")))
    (entry,) = files(tmp_path)
    good = entry.read_bytes()
    entry.write_bytes(good[:-5] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        assert audio(cached.stream(SpeechRequest("가"))) == whole
    assert "made again" in caplog.text
    assert entry.read_bytes() == good
    assert len(engine.requests) == 2


def test_entries_used_longest_ago_are_removed(tmp_path: Path) -> None:
    engine = FakeTts()
    cached = CachedTts(engine, tmp_path, max_bytes=10_000)  # an entry has about 2,050 bytes
    for text in "가나다라":
        list(cached.stream(SpeechRequest(text)))
        time.sleep(0.01)
    list(cached.stream(SpeechRequest("가")))
    list(cached.stream(SpeechRequest("마")))
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 10_000
    asked = len(engine.requests)
    list(cached.stream(SpeechRequest("가")))
    assert len(engine.requests) == asked
    list(cached.stream(SpeechRequest("나")))
    assert len(engine.requests) == asked + 1


def test_cache_that_cannot_be_written_costs_only_the_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.INFO):
        assert audio(CachedTts(FakeTts(), tmp_path / "file").stream(SpeechRequest("가")))
    assert "not cached" in caplog.text


def test_threads_share_a_cache(tmp_path: Path) -> None:
    engine = FakeTts()
    cached = CachedTts(engine, tmp_path, max_bytes=6_000)
    heard: list[bool] = []

    def work() -> None:
        for text in "가나다라마바사아" * 5:
            heard.append(audio(cached.stream(SpeechRequest(text))) == engine.tone(text, 16000).to_bytes("pcm_s16le"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert heard == [True] * 6 * 40


# All together


def test_speaker_gives_a_clip(tmp_path: Path) -> None:
    engine = FakeTts(sample_rates_hz=(22050,))
    stack = CheckedTts(CachedTts(FormattedTts(ChunkedTts(SpokenTts(engine))), tmp_path))
    clip: Clip = Speaker(stack).clip(SpeechRequest("타이어 4개", sample_rate_hz=8000))
    assert clip.sample_rate_hz == 8000
    assert clip.duration_s == pytest.approx(0.06, abs=0.001)
    assert engine.requests[0].text == "타이어 네 개"
