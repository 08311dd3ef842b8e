"""Train a model from an intents file and a paraphrase file: `python -m voicebot.nlu.train`.

Everything that is measured or calibrated on the way is cross-fitted: families of paraphrase groups and lines of intents
are dealt into folds, and a fold is judged only by networks that never saw it. The networks that are shipped then learn
from all of it.
"""

import argparse
import hashlib
import io
import json
import math
import random
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voicebot.disk import write_atomically
from voicebot.errors import ConfigError, InputError
from voicebot.nlu import episodes, threshold
from voicebot.nlu.ahead import Ahead, processors
from voicebot.nlu.augment import vary
from voicebot.nlu.data import OUT_OF_SCOPE, Labelled, family, read_groups, read_intents, share, unique
from voicebot.nlu.encoder import Encoder
from voicebot.nlu.lexicon import shipped_lexicon
from voicebot.nlu.measures import intent_measures, rejection, score, surprise
from voicebot.nlu.model import cooled, save_model
from voicebot.nlu.verifier import Verifier, sigmoid

if TYPE_CHECKING:
    from voicebot.nlu.learn import Progress

_PLAIN, _CROWDED = 0, 2
_KINDS = (_PLAIN, _PLAIN, _PLAIN, _PLAIN, _CROWDED, _CROWDED)
"""Episodes a round; see `episodes.practice`. Networks and trees learn from those without neighbours: what they learn
among whole families of neighbours is worth less on other topics. More trees learn from the crowded ones alone and count
half (`verifier.py`); the crowded ones also set the threshold."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Attributes:
        seed: The same data and seed give the same numbers.
        folds: Parts of the lines for cross-fitting: a part is judged by what learned from the rest.
        group_folds: The same for the paraphrase groups; fewer, so that practice is crowded.
        epochs: At most this many passes of the encoder.
        variants: How often each line is learned again in another form.
        rounds: Practice rounds a fold, of five episodes each.
        networks: Verifiers in the shipped ensemble.
        forests: Ensembles of trees in it.
        budget: False hits that the threshold may let through, of all queries, whole families of neighbours cached.
        query_limit: Queries an episode.
    """

    seed: int = 7
    folds: int = 5
    group_folds: int = 2
    epochs: int = 5
    variants: int = 3
    rounds: int = 2
    networks: int = 3
    forests: int = 2
    budget: float = 0.008
    query_limit: int = 1500


@dataclass(frozen=True, slots=True)
class Report:
    """What training came to; every number from lines that the judging networks had not seen.

    Attributes:
        intent_accuracy: Right intents, of all lines.
        macro_f1: Mean F1 of the intents.
        out_of_scope_recall: Out-of-scope lines rejected.
        in_scope_rejected: Other lines rejected.
        hits: Hits at the shipped threshold, no neighbours cached.
        crowded_hits: Hits at the shipped threshold, whole families of neighbours cached.
        false_hits: False hits at the shipped threshold, whole families of neighbours cached, of all queries.
        false_hits_upper: Its 95 % Clopper-Pearson upper bound.
        threshold: The shipped threshold.
        seconds: How long it took.
    """

    intent_accuracy: float
    macro_f1: float
    out_of_scope_recall: float
    in_scope_rejected: float
    hits: float
    crowded_hits: float
    false_hits: float
    false_hits_upper: float
    threshold: float
    seconds: float


def train(
    intents: Path | None,
    pairs: Path,
    out: Path,
    options: Options | None = None,
    resume: bool = True,
    progress: "Progress | None" = None,
    workers: int = 1,
) -> Report:
    """Train, write the model to `out` and return the report; an interrupted run goes on where it stopped.

    Args:
        intents: CSV ``utterance,intent``; None trains the matcher alone.
        pairs: CSV ``utterance,group``.
        out: The model's folder; what is there stays until the new model is complete.
        options: How to train.
        resume: False starts over.
        progress: Called with (stage, done, of).
        workers: Processes that work at the same time; how many changes nothing but the time it takes. With more than
            one the calling program must be importable (``if __name__ == "__main__"``).

    Raises:
        InputError: A file cannot be used.
        ConfigError: torch is not installed.
    """
    started = time.monotonic()
    lines = unique(read_intents(intents)) if intents else []
    groups = unique(read_groups(pairs))
    chosen = options or Options()
    run = _Run(lines, groups, chosen, out / ".training", progress)
    if not resume:
        shutil.rmtree(run.folder.parent, ignore_errors=True)
    arrays, measured = run.all(workers)
    report = Report(**measured, seconds=round(time.monotonic() - started, 1))
    card = {
        "intents": run.names,
        "threshold": report.threshold,
        "temperature": run.temperature,
        "rejection": run.rejection,
        "metrics": asdict(report),
        "options": asdict(chosen),
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (intents, pairs) if path},
        "lines": {"intents": len(lines), "groups": len(groups)},
    }
    save_model(out, card, arrays)
    shutil.rmtree(run.folder.parent, ignore_errors=True)
    return report


def learn_intents(lines: list[Labelled], groups: list[Labelled], folder: Path) -> Encoder:
    """Return an encoder that learned from these lines and groups alone; `folder` keeps what it takes on the way."""
    run = _Run(lines, groups, Options(), folder, None)
    arrays = run.encoder("held-back", None)
    return Encoder(arrays, shipped_lexicon().vectors)


class _Run:
    """One training run: its data, folds and checkpoints."""

    def __init__(
        self,
        lines: list[Labelled],
        groups: list[Labelled],
        options: Options,
        folder: Path,
        progress: "Progress | None",
    ) -> None:
        try:
            from voicebot.nlu import learn, scikit
        except ImportError as exc:
            raise ConfigError("training needs torch and scikit-learn", hint="pip install 'voicebot[nlu]'") from exc
        self._learn, self._scikit = learn, scikit
        self.lines, self.groups, self.options, self.progress = lines, groups, options, progress
        self.names = sorted({row.label for row in lines})
        self._analyser = episodes.Analyser(shipped_lexicon())
        told = json.dumps([asdict(options), [asdict(row) for row in (*lines, *groups)]], ensure_ascii=False)
        self.folder = folder / hashlib.sha256(told.encode()).hexdigest()[:16]
        self.temperature, self.rejection = 1.0, 1.0
        self._tables: dict[int, list[episodes.Table]] = {}

    def all(self, workers: int) -> tuple[dict[str, NDArray[Any]], dict[str, float]]:
        """Return the shipped arrays and what was measured."""
        group_folds = range(self.options.group_folds)
        if any(len({row.label for row in self.groups if self._fold(row, True) == fold}) < 4 for fold in group_folds):
            raise InputError("too few groups to train on", hint="give a few dozen paraphrase groups or more")
        told = (self.lines, self.groups, self.options, self.folder.parent, None)
        with Ahead(workers, _Run, told, self.progress) as ahead:
            ahead.make(("encoder", f"fold{fold}", fold) for fold in range(self.options.folds))
            encoders = [self.encoder(f"fold{fold}", fold) for fold in range(self.options.folds)]
            epochs = max(int(arrays.pop("epochs")) for arrays in encoders)
            intents = self._measure_intents(encoders)
            ahead.make(("tables", fold) for fold in group_folds)
            ahead.make([("verifier", fold) for fold in (None, *group_folds)] + [("encoder", "all", None, epochs)])
        scored = [self._scored(fold) for fold in group_folds]
        platt = self._learn.calibrate(
            np.concatenate([scores for fold in scored for scores, _, _ in fold]),
            np.concatenate([right for fold in scored for _, right, _ in fold]),
        )
        matching = self._measure_matching(scored, platt)
        encoder = self.encoder("all", None, epochs)
        encoder.pop("epochs")
        arrays = {f"encoder.{name}": array for name, array in encoder.items()}
        arrays |= {f"verifier.{name}": array for name, array in (self.verifier(None) | {"platt": platt}).items()}
        return arrays, intents | matching

    def _kept(self, name: str, make: Any) -> dict[str, NDArray[Any]]:
        """Return a stage's arrays: from its checkpoint, or made now and kept."""
        path = self.folder / f"{name}.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        made: dict[str, NDArray[Any]] = make()
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **made)
        write_atomically(path, buffer.getvalue())
        return made

    def _fold(self, row: Labelled, is_group: bool) -> int:
        if is_group:
            digest = hashlib.sha256(f"{self.options.seed}/{family(row.label)}".encode()).digest()
            return digest[0] % self.options.group_folds
        return int(share(row.text, str(self.options.seed)) * self.options.folds)

    def encoder(self, name: str, without: int | None, epochs: int | None = None) -> dict[str, NDArray[Any]]:
        """Return an encoder's arrays, trained without a fold, for at most `epochs` passes."""
        return self._kept(f"encoder-{name}", lambda: self._learned(without, epochs or self.options.epochs))

    def _varied(self, lines: Sequence[Labelled]) -> list[Labelled]:
        """Return the lines again as callers and speech recognition vary them."""
        chance = random.Random(self.options.seed)
        again = [Labelled(vary(row.text, chance), row.label) for _ in range(self.options.variants) for row in lines]
        return [row for row in again if self._analyser(row.text).key]

    def _learned(self, without: int | None, epochs: int) -> dict[str, NDArray[Any]]:
        """Return an encoder's arrays; a fold held back says when to stop."""
        lines = [row for row in self.lines if self._fold(row, False) != without]
        apart = None if without is None else without % self.options.group_folds
        groups = [row for row in self.groups if self._fold(row, True) != apart]
        lines += self._varied(lines)
        held = [row for row in self.lines if without is not None and self._fold(row, False) == without]
        data = self._learn.EncoderData(
            [self._analyser(row.text) for row in (*lines, *groups)],
            [self.names.index(row.label) for row in lines] + [-1] * len(groups),
            [""] * len(lines) + [row.label for row in groups],
            len(self.names),
        )
        check = None
        if held and len(self.names) > 1:
            intents = [self.names.index(row.label) for row in held]
            check = self._learn.EncoderData([self._analyser(row.text) for row in held], intents, [], len(self.names))
        vectors, seed = self._analyser.lexicon.vectors, self.options.seed
        arrays, best = self._learn.learn_encoder(data, vectors, seed, epochs, self.progress, check)
        return arrays | {"epochs": np.array(best)}

    def tables(self, fold: int) -> list[episodes.Table]:
        """Return practice episodes over the families of one fold, seen by an encoder that does not know them."""
        if fold not in self._tables:
            self._tables[fold] = self._practised(fold)
        return self._tables[fold]

    def _practised(self, fold: int) -> list[episodes.Table]:
        own = [row for row in self.groups if self._fold(row, True) == fold]
        encoder = Encoder(self.encoder(f"fold{fold}", fold), self._analyser.lexicon.vectors)
        tables = []
        for number in range(self.options.rounds * len(_KINDS)):
            seed = self.options.seed * 1000 + number
            kind = _KINDS[number % len(_KINDS)]

            def make(seed: int = seed, kind: int = kind) -> dict[str, NDArray[Any]]:
                episode = episodes.practice(own, seed, kind, self.options.query_limit)
                table = episodes.run(episode, self._analyser, encoder.encode)
                return {name: getattr(table, name) for name in episodes.Table.__slots__}

            tables.append(episodes.Table(**self._kept(f"table-{fold}-{number}", make)))
            if self.progress:
                self.progress(
                    f"practice {fold + 1}/{self.options.group_folds}", number + 1, self.options.rounds * len(_KINDS)
                )
        return tables

    def _scored(self, fold: int) -> list[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]]:
        """Return (score, is right, has an answer) of the fold's queries by a verifier that has not seen the fold."""
        verifier = Verifier(self.verifier(fold))
        return [score(verifier, table) for table in self.tables(fold)]

    def verifier(self, without: int | None) -> dict[str, NDArray[Any]]:
        """Return the arrays, not yet calibrated, of a verifier that learned from the other folds' episodes."""
        o = self.options
        networks, forests = (o.networks, o.forests) if without is None else (1, 1)

        def make() -> dict[str, NDArray[Any]]:
            tables = [self.tables(fold) for fold in range(o.group_folds) if fold != without]
            plain, crowded = _of_kind(tables, _PLAIN), _of_kind(tables, _CROWDED)
            trees: dict[str, NDArray[Any]] = self._scikit.learn_forest(plain, o.seed, forests, self.progress)
            strict: dict[str, NDArray[Any]] = self._scikit.learn_forest(crowded, o.seed, forests, self.progress)
            nets: dict[str, NDArray[Any]] = self._learn.learn_verifier(plain, o.seed, 14, networks, self.progress)
            nets |= {f"trees.{key}": array for key, array in trees.items()}
            return nets | {f"strict.{key}": array for key, array in strict.items()}

        return self._kept("verifier" if without is None else f"verifier-{without}", make)

    def _measure_intents(self, encoders: Sequence[dict[str, NDArray[Any]]]) -> dict[str, float]:
        """Set temperature and rejection; return the intents' cross-fitted measures."""
        if not self.lines:
            return dict.fromkeys(("intent_accuracy", "macro_f1", "out_of_scope_recall", "in_scope_rejected"), 0.0)
        logits = np.zeros((len(self.lines), len(self.names)), np.float32)
        for fold, arrays in enumerate(encoders):
            own = [place for place, row in enumerate(self.lines) if self._fold(row, False) == fold]
            encoder = Encoder(arrays, self._analyser.lexicon.vectors)
            logits[own] = encoder.intent_logits([self._analyser(self.lines[place].text) for place in own])
        right = np.array([self.names.index(row.label) for row in self.lines])
        self.temperature = min(np.arange(0.3, 3.01, 0.1).tolist(), key=lambda t: surprise(logits / t, right))
        shares = cooled(logits, self.temperature)
        outside = self.names.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.names else None
        self.rejection = 1.1 if outside is None else rejection(shares[:, outside], right == outside)
        return intent_measures(shares, right, outside, self.rejection)

    def _measure_matching(
        self, scored: Sequence[list[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]]], platt: Any
    ) -> dict[str, float]:
        """Return the threshold for the budget, and what it does with and without neighbours."""

        def points(kind: int) -> list[threshold.Point]:
            parts = [item for fold in scored for place, item in enumerate(fold) if _KINDS[place % len(_KINDS)] == kind]
            scores, right, known = (np.concatenate([part[i] for part in parts]) for i in range(3))
            chances = sigmoid(platt[0] * scores + platt[1])
            return threshold.curve(chances.tolist(), right.tolist(), known.tolist())

        fitted = threshold.fit(points(_CROWDED), self.options.budget)
        limit = fitted.threshold if math.isfinite(fitted.threshold) else 1.0
        plain = threshold.at(points(_PLAIN), limit)
        return {
            "hits": round(float(plain.hits), 4),
            "crowded_hits": round(float(fitted.hits), 4),
            "false_hits": round(float(fitted.false), 5),
            "false_hits_upper": round(fitted.false_upper, 5),
            "threshold": limit,
        }


def _of_kind(tables: Sequence[Sequence[episodes.Table]], kind: int) -> episodes.Table:
    """Return the episodes of one kind as one table."""
    return episodes.join(
        [table for fold in tables for place, table in enumerate(fold) if _KINDS[place % len(_KINDS)] == kind]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--intents", type=Path)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=Options().seed)
    given = parser.parse_args(arguments)
    options = Options(seed=given.seed)
    report = train(given.intents, given.pairs, given.out, options, progress=_print_progress, workers=processors())
    sys.stdout.write(json.dumps(asdict(report), indent=1) + "\n")


def _print_progress(stage: str, done: int, of: int) -> None:
    sys.stderr.write(f"\r{stage}: {done}/{of}   " + ("\n" if done == of else ""))


if __name__ == "__main__":
    main()
