"""The rules of the speech engine protocol, over the wrappers that guard an engine and over the whole stack."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.speech import FakeTts
from tests.tts.test_contract import (
    test_abandoned_stream_leaves_no_thread,
    test_health_is_good,
    test_info_is_complete,
    test_stream_gives_audible_audio_in_a_format_of_the_info,
    test_two_streams_can_be_read_by_turns,
    test_unknown_voice_is_not_found,
    test_voices_can_be_asked_for,
)
from voicebot.settings.tts import LocalTtsSettings, TtsSettings
from voicebot.tts.engines.local import LocalTts
from voicebot.tts.protocol import SpeechEngine
from voicebot.tts.stack import build_link, build_stack
from voicebot.tts.wrappers.breaker import BreakerTts
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.fallback import FallbackTts, Link
from voicebot.tts.wrappers.gathered import GatheredTts
from voicebot.tts.wrappers.limited import Gate, LimitedTts
from voicebot.tts.wrappers.metered import MeteredTts
from voicebot.tts.wrappers.retrying import RetryingTts

pytestmark = pytest.mark.contract

__all__ = [
    "test_abandoned_stream_leaves_no_thread",
    "test_health_is_good",
    "test_info_is_complete",
    "test_stream_gives_audible_audio_in_a_format_of_the_info",
    "test_two_streams_can_be_read_by_turns",
    "test_unknown_voice_is_not_found",
    "test_voices_can_be_asked_for",
]


def stack(folder: Path | None = None) -> SpeechEngine:
    tts = TtsSettings()
    links = {
        "local": build_link("local", LocalTts(LocalTtsSettings()), tts),
        "fake": build_link("fake", FakeTts(), tts),
    }
    return build_stack(links, tts, cache=folder)


def chain() -> SpeechEngine:
    first, second = BreakerTts(FakeTts()), BreakerTts(FakeTts())
    return FallbackTts([Link(first, first), Link(second, second)])


BUILDERS: dict[str, Callable[[Path], SpeechEngine]] = {
    "gathered": lambda _: GatheredTts(FakeTts()),
    "limited": lambda _: LimitedTts(FakeTts(), Gate("fake")),
    "deadlines": lambda _: DeadlinesTts(FakeTts()),
    "retrying": lambda _: RetryingTts(DeadlinesTts(FakeTts())),
    "metered": lambda _: MeteredTts(FakeTts(), lambda measured: None),
    "breaker": lambda _: BreakerTts(FakeTts()),
    "fallback": lambda _: chain(),
    "stack": lambda _: stack(),
    "stack with its cache": stack,
}


@pytest.fixture(params=BUILDERS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SpeechEngine:
    return BUILDERS[request.param](tmp_path)
