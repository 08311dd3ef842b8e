"""Counts what queries got from a cache, for a report."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from voicebot.cache.coverage.queries import Query
from voicebot.cache.coverage.report import CoverageReport, Example, Gate, Rates, Refusals
from voicebot.cache.coverage.tuning import Trace
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean
from voicebot.nlu.threshold import clopper_pearson

Kind = Literal["exact", "paraphrase", "must-miss"]
KINDS: tuple[Kind, ...] = ("exact", "paraphrase", "must-miss")
WORST = 20
"""How many false hits and how many misses a report lists."""


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
        decided: See `voicebot.cache.coverage.tuning.Judged`.
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
class Measured:
    """The cache that is asked.

    Attributes:
        lines: How many questions it knows.
        answer_ids: The answers they have.
        ambiguous: How many questions have the normal form of an earlier one with another answer.
        threshold: The probability from which a candidate is taken.
        blame: The guard that comes nearest to refusing the best candidate for an utterance that was not refused.
    """

    lines: int
    answer_ids: frozenset[str]
    ambiguous: int
    threshold: float
    blame: Callable[[str], str]


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

    def __init__(self, cache: Measured) -> None:
        self._cache = cache
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
        if outcome.is_answerable and outcome.query.expected not in self._cache.answer_ids:
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
            cached_lines=self._cache.lines,
            cached_answers=len(self._cache.answer_ids),
            threshold=self._cache.threshold,
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
        return example if example.guard == "exact" else replace(example, guard=self._cache.blame(example.utterance))

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
        if self._cache.ambiguous:
            yield f"{self._cache.ambiguous} cached lines have the normal form of an earlier line with another id; the first one answers"


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
