"""voicebot voices."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.cli.tts import Consent, MaxCost, Yes, agreed_cost

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def voices() -> None:
    """The voices of the speech engines: list them, or hear them side by side."""


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


@app.command()
def compare(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What to say.")],
    engine: Annotated[
        list[str] | None,
        typer.Option("--engine", "-e", help="An engine; may be repeated. The configured ones by default."),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with players and spectrograms.")] = None,
    out_dir: Annotated[Path | None, typer.Option("--out-dir", help="Write a WAV and a spectrogram of each.")] = None,
    max_cost: MaxCost = 1.0,
    yes: Yes = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Say one text with several engines: first audio, loudness, telephone band, price."""
    from voicebot.disk import require_writable, require_writable_folder, write_atomically
    from voicebot.tts.compare import compare as compare_engines
    from voicebot.tts.compare import write_files
    from voicebot.tts.compare_page import COLUMNS, page, row
    from voicebot.tts.protocol import SpeechRequest
    from voicebot.tts.speaker import Speaker

    require_writable(html)
    if out_dir:
        require_writable_folder(out_dir)
    state = state_of(ctx)
    tts = state.client.settings.tts
    consent = Consent(max_cost, yes, dry_run)

    def built(name: str) -> Speaker:
        return state.client.speaker(name, use_cache=False)

    def price(speaker: Speaker) -> float | None:
        return agreed_cost(state, speaker, [text], consent).price_usd

    names = list(dict.fromkeys(engine or (tts.engine, tts.live_engine)))
    if dry_run:
        costs = [agreed_cost(state, built(name), [text], consent) for name in names]
        state.console.emit(costs, json_, lambda: "\n".join(one.line() for one in costs))
        return
    with state.console.progress("speaking", len(names)) as step:
        results = []
        for result in compare_engines(SpeechRequest(text), {name: partial(built, name) for name in names}, price):
            results.append(result)
            step()
    if html:
        write_atomically(html, page(text, results).encode())
    for path in write_files(results, out_dir) if out_dir else []:
        state.console.detail(str(path))
    if json_:
        state.console.emit([result.figures for result in results], as_json=True)
        return
    state.console.table("", [title for title, _ in COLUMNS], [row(result.figures) for result in results])
    for result in results:
        if result.figures.problem:
            state.console.note(result.figures.problem)
