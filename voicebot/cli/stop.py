"""voicebot stop."""

from typing import Annotated

import typer

from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def stop(
    ctx: typer.Context,
    contact_id: Annotated[str | None, typer.Argument(metavar="ID", help="The contact's id.")] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="The kill switch: end all calls, and let none go out until --lift.")
    ] = False,
    lift: Annotated[bool, typer.Option("--lift", help="Let calls go out again.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is logged.")] = "",
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """End one call, or all of them."""
    if [contact_id is not None, all_, lift].count(True) != 1:
        raise InputError("name a contact, or give --all, or --lift", hint="voicebot contacts list shows the ids")
    state = state_of(ctx)
    calls = state.client.calls()
    if dry_run:
        wanted = calls.status(contact_id).contact_id if contact_id else None
        ended = [call for call in calls.going_on() if all_ or call.contact_id == wanted]
        text = "calls would go out again" if lift else f"would end {len(ended)}"
        state.console.emit({"dry_run": True, "calls": ended}, json_, lambda: text)
        return
    if lift:
        calls.switch.set(False, reason)
        state.console.emit({"stopped": False}, json_, lambda: "calls may go out again")
    elif all_:
        ended = calls.stop_all(reason)
        text = f"all calls are stopped, {len(ended)} were ended; voicebot stop --lift lets them go out again"
        state.console.emit({"stopped": True, "calls": ended}, json_, lambda: text)
    else:
        call = calls.stop(contact_id or "")
        state.console.emit(call, json_, lambda: f"{call.contact_id}\t{call.state}")
