"""voicebot cache stats and purge."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

_DAY_S = 86_400


@app.command()
def stats(
    ctx: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="Lookups of so many days, today among them.")] = 7,
    top: Annotated[int, typer.Option(min=0, max=1000, help="List so many misses.")] = 10,
    stale: Annotated[bool, typer.Option("--stale", help="Count stale answers too; reads every answer.")] = False,
    json_: Json = False,
) -> None:
    """Count answers, inbox items, hits and misses by day and intent, top misses, and the cost saved."""
    from voicebot.cache.stats import stats_text

    client, console = state_of(ctx).client, state_of(ctx).console
    outdated = client.staleness().queue(is_dry_run=True).stale if stale else None
    figures = client.stats.collect(days, top, client.live_price_per_1k_chars_usd, outdated)
    console.emit(figures, json_, lambda: stats_text(figures))


@app.command()
def purge(
    ctx: typer.Context,
    id_: Annotated[list[str] | None, typer.Option("--id", help="Answers of this id; may be repeated.")] = None,
    intent: Annotated[list[str] | None, typer.Option(help="Answers of this intent; may be repeated.")] = None,
    engine: Annotated[list[str] | None, typer.Option(help="Answers that this engine spoke; may be repeated.")] = None,
    older_days: Annotated[float | None, typer.Option(min=0, help="Approved more than so many days ago.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every answer; needs --yes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Remove approved answers that meet everything that is given, and later their clips."""
    from voicebot.cache.purge import Choice

    client, console = state_of(ctx).client, state_of(ctx).console
    if all_ and not (yes or dry_run):
        raise InputError("this would remove every approved answer", hint="add --yes, or --dry-run to count them")
    before_s = None if older_days is None else client.clock.now() - older_days * _DAY_S
    choice = Choice(tuple(id_ or ()), tuple(intent or ()), tuple(engine or ()), before_s, all_)
    report = client.purge.run(choice, dry_run)
    if report.answers and not dry_run:
        client.answer_index.build()
    would = "would be " if dry_run else ""
    console.emit(report, json_, lambda: f"{report.answers} answers {would}removed, {report.clips} clips")
