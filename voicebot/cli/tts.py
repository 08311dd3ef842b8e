"""voicebot tts."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voicebot.cli.exits import Exit
from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.cli.state import State
from voicebot.errors import InputError

if TYPE_CHECKING:
    from voicebot.tts.batch import BatchReport, Failure
    from voicebot.tts.estimate import Estimate
    from voicebot.tts.protocol import SpeechRequest
    from voicebot.tts.speaker import Speaker

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)

MaxCost = Annotated[float, typer.Option("--max-cost", min=0.0, help="US dollars that may be spent without a question.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what it costs.")]


@app.command()
def tts(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Argument(help="What to say; - reads standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the text from a file.")] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="The audio file, out.wav by default; - for raw bytes on stdout."),
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out-dir", help="One file a line into this folder; goes on where it was stopped.")
    ] = None,
    engine: Engine = None,
    voice: Annotated[str | None, typer.Option(help="One of the engine's voices.")] = None,
    style: Annotated[str | None, typer.Option(help="A manner of speaking that the engine knows.")] = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1.0 is the voice's own speed.")] = 1.0,
    temperature: Annotated[float | None, typer.Option(min=0.0, max=2.0, help="How freely a model may vary.")] = None,
    ref_audio: Annotated[
        Path | None, typer.Option("--ref-audio", help="A WAV of the voice to imitate: 16 kHz or more, 3 to 30 s.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="Sample rate in Hz, 4000 to 192000; the engine's own by default.")
    ] = None,
    encoding: Annotated[Literal["pcm16", "mulaw"], typer.Option(help="mulaw is what the telephone plays.")] = "pcm16",
    format_: Annotated[
        Literal["wav", "flac", "ogg", "mp3"] | None,
        typer.Option("--format", help="The kind of the files in --out-dir: wav by default."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Lines at once, with --out-dir.")] = 4,
    chat: Annotated[
        Literal["chajipsa", "gpt"] | None, typer.Option("--chat", help="Say what this chat engine answers to the text.")
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="Play it; written to a file only with -o.")] = False,
    max_cost: MaxCost = 1.0,
    yes: Yes = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do not use or fill the speech cache.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Synthesise a text to a WAV file.

    Or to .flac, .ogg or .mp3, by the name; with --out-dir, each line of the text to a file of its own.
    """
    from voicebot.tts.protocol import SpeechRequest
    from voicebot.tts.reference import load_reference

    if output == "-" and (json_ or play or out_dir):
        raise InputError("-o - gives stdout to the audio", hint="leave out --json, --play and --out-dir")
    if out_dir and (output or play):
        raise InputError("--out-dir names its files itself", hint="leave out -o and --play")
    if format_ and not out_dir:
        raise InputError("--format is for --out-dir", hint=f"name the file instead: -o out.{format_}")
    if out_dir and chat:
        raise InputError("--chat answers one text", hint="leave out --out-dir, or have the answers written first")
    state = state_of(ctx)
    words = _text(text, file)
    request = SpeechRequest(
        state.client.answered(words, chat) if chat else words,
        voice=voice,
        style=style,
        speed=speed,
        temperature=temperature,
        reference=load_reference(ref_audio).data if ref_audio else None,
        sample_rate_hz=rate or (8000 if encoding == "mulaw" else None),
        encoding="mulaw" if encoding == "mulaw" else "pcm_s16le",
    )
    speaker = state.client.speaker(engine, use_cache=not no_cache)
    job = _Job(state, speaker, request, Consent(max_cost, yes, dry_run), json_)
    _tell_unheard(job)
    if out_dir:
        _batch(job, out_dir, f".{format_ or 'wav'}", workers)
    else:
        _one(job, output, play)


@dataclass(frozen=True)
class Consent:
    """What the options say about money: the limit, an agreement beforehand, or that nothing is to be done at all."""

    max_cost: float
    is_given: bool
    dry_run: bool


@dataclass(frozen=True)
class _Job:
    state: State
    speaker: "Speaker"
    request: "SpeechRequest"
    consent: Consent
    as_json: bool


def _tell_unheard(job: _Job) -> None:
    from voicebot.tts.controls import CONTROLS

    engine, request = job.speaker.info.name, job.request
    for line in CONTROLS[engine].unheard(request.style, request.speed, request.temperature):
        job.state.console.note(f"{engine}: {line}")


def _one(job: _Job, output: str | None, is_played: bool) -> None:
    from voicebot.audio.wav import write_audio
    from voicebot.disk import require_writable
    from voicebot.tts.play import find_player, play

    console = job.state.console
    path = output or (None if is_played else "out.wav")
    if path and path != "-":
        require_writable(Path(path))
    player = find_player() if is_played else None
    cost = agreed_cost(job.state, job.speaker, [job.request.text], job.consent)
    if job.consent.dry_run:
        console.emit({"would_write": path, **asdict(cost)}, job.as_json, lambda: f"would write {path or 'nothing'}")
        return
    if output == "-":
        for chunk in job.speaker.stream(job.request):
            console.write(chunk.data)
        return
    clip = job.speaker.clip(job.request)
    if path:
        write_audio(path, clip, job.request.encoding)
    if player:
        play(clip, player)
    suffix = Path(path or "").suffix.lower()
    own = "mulaw" if job.request.encoding == "mulaw" else "pcm16"
    encoding = own if suffix in ("", ".wav") else suffix[1:]
    metrics = tell_metrics(job.state)
    figures = {"duration_s": round(clip.duration_s, 3), "sample_rate_hz": clip.sample_rate_hz, "encoding": encoding}
    line = f"{path or 'played'}: {clip.duration_s:.2f} s, {clip.sample_rate_hz} Hz, {encoding}"
    console.emit({"path": path, **figures, **asdict(cost), "metrics": metrics}, job.as_json, lambda: line)


def _batch(job: _Job, folder: Path, suffix: str, workers: int) -> None:
    from voicebot.tts.batch import Batch

    client, console = job.state.client, job.state.console
    own = getattr(client.settings.tts, job.speaker.info.name, None)
    settings = {"engine": own.model_dump(mode="json") if own else {}, "words": dict(client.pronunciations)}
    batch = Batch(job.speaker, job.request.text, job.request, folder, suffix, settings)
    plan = batch.plan()
    cost = agreed_cost(job.state, job.speaker, [line.text for line in plan.to_make], job.consent)
    if job.consent.dry_run:
        counts = {
            "lines": len(batch.lines),
            "to_make": len(plan.to_make),
            "to_copy": len(plan.to_copy),
            "refused": len(plan.refused),
        }
        line = f"{folder}: {len(plan.to_make)} of {len(batch.lines)} lines would be made"
        console.emit({"folder": str(folder), **counts, **asdict(cost)}, job.as_json, lambda: line)
        _tell_failures(job.state, plan.refused)
        return
    with console.progress("speaking", len(batch.lines)) as step:
        report = batch.run(workers, on_line=lambda line: step())
    metrics = tell_metrics(job.state)
    console.emit({**asdict(report), **asdict(cost), "metrics": metrics}, job.as_json, lambda: _summary(report))
    _tell_failures(job.state, report.failed)
    if report.failed:
        is_the_text = all(failure.kind == "InputError" for failure in report.failed)
        raise typer.Exit(Exit.USAGE if is_the_text else Exit.UNAVAILABLE)


def _tell_failures(state: State, failures: "list[Failure]") -> None:
    for failure in failures:
        state.console.note(f"line {failure.line}: {failure.problem}")


def _summary(report: "BatchReport") -> str:
    parts = [f"{report.made} made"]
    for count, what in (
        (report.copied, "copied"),
        (report.skipped, "there already"),
        (len(report.failed), "failed"),
        (report.not_tried, "not tried"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return f"{report.folder}: {', '.join(parts)}"


def tell_metrics(state: State) -> dict[str, dict[str, float]]:
    """Return what speech took and cost by engine, and tell it with -v; nothing for what came from the cache."""
    totals = state.client.meter.totals()
    for engine, total in totals.items():
        state.console.detail(f"{engine}: {total.line()}")
    return {
        engine: {name: round(value, 6) for name, value in asdict(total).items()} for engine, total in totals.items()
    }


def agreed_cost(state: State, speaker: "Speaker", texts: list[str], consent: Consent) -> "Estimate":
    """Return what texts cost, told beforehand and agreed to.

    Raises:
        RefusedError: It is more than the limit, and nobody agreed.
    """
    from voicebot.tts.estimate import approve_cost, estimate

    cost = estimate(speaker.info, texts, state.client.pronunciations)
    if cost.price_usd != 0:
        state.console.note(cost.line())
    if not consent.dry_run:
        ask = (lambda question: typer.confirm(question, err=True)) if state.console.is_interactive else None
        approve_cost(cost, consent.max_cost, consent.is_given, ask)
    return cost


def _text(text: str | None, file: Path | None) -> str:
    if text is not None and file is not None:
        raise InputError("there are a text and a file", hint="give one of them")
    if text is None and file is None:
        raise InputError("say what to speak, or name a file with --file", hint="voicebot tts '안녕하세요' -o hello.wav")
    if text == "-":
        return sys.stdin.read()
    if text is not None:
        return text
    return read_text(file or Path())


def read_text(file: Path) -> str:
    """Return a text file's text, which is UTF-8 or, as older Korean editors write it, CP949.

    Raises:
        InputError: It is neither.
    """
    from voicebot.disk import explained

    with explained(file):
        data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        try:
            return data.decode("cp949")
        except UnicodeDecodeError:
            raise InputError(
                f"{file}: is neither UTF-8 nor CP949 text (byte {exc.start})", hint="save it as UTF-8"
            ) from exc
