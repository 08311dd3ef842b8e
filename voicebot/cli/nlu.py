"""voicebot nlu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import DryRun, Json, state_of
from voicebot.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voicebot.cli.console import Console
    from voicebot.nlu.model import Model

ModelDir = Annotated[
    Path | None, typer.Option("--model", help="A model's folder; the one that comes with voicebot by default.")
]
TOP = 5
"""How many intents a prediction names."""
BOOTSTRAPS = 1000

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, pretty_exceptions_enable=False)


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
        report = run(intents, pairs, out, Options(seed=seed), resume, progress)
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

    console, lines = state_of(ctx).console, read_intents(file)
    learned = state_of(ctx).client.nlu_model(model)
    unknown = sorted({line.label for line in lines} - set(learned.intents))
    if unknown:
        raise InputError(f"{file}: the model does not know the intent {unknown[0]!r}", hint="train it with that intent")
    with console.progress("understanding", len(lines)) as step:
        told = [_told(learned, line.text, step) for line in lines]
    document = evaluation([line.label for line in lines], told)
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


def evaluation(expected: Sequence[str], told: Sequence[str]) -> dict[str, Any]:
    """Return accuracy, macro-F1 and out-of-scope recall with their 95 % intervals, and what lies behind them.

    The intervals of shares are Clopper-Pearson's; that of macro-F1, which is no share, is a percentile bootstrap over
    the lines with a fixed seed. Macro-F1 is over the intents that the lines have.
    """
    import numpy as np

    from voicebot.nlu.data import OUT_OF_SCOPE

    names = sorted({*expected, *told})
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, ([names.index(name) for name in expected], [names.index(name) for name in told]), 1)
    draws = np.random.default_rng(0).multinomial(len(told), table.ravel() / len(told), size=BOOTSTRAPS)
    macro = _macro_f1(table[None])[0]
    low, high = np.quantile(_macro_f1(draws.reshape(-1, *table.shape)), (0.025, 0.975))
    outside = np.array([name == OUT_OF_SCOPE for name in names])
    return {
        "lines": len(told),
        **_share("accuracy", np.trace(table), len(told)),
        "macro_f1": float(macro),
        "macro_f1_interval": (float(min(low, macro)), float(max(high, macro))),
        **_share("out_of_scope_recall", table[outside][:, outside].sum(), table[outside].sum()),
        **_share("in_scope_rejected", table[~outside][:, outside].sum(), table[~outside].sum()),
        "by_intent": [_intent_row(name, table, place) for place, name in enumerate(names)],
        "confusions": [
            {"expected": names[row], "predicted": names[column], "lines": int(table[row, column])}
            for row, column in sorted(np.argwhere(table).tolist(), key=lambda at: (-table[at[0], at[1]], at))
            if row != column
        ],
    }


def _macro_f1(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the macro-F1 of each confusion table (expected, told)."""
    import numpy as np

    right = np.diagonal(tables, axis1=1, axis2=2)
    asked, told = tables.sum(2), tables.sum(1)
    f1 = 2 * right / np.maximum(1, asked + told)
    mean: NDArray[np.float64] = (f1 * (asked > 0)).sum(1) / np.maximum(1, (asked > 0).sum(1))
    return mean


def _share(name: str, count: int, of: int) -> dict[str, Any]:
    from voicebot.nlu.threshold import clopper_pearson

    if not of:
        return {name: None, f"{name}_interval": None}
    return {name: int(count) / int(of), f"{name}_interval": clopper_pearson(int(count), int(of))}


def _intent_row(name: str, table: NDArray[np.int64], place: int) -> dict[str, Any]:
    right, asked, told = int(table[place, place]), int(table[place].sum()), int(table[:, place].sum())
    return {
        "intent": name,
        "lines": asked,
        "precision": right / told if told else None,
        **_share("recall", right, asked),
        "f1": 2 * right / max(1, asked + told),
    }


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
