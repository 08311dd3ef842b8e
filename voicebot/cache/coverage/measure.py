"""How much of what callers ask has an approved answer, and how often the answer given would be a wrong one."""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from voicebot.cache.coverage.page import render_page
from voicebot.cache.coverage.queries import CachedLine, Query, read_queries
from voicebot.cache.coverage.report import CoverageReport, Gate
from voicebot.cache.coverage.tally import Kind, Measured, Outcome, Tally
from voicebot.cache.coverage.tuning import TuneReport, tune
from voicebot.disk import writing
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import cache_key, clean, has_speech
from voicebot.nlu.matcher import Match, Matcher

if TYPE_CHECKING:
    from voicebot.nlu.model import Model

PREDICTIONS = ("utterance", "expected", "predicted", "score", "hit", "reason")
_NO_INTENT = "(none)"


class Finder(Protocol):
    """Finds the cached line that means the same as an utterance."""

    @property
    def threshold(self) -> float:
        """The probability from which a candidate is taken."""
        ...

    def find(self, text: str) -> Match:
        """Return the best candidate and the verdict on it."""
        ...


class Coverage:
    """Asks a cache queries whose answers are known.

    Args:
        cached: The cache's questions.
        finder: Finds those that mean the same.
        key: The normal form under which a lookup finds an utterance.
        intent_of: What an utterance asks for, where the file does not say.
        blame: The guard that comes nearest to refusing the best candidate for an utterance that was not refused.
    """

    def __init__(
        self,
        cached: Sequence[CachedLine],
        finder: Finder,
        key: Callable[[str], str],
        intent_of: Callable[[str], str] = lambda text: _NO_INTENT,
        blame: Callable[[str], str] = lambda text: "",
    ) -> None:
        self.finder = finder
        self._key = key
        self._intent_of = intent_of
        self._by_key: dict[str, CachedLine] = {}
        firsts = (self._by_key.setdefault(key(line.utterance), line) for line in cached)
        ambiguous = sum(first.answer_id != line.answer_id for first, line in zip(firsts, cached, strict=True))
        answer_ids = frozenset(line.answer_id for line in cached)
        self.measured = Measured(len(cached), answer_ids, ambiguous, finder.threshold, blame)

    @classmethod
    def build(
        cls, cached: Sequence[CachedLine], model: "Model", key: Callable[[str], str], threshold: float | None = None
    ) -> Self:
        """Return what measures `cached` with a model.

        Args:
            cached: The cache's questions; of those with the same normal form the first one answers.
            model: What was learned.
            key: The normal form under which a lookup finds an utterance.
            threshold: The probability from which a candidate is taken; the model's own when None.
        """
        firsts = {cache_key(line.utterance): line for line in reversed(cached)}
        pairs = [(line.answer_id, line.utterance) for line in reversed(firsts.values())]
        finder = Matcher.build(model, pairs, threshold)
        strict = copy(finder)
        strict.threshold = math.inf
        return cls(
            cached,
            finder,
            key,
            (lambda text: model.intent(text).intent) if model.intents else lambda text: _NO_INTENT,
            lambda text: strict.find(text).verdict.guard,
        )

    def outcomes(self, queries: Iterable[Query]) -> Iterator[Outcome]:
        """Yield what each query gets."""
        return map(self.ask, queries)

    def ask(self, query: Query) -> Outcome:
        """Return what one query gets: looked up as a call does it, masked, by its normal form first."""
        text = mask(clean(query.utterance))
        exact = self._by_key.get(self._key(text))
        kind: Kind = "must-miss" if not query.expected else "exact" if exact else "paraphrase"
        intent = (query.intent or _NO_INTENT) if query.intent is not None else self._intent_of(text)
        if not has_speech(text):
            return Outcome(query, kind, intent, "", "", 0.0, False, "silent", False)
        if exact:
            return Outcome(query, kind, intent, exact.answer_id, exact.utterance, 1.0, True, "exact", True)
        match = self.finder.find(text)
        if match.candidate is None:
            return Outcome(query, kind, intent, "", "", 0.0, False, "unknown", False)
        verdict, threshold = match.verdict, self.finder.threshold
        is_as_threshold_says = verdict.is_accepted == (verdict.probability >= threshold)
        return Outcome(
            query,
            kind,
            intent,
            match.candidate.answer_id,
            match.candidate.utterance,
            float(verdict.probability),
            verdict.is_accepted,
            "paraphrase" if verdict.is_accepted else verdict.guard or "score",
            None if is_as_threshold_says else verdict.is_accepted,
        )

    def measure(
        self,
        path: Path,
        gate: Gate | None = None,
        predictions: Path | None = None,
        html: Path | None = None,
        on_query: Callable[[], None] = lambda: None,
    ) -> CoverageReport:
        """Ask the queries of a file, write what is wanted, and return the report.

        Args:
            path: A CSV ``utterance,expected[,intent]``.
            gate: What is to be reached.
            predictions: Write one line a query here.
            html: Write the report as a page here.
            on_query: Hears of each query that is done.
        """
        for out in filter(None, (predictions, html)):
            if out.exists() and path.exists() and out.samefile(path):
                raise InputError(f"{out} is the file of the queries", hint="name another file for the output")
        tally = Tally(self.measured)
        with ExitStack() as files:
            rows = files.enter_context(writing(predictions)) if predictions else None
            page = files.enter_context(writing(html)) if html else None
            write = _predictions_to(rows) if rows else lambda outcome: None
            for outcome in self.outcomes(read_queries(path)):
                tally.add(outcome)
                write(outcome)
                on_query()
            report = tally.report(gate or Gate())
            if page:
                page.write(render_page(report, path.name))
        return report

    def tune(self, path: Path, budget: float, on_query: Callable[[], None] = lambda: None) -> TuneReport:
        """Return the threshold that fits a budget of false hits on the queries of a file.

        Args:
            path: A CSV ``utterance,expected[,intent]``.
            budget: The false-hit rate that is allowed.
            on_query: Hears of each query that is done.
        """

        def asked() -> Iterator[Outcome]:
            for query in read_queries(path):
                yield self.ask(replace(query, intent=""))
                on_query()

        return tune(asked(), budget, self.finder.threshold)


def _predictions_to(file: TextIO) -> Callable[[Outcome], None]:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PREDICTIONS)

    def write(outcome: Outcome) -> None:
        query = outcome.query
        hit = "true" if outcome.is_taken else "false"
        writer.writerow((query.utterance, query.expected, outcome.predicted, repr(outcome.score), hit, outcome.reason))

    return write
