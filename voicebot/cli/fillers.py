"""voicebot fillers."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.errors import NotFoundError

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def fillers() -> None:
    """Short sounds of the bot's own voice that cover a wait."""


@app.command()
def generate(
    ctx: typer.Context,
    categories: Annotated[
        list[str] | None, typer.Option("--categories", help="Only these, such as thinking or price; may be repeated.")
    ] = None,
    engine: Engine = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make those again that are there in this voice.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Synthesise the fillers that are missing, with the engine that speaks the answers."""
    from voicebot.fillers.generate import FillerMaker, chosen

    state = state_of(ctx)
    texts = chosen(state.client.filler_texts, categories or ())
    maker = FillerMaker(state.client.prompts(engine), state.client.blobs)
    if dry_run:
        missing = len(texts) - (0 if fresh else len(maker.known(texts)))
        state.console.emit({"made": missing, "texts": texts}, json_, lambda: f"{missing} fillers would be made")
        return
    with state.console.progress("fillers", len(texts)) as step:
        report = maker.run(texts, fresh, on_filler=lambda filler: step())
    state.console.emit(report, json_, lambda: f"{report.made} fillers made, {report.kept} there already")


@app.command("list")
def list_(ctx: typer.Context, json_: Json = False) -> None:
    """List the fillers that have been made."""
    state = state_of(ctx)
    shelf = state.client.shelf.fillers
    if json_:
        state.console.emit(shelf, as_json=True)
        return
    rows = [(one.category, one.length, f"{one.duration_s:.2f} s", one.engine, one.text) for one in shelf]
    state.console.table("Fillers", ("category", "length", "duration", "engine", "text"), rows)


@app.command()
def pick(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What the caller asked.")],
    wait: Annotated[float, typer.Option("--wait", min=0, help="How many seconds the answer will still take.")] = 1.5,
    heard: Annotated[int, typer.Option(min=0, help="How many fillers the caller has heard for this answer.")] = 0,
    json_: Json = False,
) -> None:
    """Show the filler that would cover the wait for an answer to TEXT."""
    from voicebot.chat.protocol import Turn
    from voicebot.fillers.shelf import Wait

    state = state_of(ctx)
    understood = state.client.chajipsa.understand(Turn(text))
    filler = state.client.shelf.pick(Wait(understood.intent, wait, heard=heard, heard_in_turn=heard))
    if filler is None:
        raise NotFoundError("there are no fillers yet", hint="voicebot fillers generate")
    state.console.emit(filler, json_, lambda: f"{filler.category}: {filler.text}")
