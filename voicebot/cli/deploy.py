"""voicebot deploy."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of

Out = Annotated[Path, typer.Option("--out", "-o", help="The folder for the packages.")]
Functions = Annotated[list[str] | None, typer.Option("--function", help="Only this function; may be repeated.")]

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def deploy() -> None:
    """The stack on AWS: plan, apply, look, package, back up."""


@app.command()
def package(
    ctx: typer.Context,
    out: Out = Path("build/packages"),
    function: Functions = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Build the functions' packages: only what each handler needs, the same bytes from the same input."""
    from voicebot.deploy.deployment import contents_text, packages_text
    from voicebot.deploy.packages import BUDGET_MB, check_budget

    state = state_of(ctx)
    if dry_run:
        contents = state.client.deployment.contents(out, function or ())
        state.console.emit(contents, json_, lambda: contents_text(contents))
        return
    built = state.client.deployment.package(out, state.console.note, function or ())
    state.console.emit(built, json_, lambda: packages_text(built, BUDGET_MB))
    check_budget(built)


@app.command()
def plan(ctx: typer.Context, out: Out = Path("build/packages"), json_: Json = False) -> None:
    """Show what apply would change. Only the template goes to the account, into the bucket of packages."""
    from voicebot.deploy.changes import plan_text

    state = state_of(ctx)
    planned = state.client.deployment.plan(out, state.console.note)
    state.console.emit(planned, json_, lambda: plan_text(planned))


@app.command()
def apply(
    ctx: typer.Context,
    out: Out = Path("build/packages"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as deploy plan.")] = False,
    json_: Json = False,
) -> None:
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


@app.command()
def backup(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A new folder; backups/<date> by default.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Keep flows, modules, prompts, queues, hours, the bot and the roles' policies in a dated folder."""
    from voicebot.deploy.backup import read_account, require_new, stamp, write_backup

    state = state_of(ctx)
    account, taken_at = state.client.account, stamp(state.client.clock)
    folder = out or Path("backups") / taken_at
    require_new(folder)
    documents = read_account(account, state.console.note)
    files = len(documents) if dry_run else write_backup(folder, documents, taken_at, account.flows.instance_id)
    report = {"folder": str(folder), "files": files, "is_dry_run": dry_run}
    state.console.emit(report, json_, lambda: f"{folder}: {files} files" + (" would be written" if dry_run else ""))


@app.command()
def restore(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="What deploy backup wrote.")],
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Compare a backup with the account; without --dry-run, put flows and modules back as they were.

    Queues, hours and roles carry live calls: their differences are shown and left to a person. Exit 7 when any remain.
    """
    from voicebot.deploy.backup import read_account, read_backup
    from voicebot.deploy.restore import check_same, compare, differences_text, restore_flows

    state = state_of(ctx)
    kept, account = read_backup(folder), state.client.account
    found = compare(kept, read_account(account, state.console.note))
    if not dry_run:
        done = restore_flows(account.flows, kept, found, state.console.note)
        found = [one for one in found if one.path not in done]
    state.console.emit(found, json_, lambda: differences_text(found))
    check_same(found)
