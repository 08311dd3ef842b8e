"""A report of how much of what callers ask has an approved answer.

A hit is the expected answer. A false hit is another answer than the expected one, or any answer where none was expected.
The hit rate is over the queries that expect an answer, the false-hit rate over all of them.
"""

from dataclasses import dataclass

from voicebot.cache.coverage.figures import percent, span
from voicebot.cache.coverage.tuning import CurvePoint
from voicebot.errors import GateError, InputError

RATE_COLUMNS = ("", "queries", "answerable", "hits", "hit rate", "95 %", "false hits", "false-hit rate", "95 %")
"""What a table of rates shows of each."""


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


def check_gate(report: CoverageReport) -> None:
    """Raise GateError when the report does not reach what its gate asks for."""
    if report.gate_problems:
        raise GateError("; ".join(report.gate_problems))
