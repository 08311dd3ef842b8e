"""voicebot cache seed, export, import: files of questions and answers."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

if TYPE_CHECKING:
    from voicebot.cache.transfer.loading import LoadOptions, LoadReport, Target
    from voicebot.cli.console import Console
    from voicebot.cli.state import State

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

_Format = Annotated[
    Literal["csv", "jsonl"] | None, typer.Option("--format", help="How the file is written; by its name by default.")
]
_Problems = Annotated[
    Path | None, typer.Option("--problems", help="Write every line that cannot be used here, as a CSV.")
]
_Restart = Annotated[bool, typer.Option("--restart", help="Begin at the first line, whatever a killed run has done.")]


@app.command()
def seed(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A CSV or JSONL file; Chajipsa's own questions by default.")
    ] = None,
    format_: _Format = None,
    problems: _Problems = None,
    restart: _Restart = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Put the questions and answers of a file (id,utterance[,answer]) into the inbox."""
    from voicebot.cache.transfer.loading import LoadOptions
    from voicebot.resources import DATA_DIR

    state = state_of(ctx)
    options = LoadOptions(format_, dry_run, restart, problems)
    file = file or DATA_DIR / "utterance_cache.csv"
    report = _load(state, file, state.client.seed_target, options)
    _say(state.console, report, json_, f"{report.added} added, {report.unchanged} already known")
    _require_some(report, file)


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `cache export` wrote, or `-`.")],
    format_: _Format = None,
    clips: Annotated[
        Path | None, typer.Option(help="A folder of clips, as `cache export --clips` fills it, for those not stored.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave what is stored with another answer as it is.")] = False,
    problems: _Problems = None,
    restart: _Restart = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Store approved answers with their clips; lines without clips go to the inbox."""
    from voicebot.cache.transfer.loading import LoadOptions

    state = state_of(ctx)
    options = LoadOptions(format_, dry_run, restart, problems)
    report = _load(state, file, state.client.import_target(clips, keep), options)
    kept = f", {report.kept} kept" if keep else ""
    parts = (
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged{kept}, {report.queued} to inbox"
    )
    _say(state.console, report, json_, parts)
    _require_some(report, file)


@app.command()
def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file; `-` is standard output.")] = Path("-"),
    format_: _Format = None,
    clips: Annotated[Path | None, typer.Option(help="Copy the answers' clips into this folder, too.")] = None,
    json_: Json = False,
) -> None:
    """Write every approved answer to a CSV or JSONL file."""
    from voicebot.cache.transfer.answers import ClipFolder, export_answers
    from voicebot.cache.transfer.tables import format_of
    from voicebot.disk import writing

    state, is_stdout = state_of(ctx), str(out) == "-"
    if is_stdout and json_:
        raise InputError("--json needs the answers in a file", hint="add -o FILE")
    format_ = format_ or ("csv" if is_stdout else format_of(out))
    folder = ClipFolder(clips, state.client.blobs) if clips else None
    target = nullcontext(state.console.stream) if is_stdout else writing(out)
    with state.console.progress("exporting", state.client.answers.count()) as step, target as file:
        report = export_answers(state.client.answers.scan(), file, format_, folder, step)
    lost = f", {report.lost_clips} clips are lost" if report.lost_clips else ""
    text = f"{report.answers} answers, {report.clips} clips{lost}"
    state.console.note(text) if is_stdout else state.console.emit(report, json_, lambda: text)


def _load(state: "State", file: Path, target: "Target", options: "LoadOptions") -> "LoadReport":
    with state.console.progress("reading", 100) as step:
        return state.client.loader.run(file, target, options, _percents(step))


def _percents(step: Callable[[], None]) -> Callable[[float], None]:
    """Return a function that takes a share and makes as many steps as it has gained percents."""
    done = 0

    def to(share: float) -> None:
        nonlocal done
        while done < round(100 * share):
            done += 1
            step()

    return to


def _say(console: "Console", report: "LoadReport", as_json: bool, parts: str) -> None:
    text = f"{parts}, {report.unusable} unusable" + (" (dry run)" if report.is_dry_run else "")
    console.emit(report, as_json, lambda: text)
    if as_json:
        return
    for line in report.problems:
        console.note(line)
    if report.unusable > len(report.problems):
        console.note(f"... and {report.unusable - len(report.problems)} more (--problems FILE lists all)")
    if report.cp949_lines:
        console.note(f"{report.cp949_lines} lines were CP949 text")
    if report.resumed_after_line:
        console.note(f"went on after line {report.resumed_after_line}, where an earlier run was ended")


def _require_some(report: "LoadReport", file: Path) -> None:
    """Refuse a file of which nothing could be used, such as one of another kind."""
    used = report.added + report.changed + report.unchanged + report.kept + report.queued + report.repeated
    if report.unusable and not used and not report.resumed_after_line:
        raise InputError(f"{file}: no line can be used", hint="its columns are id,utterance,answer; see docs/cache.md")
