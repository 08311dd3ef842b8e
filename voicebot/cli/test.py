"""voicebot test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command("test")
def play(
    ctx: typer.Context,
    scenarios: Annotated[
        list[Path], typer.Argument(metavar="SCENARIOS...", help="YAML files, folders of them, or manifests.")
    ],
    over: Annotated[
        Literal["text", "flow", "lex", "connect"], typer.Option(help="What they are played against.")
    ] = "flow",
    flow: Annotated[Path | None, typer.Option(help="The flow instead of the one that a scenario names.")] = None,
    flow_id: Annotated[str | None, typer.Option(help="With --over connect: the flow's id in the instance.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="How often each is played.")] = 1,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Say which blocks and branches were never taken.")
    ] = False,
    min_coverage: Annotated[
        float | None, typer.Option(min=0, max=1, help="End with 7 when less of the branches was taken, 0 to 1.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the report here as JUnit XML, for CI.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier --json report: what passes or fails now is said.")
    ] = None,
    json_: Json = False,
) -> None:
    """Play scenarios over text, the local flow, Lex or Connect.

    Exit code 7 when an expectation is not met.
    """
    from voicebot.disk import require_writable, write_atomically
    from voicebot.resources import find
    from voicebot.test.junit import junit_document
    from voicebot.test.suite import load_report, run_suite

    require_writable(junit)
    state = state_of(ctx)
    before = load_report(baseline) if baseline else {}
    target = state.client.test_target(over, flow, flow_id)
    report = run_suite([find(path) for path in scenarios], target, repeat=repeat, progress=state.console.progress)
    if junit:
        write_atomically(junit, junit_document(report))
    state.console.emit(report.document(), json_, lambda: "\n".join(report.lines(is_detailed=coverage)))
    for line in report.changes(before):
        state.console.note(line)
    report.gate(min_coverage)
