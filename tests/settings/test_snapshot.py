"""A packaged function's settings are the very ones that validation gives."""

from pathlib import Path
from typing import Any

import pytest

from voicebot.errors import ConfigError
from voicebot.settings.load import _flatten, load
from voicebot.settings.snapshot import load_snapshot, snapshot
from voicebot.settings.tree import Settings

pytestmark = pytest.mark.unit

HOME = {"HOME": "/tmp"}


def packaged(folder: Path, settings: Settings) -> Path:
    for name, text in snapshot(settings).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def values(settings: Any, like: Settings) -> dict[str, object]:
    found = {}
    for key, _ in _flatten(like):
        node = settings
        for part in key.split("."):
            node = getattr(node, part)
        found[key] = node.get_secret_value() if hasattr(node, "get_secret_value") else node
    return found


@pytest.mark.parametrize(
    ("env", "is_plain"),
    [
        ({}, True),
        (
            {
                "COMPANY_BUCKET": "b",
                "CACHE_TABLE": "t",
                "VOICEBOT_AWS__SYNTHESIZE_FUNCTION": "f",
                "USE_FILLERS": "false",
            },
            True,
        ),
        ({"OPENAI_API_KEY": "sk-1", "VOICEBOT_TTS__FISH__BASE_URL": "https://x", "VOICEBOT_DATA_DIR": "~/d"}, True),
        ({"LOG_LEVEL": "WARNING", "VOICEBOT_BACKEND": "aws", "PATH": "/bin", "VOICEBOT_COMPANY": ""}, True),
        ({"LOG_LEVEL": "ERROR", "FIRST_URL_WAIT_MS": "900", "VOICEBOT_TTS__FALLBACK": "polly,local"}, False),
        ({"TTS_MODE": "fishspeech"}, False),
    ],
)
def test_a_snapshot_and_the_environment_are_what_load_makes(
    tmp_path: Path, env: dict[str, str], is_plain: bool
) -> None:
    given = {"backend": "aws", "tts.live_engine": "polly", "tts.fallback": ["local"], "chat.facts": "f.yaml"}
    settings = load(env=HOME, overrides=given)
    made = load_snapshot(packaged(tmp_path, settings), env)
    assert isinstance(made, Settings) is not is_plain
    expected = load(tmp_path / "settings.json", HOME | env)
    assert values(made, settings) == values(expected, settings)


@pytest.mark.parametrize(
    "env",
    [
        {"VOICEBOT_TURNS__BATCH_SIZE": "99"},
        {"VOICEBOT_TTS__ENGIN": "x"},
        {"LOG_LEVEL": "LOUD"},
        {"USE_FILLERS": "maybe"},
    ],
)
def test_what_no_setting_takes_is_refused_as_ever(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        load_snapshot(packaged(tmp_path, load(env=HOME)), env)


def test_no_secret_is_in_a_snapshot(tmp_path: Path) -> None:
    texts = snapshot(load(env=HOME | {"OPENAI_API_KEY": "sk-hidden", "NIPA_AUTH": "Bearer hidden"}))
    assert not [name for name, text in texts.items() if "hidden" in text]
    made = load_snapshot(packaged(tmp_path, load(env=HOME)), {"OPENAI_API_KEY": "sk-hidden"})
    assert "hidden" not in repr(made)


def test_without_a_snapshot_the_environment_alone_is_loaded(tmp_path: Path) -> None:
    assert isinstance(load_snapshot(tmp_path, HOME), Settings)


def test_a_slice_dumps_as_pydantic_does(tmp_path: Path) -> None:
    settings = load(env=HOME)
    made = load_snapshot(packaged(tmp_path, settings), {})
    assert made.tts.supertonic.model_dump(mode="json") == settings.tts.supertonic.model_dump(mode="json")
    assert made.tts.fish.model_dump(mode="json") == settings.tts.fish.model_dump(mode="json")
