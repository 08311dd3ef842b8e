"""The command line: every command on one page."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import typer

from voicebot import __version__
from voicebot.cli.console import Console
from voicebot.cli.exits import Exit
from voicebot.cli.group import LazyGroup, fitted
from voicebot.cli.state import State


class _Commands(LazyGroup):
    table: ClassVar[Mapping[str, tuple[str, str]]] = {
        "tts": ("voicebot.cli.tts:app", "Synthesise a text to a WAV file."),
        "voices": (
            "voicebot.cli.voices:app",
            "The voices of the speech engines: list them, or hear them side by side.",
        ),
        "chat": ("voicebot.cli.chat:app", "Answer one message, or hold a conversation on the terminal."),
        "cache": ("voicebot.cli.cache:app", "Approved answers: look up, seed, approve, measure, export."),
        "nlu": ("voicebot.cli.nlu:app", "Language models of your own: train, evaluate, predict."),
        "fillers": ("voicebot.cli.fillers:app", "Short sounds of the bot's own voice that cover a wait."),
        "flow": ("voicebot.cli.flow:app", "Amazon Connect flows: check, run, draw, publish, pull."),
        "test": ("voicebot.cli.test:app", "Play scenarios over text, the local flow, Lex or Connect."),
        "lex": ("voicebot.cli.lex:app", "The Lex V2 bot: check, build, publish, pull and try it."),
        "call": (
            "voicebot.cli.call:app",
            "Call one number, or a file of them: the guard looks at each call in the moment of dialling.",
        ),
        "contacts": (
            "voicebot.cli.contacts:app",
            "What became of calls. Numbers are not shown: a person is the first part of a keyed hash.",
        ),
        "status": ("voicebot.cli.status:app", "Say what became of one call."),
        "stop": ("voicebot.cli.stop:app", "End one call, or all of them."),
        "consents": (
            "voicebot.cli.consents:app",
            "Who agreed to advertising calls, and what the law asks to be done about it.",
        ),
        "transcribe": (
            "voicebot.cli.transcribe:app",
            "What was said in a call, as text with personal data masked.",
        ),
        "bookings": ("voicebot.cli.bookings:app", "Bookings that callers asked for and a person has to confirm."),
        "optout": ("voicebot.cli.optout:app", "Who must not be called again."),
        "korean": ("voicebot.cli.korean:app", "The Korean text rules, a line in, a line out."),
        "serve": ("voicebot.cli.serve:app", "Serve the page and its API, speech, or the bridge, until Ctrl-C."),
        "deploy": ("voicebot.cli.deploy:app", "The stack on AWS: plan, apply, look, package, back up."),
        "doctor": (
            "voicebot.cli.doctor:app",
            "Say what is configured, reachable and allowed, and what to do about what is not.",
        ),
        "config": ("voicebot.cli.config:app", "Settings, and where each one comes from."),
    }


_FIRST_STEPS = """
A first call: voicebot cache seed, voicebot cache approve, voicebot flow run connect_flows/inbound.json.
voicebot doctor says what is missing.
"""

app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f"voicebot {__version__}")
        raise typer.Exit


@app.callback(epilog=_FIRST_STEPS)
def voicebot(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="The configuration file; config.yaml here, or ~/.config/voicebot/config.yaml, by default.",
        ),
    ] = None,
    backend: Annotated[
        Literal["local", "aws"] | None,
        typer.Option(help="Where answers and calls are kept: on this machine (the default) or at AWS."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Answers and errors only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more about what is done.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unforeseen error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Korean phone bots on Amazon Connect, Lex V2 and Lambda - or on this machine alone."""
    ctx.obj = State(config, {"backend": backend}, Console(quiet, verbose))


def _open_closed_streams() -> None:
    """Give a process that was started without one of its three streams an empty one, as some schedulers start them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it lasts as long as the process


def main() -> None:
    """Run the command line. Text is UTF-8 whatever the locale says; a bug is one line and exit code 1."""
    _open_closed_streams()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        fitted(app)()
    except Exception as exc:
        if "--debug" in sys.argv:
            raise
        print(
            f"voicebot: an unforeseen {type(exc).__name__} (run again with --debug before the command)", file=sys.stderr
        )
        sys.exit(Exit.UNFORESEEN)
