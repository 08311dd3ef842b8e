"""Every engine that is a server's client, inside the whole stack, against the server's faults over real sockets."""

import pytest

from tests.fakes.speech_servers.server import Fault
from tests.tts.engines.cases import CASES, Case
from tests.tts.engines.conftest import nobody
from tests.tts.wrappers.scripted import ScriptedTts
from voicebot.settings.tts import TtsSettings
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.stack import build_link, build_stack

pytestmark = pytest.mark.contract

__all__ = ["nobody"]

REQUEST = SpeechRequest("고객님, 타이어 교체가 끝났습니다.", sample_rate_hz=8000)
LIMITS = {"connect_s": 0.4, "first_byte_s": 0.5, "total_s": 1.0}


def stack(case: Case, engine: SpeechEngine, *others: SpeechEngine) -> SpeechEngine:
    tts = TtsSettings.model_validate({case.engine: LIMITS})
    links = {case.engine: build_link(case.engine, engine, tts)}
    links |= {other.info.name: build_link(other.info.name, other, tts) for other in others}
    return build_stack(links, tts)


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
