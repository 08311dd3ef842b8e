"""voicebot nlu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

if TYPE_CHECKING:
    from voicebot.cli.console import Console
    from voicebot.nlu.model import Model

ModelDir = Annotated[
    Path | None, typer.Option("--model", help="A model's folder; the one that comes with voicebot by default.")
]
TOP = 5
"""How many intents a prediction names."""

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def nlu() -> None:
    """Language models of your own: train, evaluate, predict."""


@app.command()
def train(
    ctx: typer.Context,
    pairs: Annotated[Path, typer.Option(help="A CSV utterance,group: lines of one group mean the same.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model's folder; a model there is replaced at the end.")],
    intents: Annotated[Path | None, typer.Option(help="A CSV utterance,intent; without it, the matcher alone.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same files and seed give the same numbers.")] = 7,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Train a model on this machine's processor, and report how good it is on lines that it had not seen."""
    from voicebot.nlu.ahead import processors
    from voicebot.nlu.data import read_groups, read_intents
    from voicebot.nlu.train import Options
    from voicebot.nlu.train import train as run

    console = state_of(ctx).console
    if dry_run:
        counts = {
            "intents": len(read_intents(intents)) if intents else 0,
            "pairs": len(read_groups(pairs)),
            "out": str(out),
        }
        console.emit(counts, json_, lambda: f"{counts['intents']} and {counts['pairs']} lines would train {out}")
        return
    with stages(console) as progress:
        report = run(intents, pairs, out, Options(seed=seed), resume, progress, processors())
    if json_:
        console.emit(report, as_json=True)
        return
    console.table(
        f"Model in {out}", ("measure", "value"), [(name, f"{value:g}") for name, value in asdict(report).items()]
    )


@app.command("eval")
def eval_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="CSV", help="A CSV utterance,intent.")],
    model: ModelDir = None,
    json_: Json = False,
) -> None:
    """Measure intents over lines whose intents are known, with 95 % intervals."""
    from voicebot.nlu.data import read_intents
    from voicebot.nlu.intent_report import intent_report

    console, lines = state_of(ctx).console, read_intents(file)
    learned = state_of(ctx).client.nlu_model(model)
    unknown = sorted({line.label for line in lines} - set(learned.intents))
    if unknown:
        raise InputError(f"{file}: the model does not know the intent {unknown[0]!r}", hint="train it with that intent")
    with console.progress("understanding", len(lines)) as step:
        told = [_told(learned, line.text, step) for line in lines]
    document = intent_report([line.label for line in lines], told)
    if json_:
        console.emit(document, as_json=True)
        return
    console.table("Measures", ("measure", "value", "95 % interval"), _measure_rows(document))
    for title in ("by_intent", "confusions"):
        rows = document[title]
        if rows:
            console.line("")
            console.table(title.replace("_", " "), tuple(rows[0]), [tuple(map(_cell, row.values())) for row in rows])


@app.command()
def predict(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What was said; - reads standard input, a line at a time.")],
    model: ModelDir = None,
    json_: Json = False,
) -> None:
    """Say what an utterance asks for, and how sure that is."""
    state, lines = state_of(ctx), _lines(text)
    learned = state.client.nlu_model(model)
    found = (_prediction(learned, line) for line in lines)
    if json_:
        state.console.emit(list(found) if text == "-" else next(found), as_json=True)
        return
    for one in found:
        state.console.line(f"{one['intent']}\t{one['confidence']:.3f}")


def _lines(text: str) -> Iterator[str]:
    from voicebot.korean.normalize import clean, has_speech

    if text == "-":
        return filter(None, map(clean, sys.stdin))
    if not has_speech(text):
        raise InputError(
            "there is nothing to understand in the text", hint="write what was said, or - for standard input"
        )
    return iter([clean(text)])


def _prediction(model: Model, text: str) -> dict[str, Any]:
    from voicebot.korean.mask import mask

    found = model.intent(mask(text))
    ranking = [{"intent": intent, "confidence": round(share, 4)} for intent, share in found.ranking[:TOP]]
    return {
        "text": text,
        "intent": found.intent,
        "confidence": round(found.confidence, 4),
        "is_rejected": found.is_rejected,
        "ranking": ranking,
    }


def _told(model: Model, text: str, step: Callable[[], None]) -> str:
    step()
    return model.intent(text).intent


def _measure_rows(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    names = ("accuracy", "macro_f1", "out_of_scope_recall", "in_scope_rejected")
    return [(name, _cell(document[name]), _cell(document[f"{name}_interval"])) for name in names]


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " to ".join(map(_cell, value))
    return "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


@contextmanager
def stages(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Lend a function that is told (stage, done, of) and draws a progress bar for each stage."""
    with ExitStack() as bars:
        step: Callable[[], None] = lambda: None  # noqa: E731
        now, counted = "", 0

        def progress(stage: str, done: int, of: int) -> None:
            nonlocal step, now, counted
            if stage != now or done <= counted:
                bars.close()
                step = bars.enter_context(console.progress(stage, of))
                now, counted = stage, 0
            for _ in range(done - counted):
                step()
            counted = done

        yield progress
