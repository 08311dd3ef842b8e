"""A coverage report as lines for a terminal."""

import unicodedata
from collections.abc import Iterable, Sequence

from voicebot.cache.coverage.figures import between, decimal, percent, span
from voicebot.cache.coverage.report import RATE_COLUMNS, CoverageReport, Example, Rates

Row = Sequence[str]

_EXAMPLE_COLUMNS = ("line", "asked", "expected", "found", "score", "guard", "cached")
_CLIP = 32
"""Characters of a line that a terminal shows."""


def coverage_text(report: CoverageReport) -> str:
    """Return a report for a terminal."""
    sections = [
        f"{report.queries} queries to {report.cached_lines} cached lines of {report.cached_answers} answers, "
        f"threshold {decimal(report.threshold)}",
        _columns(
            [
                ("hit rate", percent(report.hit_rate), span(report.hit_rate_interval),
                 f"{report.hits} of {report.answerable}"),
                ("false-hit rate", percent(report.false_hit_rate), span(report.false_hit_rate_interval),
                 f"{report.false_hits} of {report.queries}"),
            ]
        ),
        *(_titled(title, (RATE_COLUMNS, *map(_rate_row, rates))) for title, rates in _groups(report)),
    ]  # fmt: skip
    if report.refusals:
        rows = [(r.guard, str(r.refused), str(r.prevented), str(r.lost)) for r in report.refusals]
        sections.append(_titled("refused by", (("", "queries", "wrong answers", "right answers"), *rows)))
    for title, examples in (("worst false hits", report.worst_false_hits), ("worst misses", report.worst_misses)):
        if examples:
            sections.append(_titled(title, (_EXAMPLE_COLUMNS, *map(_example_row, examples))))
    sections += [f"note: {note}" for note in report.notes]
    return "\n\n".join(sections)


def _example_row(example: Example) -> Row:
    expected, predicted = example.expected or "-", example.predicted or "-"
    score = f"{example.score:.4f}"
    asked, cached = _clipped(example.utterance), _clipped(example.cached)
    return str(example.line), asked, expected, predicted, score, example.guard or "-", cached


def _clipped(text: str) -> str:
    return text if len(text) <= _CLIP else text[: _CLIP - 1] + "…"


def _groups(report: CoverageReport) -> tuple[tuple[str, tuple[Rates, ...]], ...]:
    return ("by kind", report.by_kind), ("by intent", report.by_intent)


def _rate_row(rates: Rates) -> Row:
    return (
        rates.name,
        str(rates.queries),
        str(rates.answerable),
        str(rates.hits),
        percent(rates.hit_rate),
        between(rates.hit_rate_interval),
        str(rates.false_hits),
        percent(rates.false_hit_rate),
        between(rates.false_hit_rate_interval),
    )


def _titled(title: str, rows: Iterable[Row]) -> str:
    return f"{title}\n{_columns(list(rows))}"


def _columns(rows: Sequence[Row]) -> str:
    """Return rows with their columns aligned, where a Korean letter is as wide as two others."""
    shown = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(_cells(row[at]) for row in shown) for at in range(len(shown[0]))]
    lines = (
        "  ".join(cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)) for row in shown
    )
    return "\n".join("  " + line.rstrip() for line in lines)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)
