"""voicebot cache."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from voicebot.cli.cache_approve import app as approve_app
from voicebot.cli.cache_files import app as files_app
from voicebot.cli.cache_stats import app as stats_app
from voicebot.cli.exits import Exit
from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

CacheCsv = Annotated[
    Path | None, typer.Option("--cache", help="A CSV id,utterance[,answer]; the approved answers by default.")
]
Model = Annotated[
    Path | None, typer.Option("--model", help="A model's folder; the one that comes with voicebot by default.")
]
Queries = Annotated[
    Path, typer.Argument(metavar="QUERIES", help="A CSV utterance,expected[,intent]; an empty expected must miss.")
]

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
inbox_app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(inbox_app, name="inbox", help="Misses that wait for an answer.")
app.add_typer(approve_app)
app.add_typer(files_app)
app.add_typer(stats_app)


@app.callback()
def cache() -> None:
    """Approved answers: look up, seed, approve, measure, export."""


@app.command()
def lookup(
    ctx: typer.Context, utterance: Annotated[str, typer.Argument(help="What a caller says.")], json_: Json = False
) -> None:
    """Look an utterance up among the approved answers."""
    from voicebot.cache.lookup import describe

    state = state_of(ctx)
    found = describe(state.client.lookup, state.client.blobs, utterance)
    state.console.emit(found, json_, lambda: found.answer or "miss")
    if not found.hit:
        raise typer.Exit(Exit.NOT_FOUND)


@app.command()
def index(ctx: typer.Context, dry_run: DryRun = False, json_: Json = False) -> None:
    """Index the approved answers, so that paraphrases of them are found; approve does it too."""
    state = state_of(ctx)
    lines = state.client.answers.count() if dry_run else state.client.answer_index.build()
    state.console.emit({"lines": lines}, json_, lambda: f"{lines} lines {'would be ' if dry_run else ''}indexed")


@app.command()
def setup(ctx: typer.Context, dry_run: DryRun = False, json_: Json = False) -> None:
    """Make the tables and the bucket of the aws backend that are missing."""
    state = state_of(ctx)
    if not state.client.is_on_aws:
        raise InputError("the local backend needs no setup", hint="voicebot --backend aws cache setup")
    steps = state.client.set_up_stores(dry_run)
    state.console.emit(steps, json_, lambda: "\n".join(f"{step.resource}: {step.action}" for step in steps))


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the approved answers."""
    state = state_of(ctx)
    answers = list(state.client.answers.scan())
    if json_:
        state.console.emit(answers, as_json=True)
        return
    rows = [(answer.answer_id, answer.utterance, answer.text) for answer in answers]
    state.console.table("Approved answers", ("id", "utterance", "answer"), rows)


@app.command()
def coverage(
    ctx: typer.Context,
    queries: Queries,
    cache_csv: CacheCsv = None,
    model: Model = None,
    predictions: Annotated[Path | None, typer.Option(help="Write what each query got here, as a CSV.")] = None,
    min_hit_rate: Annotated[float | None, typer.Option(min=0, max=1, help="Exit 7 when it is lower.")] = None,
    max_false_hit_rate: Annotated[float | None, typer.Option(min=0, max=1, help="Exit 7 when it is higher.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report here as one page, with the curve.")] = None,
    json_: Json = False,
) -> None:
    """Measure hits and false hits over queries whose answers are known; a gate for CI."""
    from voicebot.cache.coverage.queries import count_queries
    from voicebot.cache.coverage.report import Gate, check_gate
    from voicebot.cache.coverage.text import coverage_text

    state = state_of(ctx)
    gate, total = Gate(min_hit_rate, max_false_hit_rate), count_queries(queries)
    service = state.client.coverage(cache_csv, model)
    with state.console.progress("asking", total) as step:
        report = service.measure(queries, gate, predictions, html, step)
    state.console.emit(report, json_, lambda: coverage_text(report))
    check_gate(report)


@app.command()
def tune(
    ctx: typer.Context,
    queries: Queries,
    budget: Annotated[float, typer.Option(min=0, max=1, help="The false-hit rate that is allowed.")] = 0.01,
    cache_csv: CacheCsv = None,
    model: Model = None,
    write: Annotated[bool, typer.Option("--write", help="Set it in the file that --config names.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Fit the match threshold to a budget of false hits on a development set."""
    from voicebot.cache.coverage.queries import count_queries
    from voicebot.cache.coverage.threshold_file import named
    from voicebot.cache.coverage.tuning import check_budget, tune_text

    state = state_of(ctx)
    config, total = named(state.config) if write else None, count_queries(queries)
    service = state.client.coverage(cache_csv, model)
    with state.console.progress("asking", total) as step:
        report = service.tune(queries, budget, step)
    if config and report.is_met:
        report = report.written(config, dry_run)
    state.console.emit(report, json_, lambda: tune_text(report))
    check_budget(report)


@inbox_app.callback()
def inbox() -> None:
    """Misses that wait for an answer."""


@inbox_app.command("list")
def inbox_list(
    ctx: typer.Context,
    state: Annotated[
        Literal["pending", "claimed", "synthesised", "approved", "rejected", "failed", "dead"] | None,
        typer.Option(help="Only these."),
    ] = None,
    json_: Json = False,
) -> None:
    """List the inbox, most asked first."""
    run = state_of(ctx)
    items = list(run.client.inbox.scan(state))
    if json_:
        run.console.emit(items, as_json=True)
        return
    rows = [(item.id_hash, item.state, item.count, item.utterance, item.answer or "") for item in items]
    run.console.table("Inbox", ("item", "state", "count", "utterance", "answer"), rows)


@inbox_app.command()
def add(
    ctx: typer.Context,
    utterance: Annotated[str, typer.Argument(help="What callers ask.")],
    answer: Annotated[str, typer.Argument(help="What they will hear; may hold {section.fact}.")],
    intent: Annotated[str, typer.Option(help="What it asks for, such as parking.")] = "",
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Add a question with its answer; it waits for approval like any other."""
    from voicebot.cache.protocol import short_name
    from voicebot.cache.transfer.seed import add_by_hand, by_hand

    state = state_of(ctx)
    miss = by_hand(state.client.lookup, state.client.facts, utterance, answer, intent)
    if dry_run:
        state.console.emit(miss, json_, lambda: f"item {short_name(miss.key)} would be pending")
        return
    item = add_by_hand(state.client.inbox, miss)
    state.console.emit(item, json_, lambda: f"item {item.id_hash} is {item.state}")


@inbox_app.command()
def reject(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(help="As inbox list shows it.")],
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Reject an item: it is not approved, and repeats of it do not bring it back."""
    from voicebot.cache.naming import put_named

    state = state_of(ctx)
    found = put_named(state.client.inbox, item, "rejected", dry_run)
    done = {"item": found.id_hash, "state": "rejected"}
    state.console.emit(done, json_, lambda: f"item {found.id_hash} {'would be ' if dry_run else ''}rejected")


@inbox_app.command()
def retry(
    ctx: typer.Context,
    item: Annotated[str | None, typer.Argument(help="As inbox list shows it; every dead one without it.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Have an item tried again that failed, was given up or rejected, with all its attempts."""
    from voicebot.cache.naming import put_named, retry_dead

    state = state_of(ctx)
    inbox = state.client.inbox
    count = 1 if item and put_named(inbox, item, "pending", dry_run) else retry_dead(inbox, dry_run)
    would = "would be" if dry_run else "will be"
    state.console.emit({"items": count}, json_, lambda: f"{count} items {would} tried again")
