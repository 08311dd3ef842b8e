"""voicebot status."""

from typing import Annotated

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def status(
    ctx: typer.Context,
    contact_id: Annotated[str, typer.Argument(metavar="ID", help="The contact's id.")],
    wait: Annotated[bool, typer.Option("--wait", help="Follow the call until it is over.")] = False,
    json_: Json = False,
) -> None:
    """Say what became of one call."""
    state = state_of(ctx)
    calls = state.client.calls()
    call = calls.follow(contact_id) if wait else calls.status(contact_id)
    talk = f"{call.talk_s:.1f} s" if call.talk_s is not None else ""
    parts = (call.contact_id, call.state, call.outcome, talk, call.reason)
    state.console.emit(call, json_, lambda: "\t".join(part for part in parts if part))
