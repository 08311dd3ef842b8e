"""Settings: order, errors, secrets, and the example file."""

from pathlib import Path

import pytest
import yaml

from voicebot.errors import ConfigError
from voicebot.settings.environment import ENVIRONMENT
from voicebot.settings.load import load, load_with_origins
from voicebot.settings.tree import Settings

pytestmark = pytest.mark.unit


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_file_holds_every_key_with_its_default(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "config.example.yaml"
    assert load(example, env={}) == load(env={"HOME": str(tmp_path)})
    assert set(_keys(yaml.safe_load(example.read_text(encoding="utf-8")))) == {
        key for key, _, _ in load_with_origins(env={"HOME": str(tmp_path)}).rows()
    }


def test_the_example_file_names_every_environment_variable() -> None:
    example = (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
    assert [name for name in ENVIRONMENT if name not in example] == []


def test_options_win_over_the_environment_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "tts: {speed: 1.1, chunk_max_chars: 90}\ncompany: 파일")
    env = {"VOICEBOT_TTS__SPEED": "1.2", "VOICEBOT_COMPANY": "환경"}
    loaded = load_with_origins(path, env, {"company": "옵션"})
    assert (loaded.settings.tts.chunk_max_chars, loaded.settings.tts.speed, loaded.settings.company) == (
        90,
        1.2,
        "옵션",
    )
    assert loaded.origins == {
        "tts.speed": "env VOICEBOT_TTS__SPEED",
        "tts.chunk_max_chars": str(path),
        "company": "option",
    }


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_each_kept_environment_name_sets_its_key(name: str) -> None:
    value = {
        "TTS_MODE": "fishspeech",
        "USE_FILLERS": "false",
        "BATCH_APPROVAL_MODE": "false",
        "NORMALIZE_KOREAN": "false",
        "LOG_LEVEL": "DEBUG",
    }.get(name, "3" if name in ("STREAM_BATCH", "OV_SPEED") else "77")
    loaded = load_with_origins(env={name: value})
    assert loaded.origins == {ENVIRONMENT[name]: f"env {name}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tts: {speeed: 1.0}", "tts.speeed: unknown key"),
        ("tts: {speed: fast}", "tts.speed: must be a number"),
        ("tts: {speed: 9}", "tts.speed: must be at most 2"),
        ("backend: cloud", "backend: must be 'local' or 'aws'"),
        ("tts: 3", "tts: must be keys with values"),
        ("- one", "must hold keys and values"),
        ("tts: [", "line 1 is not valid YAML"),
    ],
)
def test_a_wrong_file_is_one_error_with_the_file_and_the_dotted_key(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, env={})
    assert str(path) in caught.value.message
    assert expected in caught.value.message
    assert "\n" not in caught.value.message


def test_a_wrong_environment_value_names_its_variable() -> None:
    with pytest.raises(ConfigError, match=r"env OV_SPEED: tts\.openvoice_speed"):
        load(env={"OV_SPEED": "quick"})


@pytest.mark.parametrize("key", ["tts.fallback", "call.own_numbers", "web.allowed_hosts", "deploy.subnet_ids"])
def test_a_list_in_the_environment_has_commas(tmp_path: Path, key: str) -> None:
    name = f"VOICEBOT_{key.upper().replace('.', '__')}"
    rows = load_with_origins(env={"HOME": str(tmp_path), name: "polly, local,"}).rows()
    assert {row[0]: row[1] for row in rows}[key] == ("polly", "local")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(ConfigError, match=str(path)):
            load(path, env={})
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(binary, env={})


def test_secrets_are_masked_everywhere_and_wrong_values_are_never_repeated(tmp_path: Path) -> None:
    loaded = load_with_origins(env={"OPENAI_API_KEY": "sk-very-secret", "NIPA_AUTH": "Bearer hidden"})
    assert "very-secret" not in repr(loaded)
    assert "hidden" not in str(loaded.rows())
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "keys: {openai: [sk-very-secret]}"), env={})
    assert "very-secret" not in caught.value.message


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().company = "다른 회사"  # type: ignore[misc]


def _keys(tree: dict[str, object], prefix: str = "") -> list[str]:
    return [
        name
        for key, value in tree.items()
        for name in (_keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
    ]
