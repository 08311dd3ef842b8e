"""voicebot optout."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


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
    from voicebot.call.guard.optouts_file import listed_number

    state = state_of(ctx)
    number = listed_number(number)
    is_new = not state.client.opt_outs.has(number) if dry_run else state.client.opt_outs.add(number, "person")
    done = "would be added" if dry_run else "added"
    state.console.emit({"added": is_new}, json_, lambda: done if is_new else "already on the list")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV with a column number, or one number a line.")],
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Put the numbers of a file on the list."""
    from voicebot.call.guard.optouts_file import import_opt_outs

    state = state_of(ctx)
    done = import_opt_outs(file, state.client.opt_outs, dry_run)
    for problem in done.problems:
        state.console.note(problem)
    added = f"{done.added} would be added" if dry_run else f"{done.added} added"
    text = f"{added}, {done.known} on the list already, {len(done.problems)} not taken"
    state.console.emit(done, json_, lambda: text)


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the numbers, oldest first."""
    state = state_of(ctx)
    listed = list(state.client.opt_outs.scan())
    if json_:
        state.console.emit(listed, as_json=True)
        return
    rows = [(one.number, one.source, one.notified_on) for one in listed]
    state.console.table("Opt-outs", ("number", "source", "told on"), rows)
    untold = sum(not one.notified_on for one in listed)
    if untold:
        state.console.note(f"{untold} still to be told the result, within 14 days: voicebot consents due")
