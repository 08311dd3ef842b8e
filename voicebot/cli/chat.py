"""voicebot chat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.options import state_of
from voicebot.errors import InputError

if TYPE_CHECKING:
    from voicebot.chat.protocol import ReplyDelta
    from voicebot.chat.session import ChatAnswer, Conversation
    from voicebot.chat.sessions import SessionFiles
    from voicebot.chat.voice import ReplyVoice
    from voicebot.cli.state import State
    from voicebot.tts.protocol import AudioChunk

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


class EngineName(StrEnum):
    """The chat engines."""

    chajipsa = "chajipsa"
    gpt = "gpt"


@app.command()
def chat(
    ctx: typer.Context,
    message: Annotated[str | None, typer.Argument(help="One message; without it, a conversation.")] = None,
    engine: Annotated[EngineName | None, typer.Option("--engine", "-e", help="The configured one by default.")] = None,
    session: Annotated[
        str | None, typer.Option(help="Go on with a saved conversation: a name, or a .json file's path.")
    ] = None,
    speak: Annotated[bool, typer.Option("--speak", help="Say the replies as well.")] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="With --speak: the audio file; - for raw bytes on stdout.")
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print exactly one JSON document; in a conversation, one a line.")
    ] = False,
) -> None:
    """Answer one message, or hold a conversation on the terminal."""
    if output and not speak:
        raise InputError("--output is where the spoken reply goes", hint="add --speak")
    if output == "-" and json_:
        raise InputError("standard output cannot hold both JSON and audio", hint="give --output a file")
    talk = _Talk(state_of(ctx), engine, session, speak, output, json_)
    if message is not None:
        talk.once(message)
    else:
        talk.go_on()


class _Talk:
    """One run of the command: a conversation, where it is kept, and how it is shown."""

    def __init__(
        self,
        state: State,
        engine: EngineName | None,
        session: str | None,
        speak: bool,
        output: str | None,
        as_json: bool,
    ) -> None:
        from voicebot.chat.session import Conversation
        from voicebot.chat.sessions import SessionFiles

        self._console = state.console
        self._as_json = as_json
        self._name = session
        self._files: SessionFiles = SessionFiles(state.client.settings.data_dir / "sessions")
        chat_engine = state.client.chat_engine(engine)
        self._conversation: Conversation = Conversation(chat_engine, self._files.load(session) if session else None)
        self._badge = chat_engine.name
        self._voice = _voice(state, output) if speak else None
        self._text_aside = output == "-"

    def once(self, message: str) -> None:
        """Answer one message."""
        answer = self._conversation.answer(message, self._hear)
        self._end_of_reply()
        self._console.emit(answer, self._as_json, lambda: self._shown(answer.text))
        self._describe(answer)

    def go_on(self) -> None:
        """Answer a line at a time until the input ends."""
        self._console.note("말씀해 주세요. /reset은 처음부터, Ctrl-D는 끝내기입니다.")
        while (line := self._console.ask()) is not None:
            if line.strip() == "/reset":
                self._conversation.reset()
                self._end_of_reply()
                self._console.note("처음부터 다시 시작합니다.")
            elif line.strip():
                answer = self._conversation.converse(line, self._hear)
                self._end_of_reply()
                self._show(answer)
                self._describe(answer)

    def _show(self, answer: ChatAnswer) -> None:
        if self._as_json:
            self._console.line(json.dumps(asdict(answer), ensure_ascii=False))
            return
        text = self._shown(answer.text)
        if text:
            self._console.line(f"{self._badge}> {text}" if self._console.is_interactive else text)

    def _shown(self, text: str) -> str:
        """Return what stdout shows of a reply; raw audio leaves it no place."""
        if not self._text_aside:
            return text
        self._console.note(text)
        return ""

    def _describe(self, answer: ChatAnswer) -> None:
        confidence = "" if answer.confidence is None else f" {answer.confidence:.2f}"
        where = f", -> {answer.hand_over}" if answer.hand_over else ""
        understood = answer.intent or "not understood" if answer.confidence is not None else "-"
        self._console.detail(
            f"[{answer.engine}: {understood}{confidence} {answer.response_id}".rstrip()
            + f"{where}, {answer.milliseconds:.0f} ms]"
        )

    def _hear(self, delta: ReplyDelta) -> None:
        if self._voice:
            self._voice.hear(delta)

    def _end_of_reply(self) -> None:
        if self._voice:
            self._voice.finish()
        if self._name:
            self._files.save(self._name, self._conversation.session)


def _voice(state: State, output: str | None) -> ReplyVoice:
    from voicebot.chat.voice import AudioFile, Player, ReplyVoice, Sink

    def write(chunks: Sequence[AudioChunk]) -> None:
        for chunk in chunks:
            state.console.write(chunk.data)

    sink: Sink = write if output == "-" else AudioFile(Path(output)) if output else Player()
    return ReplyVoice(state.client.speaker(), sink)
