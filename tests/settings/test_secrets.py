"""Secrets from a document of Secrets Manager."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from voicebot.client import Voicebot
from voicebot.errors import ConfigError
from voicebot.settings.load import load
from voicebot.settings.secrets import SECRET_KEYS, parse_secrets, with_secrets
from voicebot.settings.snapshot import load_snapshot, snapshot

pytestmark = pytest.mark.unit

HOME = {"HOME": "/tmp"}


def test_every_secret_setting_can_come_from_the_document() -> None:
    kinds: Mapping[str, str] = json.loads(snapshot(load(env=HOME))["settings.kinds.json"])
    assert set(SECRET_KEYS) == {key for key, kind in kinds.items() if kind == "secret"}


def test_names_are_the_environment_s_or_the_setting_s_own() -> None:
    text = json.dumps({"OPENAI_API_KEY": "a", "keys.fish": "b", "NIPA_AUTH": "c", "of_another_team": 3})
    assert parse_secrets(text, "s") == {"keys.openai": "a", "keys.fish": "b", "gateway.auth": "c"}


@pytest.mark.parametrize("text", ["sk-plain", "[]", '{"OPENAI_API_KEY": 5}', '{"OPENAI_API_KEY": " "}'])
def test_a_document_that_cannot_be_read_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ConfigError, match="secret voicebot/keys") as caught:
        parse_secrets(text, "voicebot/keys")
    assert "sk-plain" not in str(caught.value)


@pytest.mark.parametrize("is_packaged", [False, True])
def test_a_key_of_one_s_own_goes_before_the_document_s(tmp_path: Path, is_packaged: bool) -> None:
    env = HOME | {"OPENAI_API_KEY": "mine"}
    if is_packaged:
        for name, text in snapshot(load(env=HOME)).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        settings = load_snapshot(tmp_path, env)
    else:
        settings = load(env=env)
    filled = with_secrets(settings, {"keys.openai": "theirs", "keys.fish": "theirs", "gateway.auth": "theirs"})
    assert filled.keys.openai
    assert filled.keys.openai.get_secret_value() == "mine"
    assert filled.keys.fish
    assert filled.keys.fish.get_secret_value() == "theirs"
    assert filled.gateway.auth
    assert filled.gateway.auth.get_secret_value() == "theirs"
    assert settings.keys.fish is None, "the settings themselves stay as they were"
    assert "theirs" not in repr(filled)


@pytest.fixture
def client(moto_url: str, unique: str, tmp_path: Path) -> Voicebot:
    env = {"HOME": str(tmp_path), "AWS_ENDPOINT_URL": moto_url, "VOICEBOT_KEYS__SECRET": unique}
    return Voicebot(load(env=env))


def test_the_client_reads_the_secret_when_a_key_is_needed(
    aws: Callable[[str, str], Any], client: Voicebot, unique: str
) -> None:
    aws("moto", "secretsmanager").client.create_secret(Name=unique, SecretString=json.dumps({"FISH_API_KEY": "f-1"}))
    assert client.settings.keys.fish is None
    key = client.keyed_settings.keys.fish
    assert key
    assert key.get_secret_value() == "f-1"


def test_a_secret_that_does_not_exist_or_has_no_text_is_named(
    aws: Callable[[str, str], Any], client: Voicebot, unique: str
) -> None:
    with pytest.raises(ConfigError, match=f"secret {unique}: does not exist"):
        _ = client.keyed_settings
    aws("moto", "secretsmanager").client.create_secret(Name=unique, SecretBinary=b"\x00")
    with pytest.raises(ConfigError, match="has no text"):
        _ = client.keyed_settings
