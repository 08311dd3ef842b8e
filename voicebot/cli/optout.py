"""voicebot optout."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def optout() -> None:
    """Who must not be called again."""


@app.command()
def add(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="Such as +821012345678 or 010-1234-5678.")],
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Put a number on the list."""
    from voicebot.call.optouts import e164

    state = state_of(ctx)
    number = e164(number)
    is_new = not state.client.opt_outs.has(number) if dry_run else state.client.opt_outs.add(number, "person")
    state.console.emit({"added": is_new}, json_, lambda: "added" if is_new else "already on the list")


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the numbers, oldest first."""
    state = state_of(ctx)
    listed = list(state.client.opt_outs.scan())
    if json_:
        state.console.emit(listed, as_json=True)
        return
    state.console.table("Opt-outs", ("number", "source"), [(one.number, one.source) for one in listed])
