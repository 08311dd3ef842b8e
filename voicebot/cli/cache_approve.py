"""voicebot cache approve, sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.exits import Exit
from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.errors import InputError

if TYPE_CHECKING:
    from voicebot.cache.approval.command import Approve, ApproveOptions
    from voicebot.cache.approval.report import ApprovalReport
    from voicebot.cli.state import State

app = typer.Typer(cls=GuardedGroup, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def approve(
    ctx: typer.Context,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many items.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="So many at a time.")] = 2,
    max_minutes: Annotated[float | None, typer.Option(min=0, help="Begin no item after so many minutes.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Spend no more than so many US dollars on speech.")
    ] = None,
    rule: Annotated[Path | None, typer.Option(help="A YAML file that says what needs a person; see the docs.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Only make answers again that are out of date.")] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Look at each item: play, edit, approve, reject, skip, undo.")
    ] = False,
    remote: Annotated[bool, typer.Option("--remote", help="Have Lambda functions do it, many at a time.")] = False,
    engine: Engine = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Synthesise, store and publish what waits in the inbox; safe in cron and after a kill.

    Ends with 0 when everything is done or nothing was to do, 6 when something failed that the next run tries again, 5 when an
    item was given up and needs a person.
    """
    from voicebot.cache.approval.command import ApproveOptions, planned_text
    from voicebot.cache.approval.report import Limits

    state = state_of(ctx)
    if remote:
        from voicebot.cli.cache_remote import approve_remote

        if interactive or stale or max_minutes is not None or max_cost is not None:
            raise InputError("--remote goes with --limit, --rule and --engine only")
        approve_remote(state, limit, rule, engine, dry_run, json_)
        return
    limits = Limits(limit, None if max_minutes is None else max_minutes * 60, max_cost)
    options = ApproveOptions(workers, limits, state.client.approval_rule(rule) if rule else None, stale, interactive)
    service = state.client.approve(engine)
    if dry_run:
        plan = service.preview(options)
        state.console.emit(plan, json_, lambda: planned_text(plan))
        return
    report = _run(state, service, options, engine)
    state.console.emit(report, json_, report.text)
    if report.failed or report.stopped == "engine":
        raise typer.Exit(Exit.REFUSED if report.dead else Exit.UNAVAILABLE)


def _run(state: State, service: Approve, options: ApproveOptions, engine: str | None) -> ApprovalReport:
    from voicebot.cli.review import ReviewScreen

    console, limit = state.console, options.limits.items
    screen = ReviewScreen(console, state.client.review(engine)) if options.is_reviewed else None
    with console.progress("approving", limit if options.has_run else 0) as step:
        report = service.run(options, lambda result: console.log(result.line(), step))
    if screen:
        service.review(report, screen.run(limit))
    return report


@app.command()
def sweep(ctx: typer.Context, dry_run: DryRun = False, json_: Json = False) -> None:
    """Remove clips that no answer names; approve does it too, where a run was interrupted."""
    state = state_of(ctx)
    removed = state.client.orphans.sweep(is_forced=True, is_dry_run=dry_run)
    would = "would be " if dry_run else ""
    state.console.emit({"removed": removed}, json_, lambda: f"{len(removed)} clips {would}removed")
