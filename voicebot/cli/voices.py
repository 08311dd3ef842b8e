"""voicebot voices."""

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Engine, Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def voices() -> None:
    """List the voices of a speech engine."""


@app.command("list")
def list_(ctx: typer.Context, engine: Engine = None, json_: Json = False) -> None:
    """List the voices of an engine."""
    state = state_of(ctx)
    found = state.client.speaker(engine).voices()
    if json_:
        state.console.emit(found, as_json=True)
        return
    state.console.table(
        "Voices",
        ("id", "name", "language", "gender"),
        [(voice.id, voice.name, voice.language, voice.gender or "") for voice in found],
    )
