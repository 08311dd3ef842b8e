"""voicebot config."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def config() -> None:
    """Settings, and where each one comes from."""


@app.command()
def show(ctx: typer.Context, json_: Json = False) -> None:
    """Show every setting with its origin; secrets are masked."""
    state = state_of(ctx)
    rows = state.loaded.rows()
    if json_:
        state.console.emit(
            [{"key": key, "value": value, "origin": origin} for key, value, origin in rows], as_json=True
        )
        return
    state.console.table("Settings", ("key", "value", "from"), rows)


@app.command()
def init(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("config.yaml"),
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Write a configuration file with every key, its default and its meaning."""
    from voicebot.disk import write_atomically
    from voicebot.resources import bundled

    if path.exists():
        raise InputError(f"{path} exists already", hint="move it away, or name another file")
    if not dry_run:
        write_atomically(path, bundled("config.example.yaml").read_bytes())
    state_of(ctx).console.emit({"path": str(path)}, json_, lambda: f"{path} {'would be ' if dry_run else ''}written")
