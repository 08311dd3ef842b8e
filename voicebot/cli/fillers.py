"""voicebot fillers."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.errors import NotFoundError

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def fillers() -> None:
    """Short sounds of the bot's own voice that cover a wait."""


@app.command()
def generate(
    ctx: typer.Context,
    categories: Annotated[list[str] | None, typer.Option("--categories", help="Only these; may be repeated.")] = None,
    engine: Engine = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Synthesise the fillers with the engine that speaks the answers."""
    from voicebot.fillers import generate as fillers_of

    state = state_of(ctx)
    texts = fillers_of.chosen(state.client.filler_texts, categories or ())
    if dry_run:
        state.console.emit(texts, json_, lambda: f"{len(texts)} fillers would be made")
        return
    with state.console.progress("fillers", len(texts)) as step:
        prompts = state.client.prompts(engine)
        made = fillers_of.generate(texts, prompts, state.client.blobs, on_filler=lambda filler: step())
    state.console.emit(made, json_, lambda: f"{len(made)} fillers made")


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the fillers that have been made."""
    state = state_of(ctx)
    shelf = state.client.shelf.fillers
    if json_:
        state.console.emit(shelf, as_json=True)
        return
    rows = [(one.category, one.length, f"{one.duration_s:.2f} s", one.text) for one in shelf]
    state.console.table("Fillers", ("category", "length", "duration", "text"), rows)


@app.command()
def pick(ctx: typer.Context, text: str, json_: Json = False) -> None:
    """Show the filler that would cover the wait for an answer to TEXT."""
    from voicebot.chat.protocol import Turn

    state = state_of(ctx)
    understood = state.client.chajipsa.understand(Turn(text))
    filler = state.client.shelf.pick(understood.intent, "medium", "", 0, 0)
    if filler is None:
        raise NotFoundError("there are no fillers yet", hint="voicebot fillers generate")
    state.console.emit(filler, json_, lambda: f"{filler.category}: {filler.text}")
