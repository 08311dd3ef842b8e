"""The registry's table of what an engine takes fits the settings and the engines."""

from operator import attrgetter

import pytest

from voicebot.settings.environment import TTS_MODES
from voicebot.settings.load import load
from voicebot.settings.tree import Settings
from voicebot.tts.registry import ENGINES, EXTRAS, NEEDS, build_engine

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", sorted(set(ENGINES) - {"supertonic"}))
def test_each_engine_is_built_from_the_settings_and_says_what_it_can(name: str) -> None:
    settings = Settings()
    needs = {argument: attrgetter(path)(settings) for argument, path in NEEDS.get(name, {}).items()}
    info = build_engine(name, getattr(settings.tts, name), **needs).info
    assert info.name == name
    assert info.version


def test_tables_name_engines_only() -> None:
    assert set(EXTRAS) | set(NEEDS) | set(TTS_MODES.values()) <= set(ENGINES)


@pytest.mark.parametrize("name", ["fish", "eleven", "minimax", "gpt", "gateway"])
def test_an_engine_without_its_key_says_what_to_set(name: str) -> None:
    settings = load(env={}, overrides={"tts.fish.mode": "cloud"})
    needs = {argument: attrgetter(path)(settings) for argument, path in NEEDS.get(name, {}).items()}
    engine = build_engine(name, getattr(settings.tts, name), **needs)
    health = engine.health()
    assert not health.ok
    assert "set " in health.detail
