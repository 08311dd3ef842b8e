"""voicebot deploy."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of

Out = Annotated[Path, typer.Option("--out", "-o", help="The folder for the packages.")]
Functions = Annotated[list[str] | None, typer.Option("--function", help="Only this function; may be repeated.")]

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def deploy() -> None:
    """The stack on AWS: plan, apply, look, package, back up."""


@app.command()
def package(
    ctx: typer.Context, out: Out = Path("build/packages"), function: Functions = None, json_: Json = False
) -> None:
    """Build the functions' packages: only what each handler needs, the same bytes from the same input."""
    from voicebot.deploy.deployment import packages_text
    from voicebot.deploy.packages import BUDGET_MB, check_budget

    state = state_of(ctx)
    built = state.client.deployment.package(out, state.console.note, function or ())
    state.console.emit(built, json_, lambda: packages_text(built, BUDGET_MB))
    check_budget(built)


@app.command()
def plan(ctx: typer.Context, out: Out = Path("build/packages"), json_: Json = False) -> None:
    """Show what apply would change in the account, and change nothing."""
    from voicebot.deploy.changes import plan_text

    state = state_of(ctx)
    planned = state.client.deployment.plan(out, state.console.note)
    state.console.emit(planned, json_, lambda: plan_text(planned))


@app.command()
def apply(ctx: typer.Context, out: Out = Path("build/packages"), dry_run: DryRun = False, json_: Json = False) -> None:
    """Bring the stack to this installation and these settings, and wait until it is there."""
    if dry_run:
        plan(ctx, out, json_)
        return
    from voicebot.deploy.stack import status_text

    state = state_of(ctx)
    done = state.client.deployment.apply(out, state.console.note)
    state.console.emit(done, json_, lambda: status_text(done))


@app.command()
def status(ctx: typer.Context, json_: Json = False) -> None:
    """Show what is deployed, and why the last change failed if it did."""
    from voicebot.deploy.stack import status_text

    state = state_of(ctx)
    found = state.client.deployment.stack.status()
    state.console.emit(found, json_, lambda: status_text(found))
