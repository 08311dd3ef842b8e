"""voicebot cache approve --remote."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from voicebot.cli.exits import Exit

if TYPE_CHECKING:
    from voicebot.cache.approval.state_machine import Progress
    from voicebot.cli.state import State


def approve_remote(
    state: "State", limit: int | None, rule: Path | None, engine: str | None, dry_run: bool, json_: bool
) -> None:
    """Approve in the cloud, and follow it."""
    from voicebot.cache.approval.remote import RemoteReport

    client, console = state.client, state.console
    rules = client.approval_rule(rule) if rule else None
    service = client.remote_approval(engine, rules)
    waiting = client.approval(engine).preview(limit, rules)
    if dry_run:
        left = sum(bool(one.reason) for one in waiting)
        plan = RemoteReport(sent=len(waiting) - left, left=left)
        console.emit(plan, json_, lambda: f"{plan.sent} items would be sent, {plan.left} need a person")
        return
    with console.progress("approving in the cloud", len(waiting)) as step:
        report = service.run(limit, engine or client.settings.tts.engine, _counting(step))
    if report.approved:
        client.answer_index.build()
    console.emit(report, json_, report.text)
    if report.failed:
        raise typer.Exit(Exit.UNAVAILABLE)


def _counting(step: Callable[[], None]) -> Callable[["Progress"], None]:
    """Return a function that takes a progress and makes as many steps as items are through since the last."""
    done = 0

    def to(progress: "Progress") -> None:
        nonlocal done
        while done < progress.done:
            done += 1
            step()

    return to
