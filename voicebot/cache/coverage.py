"""How much of what callers ask has an approved answer, and how often the answer given would be a wrong one.

A hit is the expected answer. A false hit is another answer than the expected one, or any answer where none was expected.
The hit rate is over the queries that expect an answer, the false-hit rate over all of them.
"""

import csv
import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, Self, TextIO

from voicebot.cache.coverage_page import render_page
from voicebot.cache.queries import CachedLine, Query, read_queries
from voicebot.cache.tuning import CurvePoint, Trace, TuneReport, percent, span, tune
from voicebot.disk import writing
from voicebot.errors import GateError, InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import cache_key, clean, has_speech
from voicebot.nlu.matcher import Match, Matcher
from voicebot.nlu.threshold import clopper_pearson

if TYPE_CHECKING:
    from voicebot.nlu.model import Model

Kind = Literal["exact", "paraphrase", "must-miss"]
KINDS: tuple[Kind, ...] = ("exact", "paraphrase", "must-miss")
WORST = 20
"""How many false hits and how many misses a report lists."""
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one query got.

    Attributes:
        query: The query.
        kind: Whether its normal form is cached, its meaning should be, or nothing should be found.
        intent: What it asks for.
        predicted: The best candidate's answer, taken or not; empty when there is no candidate.
        cached: The best candidate's own words.
        score: The best candidate's probability; 1 for the same normal form.
        is_taken: Whether a caller would have heard `predicted`.
        reason: ``exact`` or ``paraphrase`` when taken, else what refused it.
        decided: See `voicebot.cache.tuning.Judged`.
    """

    query: Query
    kind: Kind
    intent: str
    predicted: str
    cached: str
    score: float
    is_taken: bool
    reason: str
    decided: bool | None

    @property
    def is_answerable(self) -> bool:
        """True when some answer is expected."""
        return bool(self.query.expected)

    @property
    def is_right(self) -> bool:
        """True when the best candidate is the expected answer."""
        return self.is_answerable and self.predicted == self.query.expected

    @property
    def is_hit(self) -> bool:
        """True when the caller gets the expected answer."""
        return self.is_taken and self.is_right

    @property
    def is_false(self) -> bool:
        """True when the caller gets a wrong answer."""
        return self.is_taken and not self.is_right


@dataclass(frozen=True)
class Rates:
    """Counts of some queries, and their rates with 95 % Clopper-Pearson intervals."""

    name: str
    queries: int
    answerable: int
    hits: int
    hit_rate: float | None
    hit_rate_interval: tuple[float, float] | None
    false_hits: int
    false_hit_rate: float
    false_hit_rate_interval: tuple[float, float]


@dataclass(frozen=True)
class Refusals:
    """What one guard refused, and whether it was right to.

    Attributes:
        guard: Its name.
        refused: How many best candidates.
        prevented: How many of them were wrong answers.
        lost: How many of them were the expected answer.
    """

    guard: str
    refused: int
    prevented: int
    lost: int


@dataclass(frozen=True)
class Example:
    """One query that went wrong; personal data is masked.

    Attributes:
        line: Where it stands in the file.
        utterance: What was asked.
        intent: What it asks for.
        expected: The answer it should have got, empty for none.
        predicted: The best candidate's answer.
        cached: The best candidate's own words.
        score: The best candidate's probability.
        guard: For a false hit the guard that should have refused (``exact``: the normal form is cached, so that none was
            asked), for a miss the one that did.
    """

    line: int
    utterance: str
    intent: str
    expected: str
    predicted: str
    cached: str
    score: float
    guard: str


@dataclass(frozen=True)
class Gate:
    """What a report must reach; the point estimate counts, the interval is shown beside it."""

    min_hit_rate: float | None = None
    max_false_hit_rate: float | None = None

    def __post_init__(self) -> None:
        for rate in (self.min_hit_rate, self.max_false_hit_rate):
            if rate is not None and not 0 <= rate <= 1:
                raise InputError("a rate of a gate must lie between 0 and 1")

    def problems(self, rates: Rates) -> list[str]:
        """Return a line for each threshold that is not met."""
        found = []
        if self.min_hit_rate is not None and not (rates.hit_rate is not None and rates.hit_rate >= self.min_hit_rate):
            is_what = "no query expects an answer, so no hit rate reaches the"
            if rates.hit_rate is not None and rates.hit_rate_interval is not None:
                is_what = f"hit rate {percent(rates.hit_rate)} ({span(rates.hit_rate_interval)}) is below the"
            found.append(f"{is_what} {percent(self.min_hit_rate)} asked for")
        if self.max_false_hit_rate is not None and not rates.false_hit_rate <= self.max_false_hit_rate:
            found.append(
                f"false-hit rate {percent(rates.false_hit_rate)} ({span(rates.false_hit_rate_interval)}) is above "
                f"the {percent(self.max_false_hit_rate)} allowed"
            )
        return found


@dataclass(frozen=True)
class CoverageReport:
    """What a cache gives to a list of queries.

    Attributes:
        queries: How many were asked.
        answerable: How many of them expect an answer.
        cached_lines: How many questions the cache knows.
        cached_answers: How many answers they have.
        threshold: The probability from which a candidate was taken.
        hits: Queries that got the expected answer.
        hit_rate: Of the answerable ones.
        hit_rate_interval: 95 %, Clopper-Pearson.
        false_hits: Queries that got a wrong answer.
        false_hit_rate: Of all queries.
        false_hit_rate_interval: 95 %, Clopper-Pearson.
        wrong_answers: False hits where another answer was expected.
        unwanted_answers: False hits where none was expected.
        by_kind: The rates of each kind.
        by_intent: The rates of each intent, the most asked first.
        refusals: What each guard refused.
        worst_false_hits: The most confident ones.
        worst_misses: The nearest ones.
        curve: What other thresholds would give.
        gate: What was to be reached.
        gate_problems: What was not.
        notes: What is odd about the files.
    """

    queries: int
    answerable: int
    cached_lines: int
    cached_answers: int
    threshold: float
    hits: int
    hit_rate: float | None
    hit_rate_interval: tuple[float, float] | None
    false_hits: int
    false_hit_rate: float
    false_hit_rate_interval: tuple[float, float]
    wrong_answers: int
    unwanted_answers: int
    by_kind: tuple[Rates, ...]
    by_intent: tuple[Rates, ...]
    refusals: tuple[Refusals, ...]
    worst_false_hits: tuple[Example, ...]
    worst_misses: tuple[Example, ...]
    curve: tuple[CurvePoint, ...]
    gate: Gate
    gate_problems: tuple[str, ...]
    notes: tuple[str, ...]


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
        self.blame = blame
        self.cached_lines = len(cached)
        self.answer_ids = frozenset(line.answer_id for line in cached)
        self._key = key
        self._intent_of = intent_of
        self._by_key: dict[str, CachedLine] = {}
        firsts = (self._by_key.setdefault(key(line.utterance), line) for line in cached)
        self.ambiguous = sum(first.answer_id != line.answer_id for first, line in zip(firsts, cached, strict=True))

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
        tally = Tally(self)
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


@dataclass
class _Count:
    queries: int = 0
    answerable: int = 0
    hits: int = 0
    false_hits: int = 0

    def add(self, outcome: Outcome) -> None:
        self.queries += 1
        self.answerable += outcome.is_answerable
        self.hits += outcome.is_hit
        self.false_hits += outcome.is_false

    def rates(self, name: str) -> Rates:
        has_rate = self.answerable > 0
        return Rates(
            name,
            self.queries,
            self.answerable,
            self.hits,
            self.hits / self.answerable if has_rate else None,
            clopper_pearson(self.hits, self.answerable) if has_rate else None,
            self.false_hits,
            self.false_hits / max(1, self.queries),
            clopper_pearson(self.false_hits, self.queries),
        )


@dataclass
class _Worst:
    """The few examples with the highest ranks."""

    heap: list[tuple[tuple[float, ...], int, Example]] = field(default_factory=list)

    def add(self, rank: tuple[float, ...], outcome: Outcome) -> None:
        place = -outcome.query.line
        if len(self.heap) == WORST and (rank, place) <= self.heap[0][:2]:
            return
        (heapq.heappushpop if len(self.heap) == WORST else heapq.heappush)(self.heap, (rank, place, _example(outcome)))

    def best_first(self) -> tuple[Example, ...]:
        return tuple(example for _, _, example in sorted(self.heap, key=lambda entry: entry[:2], reverse=True))


class Tally:
    """Counts outcomes; its size does not grow with their number, apart from one score each."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._total = _Count()
        self._by_kind = {kind: _Count() for kind in KINDS}
        self._by_intent: dict[str, _Count] = {}
        self._refused: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        self._unwanted = 0
        self._unknown_ids: Counter[str] = Counter()
        self._trace = Trace()
        self._false_hits = _Worst()
        self._misses = _Worst()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        intent = self._by_intent.setdefault(outcome.intent, _Count())
        for count in (self._total, self._by_kind[outcome.kind], intent):
            count.add(outcome)
        self._trace.add(outcome)
        if outcome.is_answerable and outcome.query.expected not in self._coverage.answer_ids:
            self._unknown_ids[outcome.query.expected] += 1
        if outcome.is_false:
            self._unwanted += not outcome.is_answerable
            self._false_hits.add((outcome.score,), outcome)
        if not outcome.is_taken:
            self._refused[outcome.is_right][outcome.reason] += 1
            if outcome.is_answerable:
                self._misses.add((float(outcome.is_right), outcome.score), outcome)

    def report(self, gate: Gate) -> CoverageReport:
        """Return the report of what was counted."""
        total = self._total.rates("all")
        intents = sorted(self._by_intent.items(), key=lambda item: (-item[1].queries, item[0]))
        return CoverageReport(
            queries=total.queries,
            answerable=total.answerable,
            cached_lines=self._coverage.cached_lines,
            cached_answers=len(self._coverage.answer_ids),
            threshold=self._coverage.finder.threshold,
            hits=total.hits,
            hit_rate=total.hit_rate,
            hit_rate_interval=total.hit_rate_interval,
            false_hits=total.false_hits,
            false_hit_rate=total.false_hit_rate,
            false_hit_rate_interval=total.false_hit_rate_interval,
            wrong_answers=total.false_hits - self._unwanted,
            unwanted_answers=self._unwanted,
            by_kind=tuple(count.rates(kind) for kind, count in self._by_kind.items() if count.queries),
            by_intent=tuple(count.rates(intent) for intent, count in intents),
            refusals=self._refusals(),
            worst_false_hits=tuple(map(self._blamed, self._false_hits.best_first())),
            worst_misses=self._misses.best_first(),
            curve=self._trace.curve(),
            gate=gate,
            gate_problems=tuple(gate.problems(total)),
            notes=tuple(self._notes()),
        )

    def _blamed(self, example: Example) -> Example:
        """Return a false hit with the guard that should have refused; no guard looks at what is exactly the same."""
        return example if example.guard == "exact" else replace(example, guard=self._coverage.blame(example.utterance))

    def _refusals(self) -> tuple[Refusals, ...]:
        wrong, right = self._refused[False], self._refused[True]
        guards = sorted(wrong | right, key=lambda guard: (-(wrong[guard] + right[guard]), guard))
        return tuple(Refusals(guard, wrong[guard] + right[guard], wrong[guard], right[guard]) for guard in guards)

    def _notes(self) -> Iterator[str]:
        if self._unknown_ids:
            first = ", ".join(repr(name) for name, _ in self._unknown_ids.most_common(3))
            yield (
                f"{self._unknown_ids.total()} queries expect one of {len(self._unknown_ids)} ids that the cache does not "
                f"hold, such as {first}: they count as misses"
            )
        if self._coverage.ambiguous:
            yield f"{self._coverage.ambiguous} cached lines have the normal form of an earlier line with another id; the first one answers"


def check_gate(report: CoverageReport) -> None:
    """Raise GateError when the report does not reach what its gate asks for."""
    if report.gate_problems:
        raise GateError("; ".join(report.gate_problems))


def _predictions_to(file: TextIO) -> Callable[[Outcome], None]:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PREDICTIONS)

    def write(outcome: Outcome) -> None:
        query = outcome.query
        hit = "true" if outcome.is_taken else "false"
        writer.writerow((query.utterance, query.expected, outcome.predicted, repr(outcome.score), hit, outcome.reason))

    return write


def _example(outcome: Outcome) -> Example:
    return Example(
        outcome.query.line,
        mask(clean(outcome.query.utterance)),
        outcome.intent,
        outcome.query.expected,
        outcome.predicted,
        mask(clean(outcome.cached)),
        round(outcome.score, 4),
        outcome.reason,
    )
