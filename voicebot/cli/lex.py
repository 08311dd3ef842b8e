"""voicebot lex."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import GateError, InputError

if TYPE_CHECKING:
    from voicebot.lex.findings import Finding

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

SHIPPED = Path("lex_bots/chajipsa")
Bot = Annotated[Path, typer.Argument(metavar="BOT", help="The bot's YAML file, or its folder.", show_default=True)]
BotOption = Annotated[Path, typer.Option("--bot", help="The bot's YAML file, or its folder.")]
Locale = Annotated[str, typer.Option("--locale", "-l", help="The locale, such as ko_KR.")]


@app.callback()
def lex() -> None:
    """The Lex V2 bot: check, build, publish, pull and try it."""


@app.command()
def lint(
    ctx: typer.Context,
    bot: Bot = SHIPPED,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what needs the language model.")] = False,
    json_: Json = False,
) -> None:
    """Say what Lex would refuse, and what would go wrong on the telephone; exit code 7 when there are errors."""
    state = state_of(ctx)
    found = state.client.lint_bot(bot, is_fast=fast)
    state.console.emit({"findings": found}, json_)
    if not json_:
        _show(ctx, found)
    errors = sum(finding.severity == "error" for finding in found)
    if errors:
        raise GateError(f"{errors} error{'s' * (errors > 1)} in {bot}", hint="each finding says what to do")


@app.command()
def build(
    ctx: typer.Context,
    bot: Bot = SHIPPED,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .zip file, or a folder; <name>-LexJson.zip by default."),
    ] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Write the bot's Lex V2 archive; the same bot gives the same bytes."""
    state = state_of(ctx)
    built = state.client.build_bot(bot, out, is_dry_run=dry_run)
    what = "would be written: " if dry_run else ""
    text = f"{built.path}: {what}{built.files} files, {built.bytes:,} bytes, sha256 {built.sha256[:16]}"
    state.console.emit(built, json_, lambda: text)


@app.command()
def publish(
    ctx: typer.Context,
    bot: Bot = SHIPPED,
    rollback: Annotated[bool, typer.Option("--rollback", help="Point the alias at the version before.")] = False,
    version: Annotated[
        str | None, typer.Option("--version", help="With --rollback: point the alias at this version.")
    ] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Import the bot into Lex, build it, and point the alias that flows use at the new version."""
    if version and not rollback:
        raise InputError("--version says where --rollback goes", hint="add --rollback")
    state = state_of(ctx)
    if rollback:
        done = state.client.roll_back_bot(bot, version, state.console.note, dry_run)
    else:
        done = state.client.publish_bot(bot, state.console.note, dry_run)
    state.console.emit(done, json_)
    if not json_:
        state.console.table("", ("outcome", "what"), [(step.outcome, step.what) for step in done.steps])
        state.console.line(f"{done.alias_arn or done.alias}: version {done.version or 'new'}")


@app.command()
def pull(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The bot's folder.")] = SHIPPED,
    name: Annotated[str | None, typer.Option(help="The bot's name in Lex; the YAML's by default.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="A version; the draft by default.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Export the bot from Lex into FOLDER/archive, and change FOLDER/bot.yaml where Lex says something else."""
    state = state_of(ctx)
    pulled = state.client.pull_bot(folder, name, state.console.note, version, dry_run)
    state.console.emit(pulled, json_, lambda: "\n".join(pulled.changed) or f"{pulled.yaml}: nothing has changed")
    for path in pulled.left_out:
        state.console.note(f"{path}: only in the archive; the YAML has no words for it")


@app.command("try")
def try_(
    ctx: typer.Context,
    utterance: Annotated[str, typer.Argument(help="What a caller says.")],
    bot: BotOption = SHIPPED,
    locale: Locale = "ko_KR",
    alias: Annotated[
        str | None, typer.Option(help="With backend aws: the alias, or DRAFT; lex.alias by default.")
    ] = None,
    json_: Json = False,
) -> None:
    """Show the intents that the bot recognises in an utterance, best first; with --backend aws, Lex is asked."""
    state = state_of(ctx)
    found = state.client.recognise(utterance, bot, locale, alias)
    state.console.emit(found, json_)
    if not json_:
        shown = [(one.intent, "" if one.confidence is None else one.confidence) for one in found]
        state.console.table("Intents", ("intent", "confidence"), shown)


def _show(ctx: typer.Context, found: list[Finding]) -> None:
    console = state_of(ctx).console
    rows = [(each.severity, each.rule, each.block, each.message, each.fix) for each in found]
    if rows:
        console.table("Findings", ("severity", "rule", "where", "what", "fix"), rows)
    counts = Counter[str](each.severity for each in found)
    kinds = ("error", "warning", "note")
    console.note(", ".join(f"{counts[kind]} {kind}{'s' * (counts[kind] != 1)}" for kind in kinds))
