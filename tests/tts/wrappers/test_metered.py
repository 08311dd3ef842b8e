from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count

import pytest

from tests.tts.wrappers.scripted import INFO, ScriptedTts, refused
from voicebot.errors import EngineError
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.wrappers.metered import Measured, Meter, MeteredTts

pytestmark = pytest.mark.unit

REQUEST = SpeechRequest("네, 알겠습니다.")


def metered(engine: ScriptedTts) -> tuple[MeteredTts, list[Measured]]:
    seen: list[Measured] = []
    ticks = count()
    return MeteredTts(engine, seen.append, timer=lambda: float(next(ticks))), seen


def test_all_figures_of_a_request() -> None:
    engine, seen = metered(ScriptedTts([3]))
    list(engine.stream(REQUEST))
    assert seen == [Measured("scripted", "done", None, 1.0, 2.0, 9, 1920, pytest.approx(0.06), 0.018)]


def test_failure_names_the_kind_and_costs_nothing_before_audio() -> None:
    engine, seen = metered(ScriptedTts([refused()]))
    with pytest.raises(EngineError):
        list(engine.stream(REQUEST))
    assert (seen[0].outcome, seen[0].error, seen[0].first_audio_s, seen[0].price_usd) == (
        "failed", "EngineError", None, 0.0,
    )  # fmt: skip


def test_listener_who_goes_is_told_apart() -> None:
    engine, seen = metered(ScriptedTts([3]))
    stream = engine.stream(REQUEST)
    next(stream)
    del stream
    assert [measured.outcome for measured in seen] == ["abandoned"]


def test_unknown_price_stays_unknown() -> None:
    engine, seen = metered(ScriptedTts([1], info=replace(INFO, price_per_1k_chars_usd=None)))
    list(engine.stream(REQUEST))
    assert seen[0].price_usd is None


def test_no_words_are_reported() -> None:
    engine, seen = metered(ScriptedTts([1]))
    list(engine.stream(REQUEST))
    assert not any("알겠" in str(value) for value in asdict(seen[0]).values())


def test_meter_adds_up_by_engine() -> None:
    meter = Meter()
    for script in ([3], [refused()]):
        with suppress(EngineError):
            list(MeteredTts(ScriptedTts(script), meter).stream(REQUEST))
    total = meter.totals()["scripted"]
    assert (total.requests, total.failed, total.characters, total.audio_bytes) == (2, 1, 18, 1920)
    assert total.price_usd == pytest.approx(0.018)
