"""What each engine by itself makes of each fault of its server; `tests/tts/test_fault_table.py` has what a person sees."""

import time
import traceback
from dataclasses import dataclass
from email.utils import formatdate

import pytest

from tests.fakes.speech_servers.server import KEY, Fault
from tests.tts.engines.cases import CASES, Case, dead_url
from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.tts.protocol import AudioChunk, SpeechRequest

pytestmark = pytest.mark.contract

TEXT = "고객님 번호는 공일공 일이삼사 오육칠팔입니다."
CONNECT_S, FIRST_BYTE_S, TOTAL_S = 0.4, 0.8, 1.6
SLACK_S = 0.4
"""For a busy machine: threads that start, connections that close."""


@dataclass(frozen=True)
class Expected:
    """What must come of a fault: the class and the two flags of the error."""

    fault: Fault
    is_retryable: bool
    is_config: bool = False
    retry_after_s: float | None = None


FAULTS = {
    "401": Expected(Fault("status", 401), False, is_config=True),
    "402": Expected(Fault("status", 402), False),
    "403": Expected(Fault("status", 403), False),
    "404": Expected(Fault("status", 404), False),
    "422": Expected(Fault("status", 422), False),
    "429": Expected(Fault("status", 429), True),
    "429, Retry-After: 7": Expected(Fault("status", 429, "7"), True, retry_after_s=7.0),
    "500": Expected(Fault("status", 500), True),
    "503": Expected(Fault("status", 503), True),
    "503, Retry-After: 2": Expected(Fault("status", 503, "2"), True, retry_after_s=2.0),
    "connection refused": Expected(Fault(), True),
    "nothing is ever answered": Expected(Fault("never"), True),
    "no audio after the headers": Expected(Fault("silent"), True),
    "audio without an end": Expected(Fault("drip"), True),
    "stream cut in the middle": Expected(Fault("cut"), True),
    "empty body": Expected(Fault("empty"), True),
    "JSON with status 200": Expected(Fault("json"), False),
    "a web page with status 200": Expected(Fault("page"), False),
}

NOT_THE_SAME = {("openvoice (job)", "empty body"): False}
"""Where trying again cannot help although it could elsewhere: an empty reply where a job was expected."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_told_in_time_and_without_secrets(case: Case, fault: str) -> None:
    expected = FAULTS[fault]
    with case.serve(expected.fault) as server:
        url = dead_url() if fault == "connection refused" else server.url
        engine = case.build(url, connect_s=CONNECT_S, first_byte_s=FIRST_BYTE_S, total_s=TOTAL_S)
        collected: list[AudioChunk] = []
        start_s = time.monotonic()
        with pytest.raises(VoicebotError) as caught:
            collected.extend(engine.stream(SpeechRequest(TEXT)))
        took_s = time.monotonic() - start_s
    error = caught.value
    assert isinstance(error, ConfigError if expected.is_config else EngineError)
    is_retryable = NOT_THE_SAME.get((case.name, fault), expected.is_retryable)
    assert getattr(error, "retryable", False) is is_retryable, error
    assert getattr(error, "retry_after_s", None) == expected.retry_after_s
    assert error.message.startswith(f"{case.engine}: ")
    assert error.hint
    assert took_s < TOTAL_S + SLACK_S
    if fault not in ("stream cut in the middle", "audio without an end"):
        assert collected == []
    shown = "".join(traceback.format_exception(error)) + error.message + error.hint
    for secret in (KEY, "공일공", "일이삼사", "\\uacf5\\uc77c\\uacf5"):
        assert secret not in shown


def test_a_retry_after_date_is_understood() -> None:
    case = next(case for case in CASES if case.engine == "eleven")
    fault = Fault("status", 429, formatdate(time.time() + 30, usegmt=True))
    with case.serve(fault) as server, pytest.raises(EngineError) as caught:
        list(case.build(server.url).stream(SpeechRequest(TEXT)))
    assert 25 < (caught.value.retry_after_s or 0) <= 30


def test_an_engine_that_is_down_says_so_in_its_health() -> None:
    for case in CASES:
        engine = case.build(dead_url(), connect_s=CONNECT_S, first_byte_s=FIRST_BYTE_S, total_s=TOTAL_S)
        health = engine.health()
        assert not health.ok, case.name
        assert health.detail
