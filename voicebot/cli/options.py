"""Options that many commands share."""

from typing import Annotated

import typer

from voicebot.cli.state import State

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Engine = Annotated[str | None, typer.Option("--engine", "-e", help="The speech engine; the configured one by default.")]


def state_of(ctx: typer.Context) -> State:
    """Return the state of this run."""
    state = ctx.obj
    assert isinstance(state, State)
    return state
