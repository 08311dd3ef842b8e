"""voicebot chat."""

import sys
from typing import Annotated

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def chat(
    ctx: typer.Context,
    message: Annotated[str | None, typer.Argument(help="One message; without it, a conversation.")] = None,
    json_: Json = False,
) -> None:
    """Answer one message, or hold a conversation on the terminal."""
    from voicebot.chat.session import Conversation

    state = state_of(ctx)
    conversation = Conversation(state.client.chat)
    if message is not None:
        answer = conversation.answer(message)
        state.console.emit(answer, json_, lambda: answer.text)
        return
    state.console.note("말씀해 주세요. 끝내려면 Ctrl-D를 누르세요.")
    for line in sys.stdin:
        if line.strip():
            answer = conversation.answer(line)
            state.console.emit(answer, json_, lambda text=answer.text: text)  # type: ignore[misc]
