from collections.abc import Iterator

import pytest

from tests.fakes.speech import FakeTts
from tests.tts.wrappers.scripted import ScriptedTts
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, SpeechRequest
from voicebot.tts.wrappers.gathered import GatheredTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.")
CHUNK_S = 0.02


def heard(chunks: int, made_in_s: float) -> list[tuple[float, float]]:
    """Return when each piece came and how long it is, of chunks that take so long each to make."""
    clock = VirtualClock()
    engine = ScriptedTts([step for _ in range(chunks) for step in (lambda: clock.sleep(made_in_s), 1)])
    stream = GatheredTts(engine, clock.now).stream(REQUEST)
    return [(clock.now(), len(piece.data) / 32000) for piece in stream]


def test_pieces_of_a_quick_engine_grow_to_a_second() -> None:
    sizes_s = [size_s for _, size_s in heard(1000, 0.0)]
    assert sizes_s[0] == CHUNK_S
    assert sum(sizes_s) == pytest.approx(20.0)
    assert len(sizes_s) < 40
    assert max(sizes_s) <= 1.0 + CHUNK_S
    assert all(size_s <= sum(sizes_s[:number]) / 2 + CHUNK_S for number, size_s in enumerate(sizes_s) if number)


@pytest.mark.parametrize("of_its_length", [0.0, 0.3, 0.6, 0.8, 0.95, 1.0])
def test_listener_never_waits_for_audio_that_is_held_back(of_its_length: float) -> None:
    pieces = heard(300, of_its_length * CHUNK_S)
    played_at_s = pieces[0][0]
    for came_at_s, size_s in pieces:
        assert came_at_s <= played_at_s + 1e-9
        played_at_s += size_s


def test_chunks_that_are_slower_than_speech_come_as_they_are() -> None:
    assert len(heard(50, 1.1 * CHUNK_S)) == 50


def test_nothing_is_lost_or_changed() -> None:
    engine = FakeTts(chunks=200, cut_bytes=101)
    data = b"".join(piece.data for piece in GatheredTts(engine).stream(REQUEST))
    assert data == engine.tone(REQUEST.text, 16000).to_bytes("pcm_s16le")


def test_audio_before_an_error_is_given_to_the_last_byte() -> None:
    pieces: list[AudioChunk] = []
    with pytest.raises(EngineError, match="told to fail"):
        pieces.extend(GatheredTts(FakeTts(chunks=200, fail_after=99)).stream(REQUEST))
    assert sum(len(piece.data) for piece in pieces) == 99 * 640


def test_formats_are_not_mixed() -> None:
    class Changes(FakeTts):
        def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
            for rate_hz in (16000,) * 40 + (8000,) * 40:
                yield AudioChunk(b"\1\0" * (rate_hz // 50), "pcm_s16le", rate_hz)

    pieces = list(GatheredTts(Changes()).stream(REQUEST))
    assert [sum(len(p.data) for p in pieces if p.sample_rate_hz == rate_hz) for rate_hz in (16000, 8000)] == [
        25600,
        12800,
    ]
    assert len(pieces) < 20
