"""Every engine that is a server's client, inside the whole stack, against the server's faults over real sockets."""

import time
from collections.abc import Iterator

import pytest

from tests.fakes.speech_servers.server import Fault
from tests.tts.engines.cases import CASES, Case
from tests.tts.engines.conftest import nobody
from tests.tts.wrappers.scripted import ScriptedTts
from voicebot.errors import EngineError
from voicebot.settings.tts import TtsSettings
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, collect
from voicebot.tts.stack import build_link, build_stack

pytestmark = pytest.mark.contract

__all__ = ["nobody"]

REQUEST = SpeechRequest("고객님, 타이어 교체가 끝났습니다.", sample_rate_hz=8000)
LIMITS = {"connect_s": 0.4, "first_byte_s": 0.5, "total_s": 1.0}
SLACK_S = 1.0
"""For a busy machine."""

TRIES = {
    "500": (Fault("status", 500), {2, 3}),
    "503, Retry-After: 7": (Fault("status", 503, "7"), {1}),
    "422": (Fault("status", 422), {1}),
    "nothing is ever answered": (Fault("never"), {1, 2}),
    "stream cut in the middle": (Fault("cut"), {1, 2, 3}),
    "JSON with status 200": (Fault("json"), {1}),
}
"""How often the server is asked; a cut before the first whole sample is a failure before the first audio."""


class Counted:
    """Counts how often an engine is asked."""

    def __init__(self, engine: SpeechEngine) -> None:
        self.info, self.voices, self.health = engine.info, engine.voices, engine.health
        self.asked = 0
        self._engine = engine

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        self.asked += 1
        return self._engine.stream(request)


def stack(case: Case, engine: SpeechEngine, *others: SpeechEngine) -> SpeechEngine:
    tts = TtsSettings.model_validate({case.engine: LIMITS})
    links = {case.engine: build_link(case.engine, engine, tts)}
    links |= {other.info.name: build_link(other.info.name, other, tts) for other in others}
    return build_stack(links, tts)


@pytest.mark.parametrize("fault", TRIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tries_stay_within_the_total(case: Case, fault: str) -> None:
    what, tries = TRIES[fault]
    with case.serve(what) as server:
        engine = Counted(case.build(server.url, **LIMITS))
        started_s = time.monotonic()
        with pytest.raises(EngineError):
            collect(stack(case, engine).stream(REQUEST))
        assert time.monotonic() - started_s < LIMITS["total_s"] + SLACK_S
        assert engine.asked in tries


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_engine_speaks_instead(case: Case) -> None:
    with case.serve(Fault("status", 503)) as server:
        clip = collect(stack(case, case.build(server.url, **LIMITS), ScriptedTts(level=2000)).stream(REQUEST))
    assert clip.sample_rate_hz == 8000
    assert int(clip.samples[len(clip.samples) // 2]) == pytest.approx(2000, abs=5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_spoken_words_are_sent_once_when_nothing_is_wrong(case: Case) -> None:
    with case.serve(Fault()) as server:
        clip = collect(stack(case, case.build(server.url)).stream(SpeechRequest("타이어 4개요.", sample_rate_hz=8000)))
        assert [said for said in server.said() if "타이어" in said] == ["타이어 네 개요."]
    assert clip.duration_s > 0.2
