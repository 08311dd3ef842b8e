"""voicebot flow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import GateError

if TYPE_CHECKING:
    from voicebot.flow.expectations import Check
    from voicebot.flow.result import CallResult

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def flow() -> None:
    """Amazon Connect flows: check, run, draw, publish, pull."""


@app.command()
def run(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FLOW", help="The flow's JSON file.")],
    scenario: Annotated[Path | None, typer.Option("--scenario", "-s", help="A YAML file of turns.")] = None,
    wav: Annotated[
        list[Path] | None, typer.Option("--wav", help="What the caller says, as WAV files in order.")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Write the call here: caller left, bot right.")] = None,
    transcript: Annotated[Path | None, typer.Option(help="Write the transcript here as JSON.")] = None,
    json_: Json = False,
) -> None:
    """Run a call through a contact flow: by typing, by a scenario, or by WAV files."""
    from voicebot.call.simulate import call_plan
    from voicebot.cli.watcher import Watcher
    from voicebot.flow.expectations import check_scenario
    from voicebot.flow.ports import NoObserver
    from voicebot.flow.report import call_document

    state = state_of(ctx)
    plan = call_plan(scenario, wav or (), state.console.ask)
    watcher = NoObserver() if json_ else Watcher(state.console)
    result = state.client.run_flow(path, plan.caller, plan.start, plan.world, watcher)
    checks = check_scenario(plan.scenario, result) if plan.scenario else ()
    document = call_document(result, checks)
    if record:
        result.recording.save(record)
    if transcript:
        _save(transcript, document)
    state.console.emit(document, json_, lambda: _ending(result, checks, record))
    failed = [check for check in checks if not check.is_met]
    if failed:
        first = failed[0]
        raise GateError(
            f"{len(failed)} of {len(checks)} expectations were not met; turn {first.turn}: {first.what} "
            f"should be {first.expected}, is {first.actual}"
        )


@app.command()
def lint(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FLOW...", help="The flows' JSON files.")],
    flow_type: Annotated[
        str | None, typer.Option("--type", "-t", help="What they are published as, e.g. CUSTOMER_QUEUE or MODULE.")
    ] = None,
    audio: Annotated[Path | None, typer.Option(help="A folder with the WAV files that the flows play.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Put right what needs no thought.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    sarif: Annotated[Path | None, typer.Option(help="Write the findings here as SARIF, for CI.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Check contact flows against every rule that publishing would enforce. Ends with 7 when there are errors."""
    from voicebot.flow.actions.facts import flow_type_of
    from voicebot.flow.lint.report import fix_files, lint_files, sarif_document
    from voicebot.resources import find

    state = state_of(ctx)
    kind, files = flow_type_of(flow_type), paths if fix else [find(path) for path in paths]
    if fix:
        for path, repairs in fix_files(files, kind, is_dry_run=dry_run).items():
            state.console.note(f"{path}: {repairs} repairs{' would be made' if dry_run else ''}")
    run = lint_files(files, kind, audio)
    if sarif:
        _save(sarif, sarif_document(run))
    state.console.emit(run.document(), json_, lambda: "\n".join(run.lines()))
    run.gate(is_strict=strict)


def _save(path: Path, document: object) -> None:
    import json

    from voicebot.disk import write_atomically

    write_atomically(path, json.dumps(document, ensure_ascii=False, indent=2).encode())


def _ending(result: CallResult, checks: tuple[Check, ...], record: Path | None) -> str:
    end = f"queue {result.queue}" if result.queue else (result.disconnect_reason or "")
    lines = [f"{result.duration_s:.1f} s, {end}"]
    if checks:
        lines.append(f"{sum(check.is_met for check in checks)} of {len(checks)} expectations met")
    return "\n".join(lines + ([f"recording: {record}"] if record else []))
