"""The command line starts at once, and says of itself what is true."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from voicebot.cli.app import _Commands, app
from voicebot.cli.group import load_command

pytestmark = pytest.mark.system

HEAVY = ("torch", "boto3", "numpy", "pydantic", "fastapi", "yaml", "httpx", "soundfile", "kiwipiepy")


OWN_OF_TYPER = {"pydantic"}
"""What Typer loads itself as soon as it parses the options of a command."""


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["tts", "--help"], OWN_OF_TYPER),
        (["cache", "--help"], OWN_OF_TYPER),
        (["flow", "run", "--help"], OWN_OF_TYPER),
    ],
)
def test_help_loads_none_of_the_heavy_packages(arguments: list[str], allowed: set[str]) -> None:
    code = (
        "import sys, json\n"
        f"sys.argv = ['voicebot', *{arguments!r}]\n"
        "from voicebot.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, check=True)
    assert set(json.loads(done.stderr.splitlines()[-1])) <= allowed


@pytest.mark.parametrize("name", _Commands.table)
def test_the_list_of_commands_says_what_each_command_says(name: str) -> None:
    target, line = _Commands.table[name]
    assert (load_command(target).help or "").splitlines()[0] == line


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path
        return
    for name, child in children.items():
        yield from _leaves(child, (*path, name))


LEAVES = [leaf for name, (target, _) in _Commands.table.items() for leaf in _leaves(load_command(target), (name,))]


@pytest.mark.parametrize("leaf", LEAVES, ids=" ".join)
def test_every_command_has_help_and_takes_json(leaf: tuple[str, ...]) -> None:
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, [*leaf, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "--json" in result.output
    assert "--install-completion" not in result.output, "the whole program's is enough"


def test_the_help_of_a_command_works_with_a_broken_configuration(run: Any) -> None:
    assert run("--config", "/no/such/file", "tts", "--help").returncode == 0
