"""voicebot korean."""

import sys
from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
Text = Annotated[str, typer.Argument(help="The text; - reads standard input, a line at a time.")]


@app.callback()
def korean() -> None:
    """The Korean text rules, a line in, a line out."""


@app.command()
def spoken(ctx: typer.Context, text: Text, json_: Json = False) -> None:
    """Write numbers, money, dates and Latin words as they are read aloud."""
    from voicebot.korean.spoken import spoken_form

    words = state_of(ctx).client.pronunciations
    _each(ctx, text, lambda line: spoken_form(line, words), json_)


@app.command()
def normalize(ctx: typer.Context, text: Text, json_: Json = False) -> None:
    """Print the cache key: spaces, fillers, openers and ways of writing numbers taken out."""
    from voicebot.korean.normalize import cache_key

    _each(ctx, text, cache_key, json_)


@app.command()
def mask(ctx: typer.Context, text: Text, json_: Json = False) -> None:
    """Replace personal data by labels."""
    from voicebot.korean.mask import mask as masked

    _each(ctx, text, masked, json_)


@app.command()
def split(ctx: typer.Context, text: Text, json_: Json = False) -> None:
    """Split into sentences, one a line."""
    from voicebot.korean.sentences import split_sentences

    _each(ctx, text, lambda line: "\n".join(split_sentences(line)), json_)


def _each(ctx: typer.Context, text: str, rule: Callable[[str], str], as_json: bool) -> None:
    lines: Iterable[str] = (line.rstrip("\n") for line in sys.stdin) if text == "-" else [text]
    console = state_of(ctx).console
    if as_json:
        console.emit([{"text": line, "result": rule(line)} for line in lines], as_json=True)
        return
    for line in lines:
        console.line(rule(line))
