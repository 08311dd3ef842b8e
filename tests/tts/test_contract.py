"""The rules of the speech engine protocol, over the embedded engine, the scripted one and every wrapper."""

import threading
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from voicebot.audio.measure import peak_dbfs
from voicebot.errors import NotFoundError
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.engines.local import LocalTts
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.registry import ENGINES
from voicebot.tts.wrappers.cached import CachedTts
from voicebot.tts.wrappers.checked import CheckedTts
from voicebot.tts.wrappers.chunked import ChunkedTts
from voicebot.tts.wrappers.formatted import FormattedTts
from voicebot.tts.wrappers.spoken import SpokenTts

pytestmark = pytest.mark.contract

TEXT = "안녕하세요. 타이어 교체는 30분쯤 걸립니다. 더 궁금하신 점이 있으신가요?"

BUILDERS: dict[str, Callable[[Path], SpeechEngine]] = {
    "fake": lambda _: FakeTts(),
    "local": lambda _: LocalTts(LocalTtsSettings()),
    "spoken": lambda _: SpokenTts(LocalTts(LocalTtsSettings())),
    "chunked": lambda _: ChunkedTts(LocalTts(LocalTtsSettings()), first_max_chars=10, max_chars=20),
    "formatted": lambda _: FormattedTts(FakeTts()),
    "checked": lambda _: CheckedTts(FakeTts()),
    "cached": lambda folder: CachedTts(FakeTts(), folder),
}


@pytest.fixture(params=BUILDERS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SpeechEngine:
    return BUILDERS[request.param](tmp_path)


def test_every_registered_engine_is_under_contract() -> None:
    served = {"fish", "eleven", "minimax", "gpt", "openvoice", "gateway", "polly", "supertonic"}  # tests/tts/engines
    assert set(ENGINES) <= set(BUILDERS) | served


def test_info_is_complete(engine: SpeechEngine) -> None:
    info = engine.info
    assert info.name
    assert info.version
    assert info.sample_rates_hz
    assert info.encodings
    assert "ko" in info.languages
    assert info.max_chars > 0


def test_stream_gives_audible_audio_in_a_format_of_the_info(engine: SpeechEngine) -> None:
    chunks = list(engine.stream(SpeechRequest(TEXT)))
    assert len(chunks) > 1
    assert all(chunk.data for chunk in chunks)
    assert {chunk.sample_rate_hz for chunk in chunks} <= set(engine.info.sample_rates_hz)
    assert {chunk.encoding for chunk in chunks} <= set(engine.info.encodings)
    assert peak_dbfs(collect(chunks)) > -30


def test_voices_can_be_asked_for(engine: SpeechEngine) -> None:
    voices = engine.voices()
    assert len({voice.id for voice in voices}) == len(voices) >= 2
    assert collect(engine.stream(SpeechRequest(TEXT, voice=voices[-1].id))).duration_s > 0


def test_unknown_voice_is_not_found(engine: SpeechEngine) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        list(engine.stream(SpeechRequest(TEXT, voice="nobody")))


def test_health_is_good(engine: SpeechEngine) -> None:
    assert engine.health().ok
    assert engine.health().detail


def test_two_streams_can_be_read_by_turns(engine: SpeechEngine) -> None:
    alone = collect(engine.stream(SpeechRequest(TEXT)))
    left, right = engine.stream(SpeechRequest(TEXT)), engine.stream(SpeechRequest(TEXT))
    pairs = list(zip_longest(left, right))
    for side in (0, 1):
        clip = collect(pair[side] for pair in pairs if pair[side])
        assert clip.duration_s == pytest.approx(alone.duration_s, rel=0.01)


def test_abandoned_stream_leaves_no_thread(engine: SpeechEngine) -> None:
    before = threading.active_count()
    stream = engine.stream(SpeechRequest(TEXT * 10))
    next(stream)
    del stream
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
