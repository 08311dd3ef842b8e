"""voicebot consents."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

Number = Annotated[str, typer.Argument(help="Such as +821012345678 or 010-1234-5678.")]


@app.callback()
def consents() -> None:
    """Who agreed to advertising calls, and what the law asks to be done about it."""


@app.command()
def add(
    ctx: typer.Context,
    number: Number,
    source: Annotated[str, typer.Option(help="Where it was given: the name of a form, a shop, a campaign.")],
    channel: Annotated[str, typer.Option(help="How: such as web, app, paper, call or store.")],
    date: Annotated[str | None, typer.Option(help="The day, as 2026-11-25; today by default.")] = None,
    night: Annotated[bool, typer.Option("--night", help="Calls from 21:00 to 08:00 were agreed to as well.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Keep a consent, or its confirmation after two years."""
    from voicebot.call.guard.consents import build_consent

    state = state_of(ctx)
    today = state.client.seoul_time.now().date()
    consent = build_consent(number, date or today.isoformat(), source, channel, night, today)
    if not dry_run:
        state.client.consents.put(consent)
    ends = consent.ends_on.isoformat()
    state.console.emit(
        {"day": consent.day, "ends_on": ends},
        json_,
        lambda: f"{'would count' if dry_run else 'counts'} until {ends} (not included)",
    )


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV with number,date,source,channel,night.")],
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Take consents from a CSV file."""
    from voicebot.call.guard.consents import import_consents

    state = state_of(ctx)
    today = state.client.seoul_time.now().date()
    done = import_consents(file, state.client.consents, today, dry_run)
    for problem in done.problems:
        state.console.note(problem)
    state.console.emit(
        done, json_, lambda: f"{done.added} {'would be ' if dry_run else ''}taken, {len(done.problems)} not"
    )


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the consents."""
    state = state_of(ctx)
    listed = list(state.client.consents.scan())
    if json_:
        state.console.emit(listed, as_json=True)
        return
    rows = [
        (one.number, one.day, one.ends_on, one.source, one.channel, "night" if one.is_night else "") for one in listed
    ]
    state.console.table("Consents", ("number", "day", "ends on", "source", "channel", "night"), rows)


@app.command()
def remove(ctx: typer.Context, number: Number, dry_run: DryRun = False, json_: Json = False) -> None:
    """Forget a consent that was withdrawn; voicebot optout add lists the person as well."""
    from voicebot.call.numbers import callable_number

    state = state_of(ctx)
    known = state.client.consents
    number = callable_number(number)
    was_there = known.get(number) is not None if dry_run else known.remove(number)
    done = "would be removed" if dry_run else "removed"
    state.console.emit({"removed": was_there}, json_, lambda: done if was_there else "there was none")


@app.command()
def due(ctx: typer.Context, json_: Json = False) -> None:
    """Say what is due: result notices within 14 days, consents to be confirmed after two years."""
    state = state_of(ctx)
    duties = state.client.duties.due()
    if json_:
        state.console.emit(duties, as_json=True)
        return
    rows = [(one.due_on, "overdue" if one.is_overdue else "due", one.what, one.number, one.since) for one in duties]
    state.console.table("Due", ("last day", "", "what", "number", "since"), rows)
    state.console.note(f"{len(duties)} due, {sum(one.is_overdue for one in duties)} overdue")


@app.command()
def notified(ctx: typer.Context, number: Number, dry_run: DryRun = False, json_: Json = False) -> None:
    """Note that a person was told the result of a consent or a refusal today."""
    state = state_of(ctx)
    marked = state.client.duties.mark_notified(number, is_dry_run=dry_run)
    state.console.emit(
        {"marked": marked}, json_, lambda: "\n".join(f"{one} would be marked" if dry_run else one for one in marked)
    )


@app.command()
def purge(ctx: typer.Context, dry_run: DryRun = False, json_: Json = False) -> None:
    """Remove the consents that are older than two years."""
    state = state_of(ctx)
    today = state.client.seoul_time.now().date()
    ended = [one for one in state.client.consents.scan() if one.ends_on <= today]
    count = len(ended) if dry_run else state.client.consents.purge(today)
    state.console.emit({"removed": count}, json_, lambda: f"{count} {'would be ' if dry_run else ''}removed")
