"""voicebot contacts."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Json, state_of
from voicebot.cli.state import State

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]


@app.callback()
def contacts() -> None:
    """What became of calls. Numbers are not shown: a person is the first part of a keyed hash."""


@app.command("list")
def list_(
    ctx: typer.Context,
    campaign: Annotated[str | None, typer.Option(help="Of this campaign only.")] = None,
    limit: Limit = 50,
    json_: Json = False,
) -> None:
    """List the calls, the newest first."""
    from itertools import islice

    state = state_of(ctx)
    calls = (call for call in state.client.call_log.scan() if campaign is None or call.campaign == campaign)
    found = list(islice(calls, limit))
    if json_:
        state.console.emit(found, as_json=True)
        return
    rows = [
        (one.contact_id, _time(state, one.placed_at_s), one.state, one.outcome, one.purpose, one.engine, one.person[:8],
         one.campaign)
        for one in found
    ]  # fmt: skip
    columns = ("contact", "placed at", "state", "outcome", "purpose", "engine", "person", "campaign")
    state.console.table("Calls", columns, rows)


@app.command()
def audit(ctx: typer.Context, limit: Limit = 200, json_: Json = False) -> None:
    """Print the audit log, one line for each dial and each refusal, the newest last."""
    from collections import deque

    state = state_of(ctx)
    lines = list(deque(state.client.call_audit.scan(), maxlen=limit))
    if json_:
        state.console.emit(lines, as_json=True)
        return
    rows = [
        (
            _time(state, line.at_s),
            line.event,
            line.purpose,
            line.person[:8],
            line.campaign,
            ",".join(line.rules),
            line.detail,
        )
        for line in lines
    ]
    columns = ("at", "event", "purpose", "person", "campaign", "rules", "detail")
    state.console.table("Audit log", columns, rows)


def _time(state: State, at_s: float) -> str:
    return f"{state.client.seoul_time.at(at_s):%Y-%m-%d %H:%M:%S}" if at_s else ""
