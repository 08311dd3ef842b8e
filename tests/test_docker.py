"""What the container files take for granted: files, extras, settings, routes and the command line."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from voicebot.cli.app import app
from voicebot.client import Voicebot
from voicebot.settings.load import load
from voicebot.settings.tree import Settings
from voicebot.web.server import LAST_S
from voicebot.web.servers import SERVERS, build_app

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
NAMES = ("gateway", "speech")


class Dockerfile:
    """A container file, instruction by instruction."""

    def __init__(self, name: str) -> None:
        text = (ROOT / "docker" / f"{name}.Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
        self.steps = [(word, rest) for word, rest in lines]

    def all(self, word: str) -> list[str]:
        """Return what stands behind an instruction, each time it stands there."""
        return [rest for one, rest in self.steps if one == word]

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables it sets."""
        return dict(pair.partition("=")[::2] for rest in self.all("ENV") for pair in rest.split())

    @property
    def command(self) -> list[str]:
        """Return the command that runs in the end."""
        words: list[str] = json.loads(self.all("CMD")[-1])
        return words

    @property
    def health(self) -> str:
        """Return the URL that the health check asks for."""
        return asked(json.loads(self.all("HEALTHCHECK")[-1].partition("CMD")[2]))


def asked(words: list[str]) -> str:
    """Return the URL that a health check's command opens; the command is Python."""
    assert words[:2] == ["python", "-c"]
    tree = ast.parse(words[2])
    (url,) = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and "://" in str(node.value)]
    return str(url)


def parsed(words: list[str]) -> dict[str, Any]:
    """Return what the real command line understands of a command of the server."""
    assert words[:2] == ["voicebot", "serve"]
    root = typer.main.get_command(app)
    with root.make_context("voicebot", words[1:]) as context:  # type: ignore[attr-defined]
        _, command, rest = root.resolve_command(context, words[1:])  # type: ignore[attr-defined]
        with command.make_context("serve", rest, parent=context) as inner:
            found: dict[str, Any] = inner.params
            return found


def check_health(url: str, words: list[str], settings: Settings) -> None:
    """Check that a health check reaches a route that needs no token, on the port on which the command listens."""
    asks, options = urlsplit(url), parsed(words)
    (kind,) = [name for name in ("tts", "gateway") if options[name]]
    assert (asks.hostname, asks.port) == ("127.0.0.1", options["port"])
    section, target = SERVERS[kind]
    assert options["port"] == getattr(settings, section).port
    application = build_app(kind, Voicebot(settings, {}))
    assert asks.path in application.openapi()["paths"]
    module = __import__(target.partition(":")[0], fromlist=["OPEN_PATHS"])
    assert asks.path in module.OPEN_PATHS


def container_settings(tmp_path: Path, environment: dict[str, str], **overrides: object) -> Settings:
    """Return what the variables of a container mean; the data and the tokens are the test's own."""
    own = {"data_dir": str(tmp_path / "data"), **{name.replace("__", "."): value for name, value in overrides.items()}}
    return load(env={"HOME": str(tmp_path), **environment}, overrides=own)


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_copied_is_there(name: str) -> None:
    sources = [source for line in Dockerfile(name).all("COPY") for source in line.split()[:-1]]
    assert len(sources) >= 8
    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_build_finds_everything_that_a_wheel_holds(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    copied = {word for line in Dockerfile(name).all("COPY") for word in line.split()[:-1]}
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"} <= copied
    (extras,) = re.findall(r"pip install '\.\[([a-z,]+)\]'", " ".join(Dockerfile(name).all("RUN")))
    assert "web" in extras
    assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])


@pytest.mark.parametrize("name", NAMES)
def test_it_does_not_run_as_root_and_owns_its_data(name: str) -> None:
    file = Dockerfile(name)
    (user,) = file.all("USER")
    assert user not in ("root", "0")
    (made,) = [rest for rest in file.all("RUN") if f" {user} " in rest]
    assert re.search(rf"useradd .*{user}", made)
    assert f"chown {user} {file.environment['VOICEBOT_DATA_DIR']}" in made
    assert file.all("VOLUME") == [file.environment["VOICEBOT_DATA_DIR"]]
    words = [word for word, _ in file.steps]
    assert max(place for place, word in enumerate(words) if word in ("RUN", "COPY")) < words.index("USER")


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_command_and_health_check_exist(name: str, tmp_path: Path) -> None:
    file = Dockerfile(name)
    ours = {key: value for key, value in file.environment.items() if key.startswith(("VOICEBOT_", "OV_"))}
    settings = container_settings(tmp_path, ours)
    if name == "speech":
        assert settings.speech_server.device == "cuda"
        assert str(settings.speech_server.checkpoints) == "/models/checkpoints_v2"
    else:
        assert str(settings.gateway_server.tokens_file) == "/run/tokens/tokens.yaml"
    options = parsed(file.command)
    assert options["host"] == "0.0.0.0"
    assert file.all("EXPOSE") == [str(options["port"])]
    served = container_settings(tmp_path, {}, gateway_server__tokens_file=None)
    check_health(file.health, file.command, served)


def substituted(text: str, environment: dict[str, str]) -> str:
    """Return a compose file with its variables filled in, as Compose does it for the forms that stand there."""

    def value(match: re.Match[str]) -> str:
        return environment.get(match["name"]) or match["default"]

    text = re.sub(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}", value, text)
    assert "$" not in text
    return text


def service(**environment: str) -> dict[str, Any]:
    """Return the compose file's one service."""
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(substituted(text, environment))
    assert set(document) == {"services", "volumes"}
    (one,) = document["services"].values()
    named = {mount.partition(":")[0] for mount in one["volumes"] if not mount.startswith(("/", "."))}
    assert named == set(document["volumes"])
    found: dict[str, Any] = one
    return found


@pytest.mark.parametrize("kind", NAMES)
def test_compose_builds_an_image_that_is_there_and_gives_it_what_it_asks_for(kind: str) -> None:
    one = service(BRIDGE_KIND=kind)
    file = Dockerfile(one["build"]["dockerfile"].removeprefix("docker/").removesuffix(".Dockerfile"))
    assert (ROOT / one["build"]["context"] / one["build"]["dockerfile"]).is_file()
    mounted = {Path(mount.split(":")[1]) for mount in one["volumes"]}
    assert Path(file.environment["VOICEBOT_DATA_DIR"]) in mounted
    assert Path(one["environment"]["VOICEBOT_GATEWAY_SERVER__TOKENS_FILE"]).parent in mounted
    assert one["ports"] == [f"127.0.0.1:8080:{parsed(one['command'])['port']}"]


def test_compose_says_what_voicebot_understands(tmp_path: Path) -> None:
    one = service(BRIDGE_NAME="bridge.example.com", BRIDGE_ENGINE="supertonic")
    given = {name: value for name, value in one["environment"].items() if value is not None}
    settings = container_settings(tmp_path, given)
    assert settings.web.allowed_hosts == ("gateway", "bridge.example.com")
    assert settings.speech_server.engine == "supertonic"
    assert str(settings.gateway_server.tokens_file) == "/run/tokens/tokens.yaml"
    from_outside = [name for name, value in one["environment"].items() if value is None]
    for name in from_outside:
        assert container_settings(tmp_path, {name: "a-secret-of-24-bytes-or-more"}) != container_settings(tmp_path, {})
    assert int(one["stop_grace_period"].removesuffix("s")) > settings.web.shutdown_s + LAST_S


def test_compose_asks_for_a_route_that_is_there(tmp_path: Path) -> None:
    one = service()
    kind, *words = one["healthcheck"]["test"]
    assert kind == "CMD"
    check_health(asked(words), one["command"], container_settings(tmp_path, {}))
