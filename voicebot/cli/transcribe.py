"""voicebot transcribe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def transcribe(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A .mkv file of Kinesis Video, or a WAV file.")
    ] = None,
    contact: Annotated[str | None, typer.Option(help="Show the kept transcript of this contact instead.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the transcript here as JSON.")] = None,
    json_: Json = False,
) -> None:
    """What was said in a call, as text with personal data masked."""
    from voicebot.disk import require_writable
    from voicebot.transcribe.transcript import lines, write_transcript

    require_writable(out)
    state = state_of(ctx)
    segments = state.client.transcript(file, contact)
    if out:
        write_transcript(out, segments)
    state.console.emit({"segments": segments}, json_, lambda: "\n".join(lines(segments)))
