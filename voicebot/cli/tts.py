"""voicebot tts."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from voicebot.cli.options import Engine, Json, state_of
from voicebot.errors import InputError

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def tts(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Argument(help="What to say; - reads standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the text from a file.")] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="The audio file; - for raw bytes on stdout.")
    ] = "out.wav",
    engine: Engine = None,
    voice: Annotated[str | None, typer.Option(help="One of the engine's voices.")] = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1.0 is the voice's own speed.")] = 1.0,
    rate: Annotated[int | None, typer.Option(help="Sample rate in Hz; the engine's own by default.")] = None,
    encoding: Annotated[Literal["pcm16", "mulaw"], typer.Option(help="mulaw is what the telephone plays.")] = "pcm16",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do not use or fill the speech cache.")] = False,
    json_: Json = False,
) -> None:
    """Synthesise a text to a WAV file."""
    from voicebot.tts.protocol import SpeechRequest

    state = state_of(ctx)
    wanted = "mulaw" if encoding == "mulaw" else "pcm_s16le"
    hz = rate or (8000 if encoding == "mulaw" else None)
    request = SpeechRequest(_text(text, file), voice=voice, speed=speed, sample_rate_hz=hz, encoding=wanted)  # type: ignore[arg-type]
    speaker = state.client.speaker(engine, use_cache=not no_cache)
    if output == "-":
        for chunk in speaker.stream(request):
            state.console.write(chunk.data)
        return
    from voicebot.audio.wav import write_audio

    clip = speaker.clip(request)
    write_audio(Path(output), clip, request.encoding)
    made = {
        "path": output,
        "duration_s": round(clip.duration_s, 3),
        "sample_rate_hz": clip.sample_rate_hz,
        "encoding": encoding,
        "engine": speaker.info.name,
    }
    state.console.emit(made, json_, lambda: f"{output}: {clip.duration_s:.2f} s, {clip.sample_rate_hz} Hz, {encoding}")


def _text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise InputError("say what to speak, or name a file with --file", hint="voicebot tts '안녕하세요' -o hello.wav")
    if text == "-":
        return sys.stdin.read()
    if text is not None:
        return text
    return read_text(file or Path())


def read_text(file: Path) -> str:
    """Return a text file's text.

    Raises:
        InputError: It is not UTF-8.
    """
    from voicebot.disk import explained

    with explained(file):
        try:
            return file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as exc:
            raise InputError(f"{file}: is not UTF-8 text (byte {exc.start})", hint="save it as UTF-8") from exc
