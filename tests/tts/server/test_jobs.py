import io
import threading
import time
import wave
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.speech import FakeTts
from tests.tts.wrappers.scripted import refused
from voicebot.audio.wav import read_audio
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError, NotFoundError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.server.jobs import JobState, SpeechJobs
from voicebot.tts.server.orders import Order
from voicebot.tts.server.service import SpeechService
from voicebot.tts.speaker import Speaker

pytestmark = pytest.mark.unit

TEXT = "첫 문장입니다. 둘째 문장입니다. 셋째 문장입니다."
ORDER = Order(SpeechRequest(TEXT))


def jobs(engine: FakeTts, **more: object) -> SpeechJobs:
    service = SpeechService(lambda name, uses_cache: Speaker(engine), ["fake"], {"fake": 1.25})
    return SpeechJobs(service, 10, 10, **more)  # type: ignore[arg-type]


def ended(made: SpeechJobs, job_id: str) -> JobState:
    while not (state := made.state(job_id)).is_done:
        time.sleep(0.005)
    return state


def test_a_job_has_a_clip_a_sentence_and_the_engines_own_speed() -> None:
    engine = FakeTts(chunks=20)
    made = jobs(engine)
    state = made.start(ORDER, 5.0)
    assert state.clips >= 1
    assert ended(made, state.job_id) == JobState(state.job_id, 3, True, None)
    assert [request.text for request in engine.requests] == ["첫 문장입니다.", "둘째 문장입니다.", "셋째 문장입니다."]
    assert {request.speed for request in engine.requests} == {1.25}
    made.start(replace(ORDER, request=replace(ORDER.request, text="네.", speed=0.8), has_speed=True), 5.0)
    assert engine.requests[-1].speed == 0.8


def test_silence_goes_before_the_first_clip_only_and_every_clip_starts_and_ends_at_zero() -> None:
    made = jobs(FakeTts(chunks=20))
    state = ended(made, made.start(ORDER, 5.0).job_id)
    clips = [read_audio(made.clip(state.job_id, number)) for number in range(state.clips)]
    leads = [np.flatnonzero(np.abs(clip.samples) > 20)[0] / clip.sample_rate_hz for clip in clips]
    assert leads[0] == pytest.approx(0.15, abs=0.01)
    assert max(leads[1:]) < 0.01
    assert all(abs(int(clip.samples[0])) + abs(int(clip.samples[-1])) == 0 for clip in clips)


def test_mulaw_clips_are_what_a_telephone_plays() -> None:
    made = jobs(FakeTts(chunks=20, sample_rates_hz=(8000,), encodings=("mulaw", "pcm_s16le")))
    request = SpeechRequest(TEXT, sample_rate_hz=8000, encoding="mulaw")
    data = made.clip(made.start(Order(request), 5.0).job_id, 0)
    assert data[20:22] == b"\x07\x00"
    with pytest.raises(wave.Error, match="unknown format: 7"), wave.open(io.BytesIO(data)):
        pytest.fail("mu-law is not PCM")


def test_a_slow_first_clip_is_not_waited_for_beyond_the_limit() -> None:
    made = jobs(FakeTts(delay_s=0.5))
    started_s = time.monotonic()
    state = made.start(ORDER, 0.05)
    assert time.monotonic() - started_s < 0.4
    assert (state.clips, state.is_done) == (0, False)
    with pytest.raises(NotFoundError, match="no such clip yet"):
        made.clip(state.job_id, 0)
    assert ended(made, state.job_id).clips == 3


def test_a_failure_before_the_first_clip_is_raised_and_a_later_one_is_told() -> None:
    with pytest.raises(EngineError, match="was told to fail"):
        jobs(FakeTts(fail_after=0)).start(ORDER, 5.0)

    class Breaking(FakeTts):
        def stream(self, request: SpeechRequest):  # type: ignore[no-untyped-def]
            if len(self.requests) == 2:
                raise refused("fake")
            return super().stream(request)

    made = jobs(Breaking())
    state = ended(made, made.start(ORDER, 5.0).job_id)
    assert state.clips == 2
    assert isinstance(state.error, EngineError)


def test_jobs_are_forgotten_in_time_and_when_there_are_too_many() -> None:
    clock = VirtualClock(1000.0)
    made = jobs(FakeTts(), keep_s=60, max_jobs=2, clock=clock)
    first = ended(made, made.start(ORDER, 5.0).job_id)
    second = ended(made, made.start(ORDER, 5.0).job_id)
    third = ended(made, made.start(ORDER, 5.0).job_id)
    with pytest.raises(NotFoundError):
        made.state(first.job_id)
    assert made.state(second.job_id).clips == made.state(third.job_id).clips == 3
    clock.sleep(61)
    with pytest.raises(NotFoundError, match="no such job"):
        made.state(third.job_id)


def test_too_many_jobs_under_way_are_refused() -> None:
    gate = threading.Event()

    class Waiting(FakeTts):
        def stream(self, request: SpeechRequest):  # type: ignore[no-untyped-def]
            gate.wait(5)
            return super().stream(request)

    made = jobs(Waiting(), max_jobs=1)
    made.start(ORDER, 0.0)
    with pytest.raises(EngineError, match="too many jobs") as caught:
        made.start(ORDER, 0.0)
    assert caught.value.retryable
    gate.set()


def test_names_of_jobs_cannot_be_guessed() -> None:
    made = jobs(FakeTts())
    names = {made.start(ORDER, 5.0).job_id for _ in range(20)}
    assert len(names) == 20
    assert min(map(len, names)) >= 24
