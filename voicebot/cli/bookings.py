"""voicebot bookings."""

from datetime import datetime

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def bookings() -> None:
    """Bookings that callers asked for and a person has to confirm."""


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the requests, oldest first."""
    state = state_of(ctx)
    requests = list(state.client.bookings.scan())
    if json_:
        state.console.emit(requests, as_json=True)
        return
    rows = [
        (f"{datetime.fromtimestamp(one.requested_at_s):%Y-%m-%d %H:%M}", one.contact_id, *one.request.split("|"))
        for one in requests
    ]
    columns = ("asked at", "contact", "what", "service", "branch", "date", "time")
    state.console.table("Booking requests", columns, [row[: len(columns)] for row in rows])
