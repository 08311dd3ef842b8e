"""voicebot flow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import GateError, InputError

if TYPE_CHECKING:
    from voicebot.cli.state import State
    from voicebot.flow.expectations import Check
    from voicebot.flow.result import CallResult
    from voicebot.flow.scenario import Scenario
    from voicebot.test.suite import SuiteReport

MERMAID_FILES = (".mmd", ".mermaid", ".md")
"""Files whose ending asks for a drawing in Mermaid's words."""

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

FlowPath = Annotated[Path, typer.Argument(metavar="FLOW", help="The flow's JSON file.")]
FlowType = Annotated[
    str | None, typer.Option("--type", "-t", help="Its type, e.g. CUSTOMER_QUEUE or MODULE; read from it by default.")
]
Scenarios = Annotated[
    list[Path] | None, typer.Option("--scenario", "-s", help="A YAML file of turns, or a folder of them (repeatable).")
]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", help="Name=value for a placeholder ${Name} (repeatable); wins over settings."),
]


@app.callback()
def flow() -> None:
    """Amazon Connect flows: check, run, draw, publish, pull."""


@app.command()
def run(
    ctx: typer.Context,
    path: FlowPath,
    scenario: Scenarios = None,
    wav: Annotated[
        list[Path] | None, typer.Option("--wav", help="What the caller says, as WAV files in order.")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Write the call here: caller left, bot right.")] = None,
    transcript: Annotated[Path | None, typer.Option(help="Write the transcript here as JSON.")] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Say which blocks and branches were never taken.")
    ] = False,
    export_testcase: Annotated[
        Path | None, typer.Option(help="Write the scenario here as a test case for Amazon Connect.")
    ] = None,
    flow_id: Annotated[str, typer.Option(help="The flow's id in the instance, for --export-testcase.")] = "FLOW-ID",
    json_: Json = False,
) -> None:
    """Run a call through a contact flow: by typing, by a scenario, or by WAV files."""
    from voicebot.resources import find

    state, files = state_of(ctx), _CallFiles(record, transcript, export_testcase, flow_id)
    if coverage or len(scenario or ()) > 1 or any(find(each).is_dir() for each in scenario or ()):
        if wav or files.are_wanted:
            raise InputError(
                "--wav, --record, --transcript and --export-testcase are for one call",
                hint="name one scenario, and leave out --coverage",
            )
        return _cover(state, path, scenario or [], json_)
    files.require(scenario)
    from voicebot.call.simulation.callers import call_plan
    from voicebot.cli.watcher import Watcher
    from voicebot.flow.expectations import check_scenario
    from voicebot.flow.ports import NoObserver
    from voicebot.flow.report import call_document

    plan = call_plan(scenario[0] if scenario else None, wav or (), state.console.ask)
    watcher = NoObserver() if json_ else Watcher(state.console)
    result = state.client.run_flow(path, plan.caller, plan.start, plan.world, watcher, script=plan.scenario)
    checks = check_scenario(plan.scenario, result) if plan.scenario else ()
    document = call_document(result, checks)
    files.save(state, path, plan.scenario, result, document)
    state.console.emit(document, json_, lambda: _ending(result, checks, record))
    return _require(checks)


@dataclass(frozen=True)
class _CallFiles:
    """The files that a call is written to, where they are wanted."""

    record: Path | None
    transcript: Path | None
    testcase: Path | None
    flow_id: str

    @property
    def are_wanted(self) -> bool:
        return bool(self.record or self.transcript or self.testcase)

    def require(self, scenario: list[Path] | None) -> None:
        """Refuse before the call what could not be written after it."""
        from voicebot.disk import require_writable
        from voicebot.flow.line import require_recordable

        if self.testcase and not scenario:
            raise InputError("a test case is made of a scenario", hint="name one with --scenario")
        require_recordable(self.record)
        require_writable(self.transcript, self.testcase)

    def save(
        self, state: State, path: Path, scenario: Scenario | None, result: CallResult, document: dict[str, Any]
    ) -> None:
        if self.record:
            result.recording.save(self.record)
        if self.transcript:
            _save(self.transcript, document)
        if self.testcase and scenario:
            _export(state, path, scenario, result, self.flow_id, self.testcase)


@app.command()
def lint(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FLOW...", help="The flows' JSON files.")],
    flow_type: FlowType = None,
    audio: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A folder with the WAV files that the flows play."),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Put right what needs no thought.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    sarif: Annotated[Path | None, typer.Option(help="Write the findings here as SARIF, for CI.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Check contact flows against every rule that publishing would enforce; exit code 7 when there are errors."""
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


@app.command()
def diagram(
    ctx: typer.Context,
    path: FlowPath,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it here; stdout by default.")] = None,
    form: Annotated[
        Literal["svg", "mermaid"] | None, typer.Option("--format", help="svg, or mermaid; by the file's ending.")
    ] = None,
    scenario: Scenarios = None,
    json_: Json = False,
) -> None:
    """Draw a contact flow; with scenarios, what they went through is painted on it."""
    from voicebot.flow.diagram import render_mermaid, render_svg
    from voicebot.flow.load import build_flow, read_document
    from voicebot.resources import find

    if out and form is None and out.suffix not in (*MERMAID_FILES, ".svg", ""):
        raise InputError(
            f"{out}: flows are not drawn as {out.suffix}", hint="end it with .svg or .mmd, or give --format"
        )
    state = state_of(ctx)
    text = read_document(find(path))
    drawn = build_flow(text.name, text.parse())
    painted = _coverage(state, path, scenario).coverage if scenario else ()
    chosen = form or ("mermaid" if out and out.suffix in MERMAID_FILES else "svg")
    picture = (render_svg if chosen == "svg" else render_mermaid)(drawn, painted[0] if painted else None)
    if out:
        _write(out, picture.encode())
        state.console.note(f"{out}: {len(drawn.actions)} blocks")
    document = {"flow": drawn.name, "format": chosen, "out": str(out) if out else None, "picture": picture}
    state.console.emit(document, json_, lambda: "" if out else picture.rstrip("\n"))


@app.command()
def publish(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FLOW...", help="The flows' JSON files.")],
    name: Annotated[str | None, typer.Option(help="Its name there; that in its metadata by default.")] = None,
    flow_id: Annotated[str | None, typer.Option("--id", help="The flow to update, whatever its name.")] = None,
    flow_type: FlowType = None,
    values: Values = None,
    draft: Annotated[bool, typer.Option("--draft", help="Save the draft, and publish nothing.")] = False,
    version: Annotated[bool, typer.Option("--keep-version", help="Keep what is published as a version.")] = False,
    lint: Annotated[bool, typer.Option("--lint/--no-lint", help="Refuse what flow lint calls an error.")] = True,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Publish contact flows in the Connect instance: made when there is none of the name, updated when it is another."""
    from voicebot.flow.actions.facts import flow_type_of
    from voicebot.flow.publish import publish_flow

    state = state_of(ctx)
    if len(paths) > 1 and (name or flow_id):
        raise InputError("--name and --id are for one flow", hint="publish the flows one by one")
    flows, known, kind = (
        state.client.connect_flows(),
        state.client.flow_values(_values(values)),
        flow_type_of(flow_type),
    )
    done = [
        publish_flow(
            flows, state.client.resolve(path), known, name=name, flow_id=flow_id, flow_type=kind, is_draft=draft,
            keeps_version=version, is_checked=lint, is_dry_run=dry_run,
        )
        for path in paths
    ]  # fmt: skip
    rows = [each.row() for each in done]
    state.console.emit(
        rows, json_, lambda: "\n".join(f"{each.name}: {each.done} {each.id or ''}".strip() for each in done)
    )


@app.command()
def pull(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the files go, a folder for each type.")],
    names: Annotated[list[str] | None, typer.Option("--name", help="Only this flow (repeatable).")] = None,
    flow_type: FlowType = None,
    values: Values = None,
    draft: Annotated[bool, typer.Option("--draft", help="Take the draft, not what is published.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Write the flows and modules of the Connect instance into files; known ARNs become placeholders again."""
    from voicebot.flow.actions.facts import flow_type_of
    from voicebot.flow.publish import pull_flows

    state = state_of(ctx)
    done = pull_flows(
        state.client.connect_flows(), folder, state.client.flow_values(_values(values)), names=names or (),
        flow_type=flow_type_of(flow_type), is_draft=draft, is_dry_run=dry_run, progress=state.console.detail,
    )  # fmt: skip
    rows = [each.row() for each in done]
    state.console.emit(rows, json_, lambda: "\n".join(f"{each.path}: {each.done}" for each in done))


def _coverage(state: State, path: Path, scenarios: list[Path]) -> SuiteReport:
    from voicebot.resources import find
    from voicebot.test.suite import run_suite

    target = state.client.test_target("flow", path)
    return run_suite([find(each) for each in scenarios], target, progress=state.console.progress)


def _cover(state: State, path: Path, scenarios: list[Path], as_json: bool) -> None:
    if not scenarios:
        raise InputError("coverage needs scenarios", hint="name files or folders with --scenario")
    report = _coverage(state, path, scenarios)
    state.console.emit(report.document(), as_json, lambda: "\n".join(report.lines()))
    report.gate()


def _export(state: State, path: Path, scenario: Scenario, result: CallResult, flow_id: str, out: Path) -> None:
    from voicebot.call.simulation.outside import flow_values
    from voicebot.flow.load import load_flow
    from voicebot.flow.testcase import export_test_case

    flow = load_flow(state.client.resolve(path), flow_values(state.client.settings, scenario))
    export = export_test_case(scenario, result, flow, flow_id)
    _save(out, export.request)
    for each in export.left_out:
        state.console.note(f"not in the test case: {each}")


def _values(given: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or ()]
    wrong = next((name for name, equals, _ in pairs if not equals or not name), None)
    if wrong is not None:
        raise InputError(f"--set {wrong!r} is not Name=value", hint="e.g. --set AgentQueueArn=arn:aws:connect:...")
    return {name: value for name, _, value in pairs}


def _save(path: Path, document: object) -> None:
    import json

    _write(path, json.dumps(document, ensure_ascii=False, indent=2).encode())


def _write(path: Path, data: bytes) -> None:
    from voicebot.disk import write_atomically

    write_atomically(path, data)


def _ending(result: CallResult, checks: tuple[Check, ...], record: Path | None) -> str:
    end = f"queue {result.queue}" if result.queue else (result.disconnect_reason or "")
    answered = f", an agent after {result.agent_after_s:.1f} s" if result.agent_after_s is not None else ""
    lines = [f"{result.duration_s:.1f} s, {end}{answered}"]
    if checks:
        lines.append(f"{sum(check.is_met for check in checks)} of {len(checks)} expectations met")
    return "\n".join(lines + ([f"recording: {record}"] if record else []))


def _require(checks: tuple[Check, ...]) -> None:
    from voicebot.test.suite import explain

    failed = [check for check in checks if not check.is_met]
    if failed:
        raise GateError(f"{len(failed)} of {len(checks)} expectations were not met; {explain(failed[0])}")
