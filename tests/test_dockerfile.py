"""What docker/speech.Dockerfile takes for granted: files, extras, settings and the command line."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli.app import app
from voicebot.settings.load import load

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker" / "speech.Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def test_everything_that_is_copied_is_there() -> None:
    sources = [name for line in re.findall(r"^COPY (.+)$", TEXT, re.M) for name in line.split()[:-1]]
    assert len(sources) >= 8
    assert [name for name in sources if not (ROOT / name).exists()] == []


def test_the_build_finds_everything_that_a_wheel_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    for name in (*wheel["packages"], *wheel["force-include"], project["project"]["readme"]):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", TEXT, re.M), name
    extras = re.search(r"\[([a-z,]+)\]'", TEXT)
    assert extras
    assert set(extras.group(1).split(",")) <= set(project["project"]["optional-dependencies"])


def test_the_settings_and_the_command_exist() -> None:
    names = dict(re.findall(r"\b((?:VOICEBOT|OV)_[A-Z_]+)=(\S+)", re.search(r"^ENV VOICEBOT.+$", TEXT, re.M).group()))  # type: ignore[union-attr]
    settings = load(env={"HOME": "/tmp", **names}, overrides={})
    assert settings.speech_server.device == "cuda"
    assert str(settings.speech_server.checkpoints) == "/models/checkpoints_v2"
    command = json.loads(re.findall(r"^CMD (.+)$", TEXT, re.M)[-1])
    options = [word for word in command[2:] if word.startswith("--")]
    help_text = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}, color=False).stdout
    assert options == ["--tts", "--host", "--port"]
    assert all(option in help_text for option in options)
