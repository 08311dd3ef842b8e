"""voicebot lex."""

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Json, state_of

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def lex() -> None:
    """The Lex bot: try what it makes of an utterance."""


@app.command("try")
def try_(ctx: typer.Context, utterance: str, json_: Json = False) -> None:
    """Show the intents that the bot recognises in an utterance, best first."""
    from voicebot.lex.recogniser import LocalRecogniser

    state = state_of(ctx)
    recogniser = LocalRecogniser(state.client.bot.locales["ko_KR"], state.client.classify)
    found = [{"intent": one.intent.name, "confidence": one.confidence} for one in recogniser.interpret(utterance)]
    if json_:
        state.console.emit(found, as_json=True)
        return
    state.console.table(
        "Intents", ("intent", "confidence"), [(one["intent"], one["confidence"] or "") for one in found]
    )
