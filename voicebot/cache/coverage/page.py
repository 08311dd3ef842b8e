"""A coverage report as one page that needs nothing but itself."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from voicebot.cache.coverage.figures import between, decimal, percent, span
from voicebot.cache.coverage.report import RATE_COLUMNS, CoverageReport, Example, Rates, Refusals
from voicebot.cache.coverage.tuning import CurvePoint

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 20, 52
_WIDTH, _HEIGHT = 760, 380
_LABEL_WIDTH = 44
_X_TICKS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

_STYLE = """
:root { color-scheme: light dark; --ground: #fbfbf9; --card: #ffffff; --ink: #1d2126; --soft: #626a73; --line: #e2e4e2;
  --good: #0f7b5f; --bad: #c03a2b; --mark: #8a5a00; --tint: #0f7b5f14; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #9aa3ad;
  --line: #30363c; --good: #4cc9a0; --bad: #ff8073; --mark: #f0b851; --tint: #4cc9a01f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI",
  "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 36px 20px 72px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 4px; }
p { margin: 0 0 12px; max-width: 72ch; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 12px; margin: 22px 0 8px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 30px; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile small { color: var(--soft); font-size: 13px; display: block; }
.good { color: var(--good); } .bad { color: var(--bad); }
.banner { border-left: 4px solid var(--bad); background: var(--card); padding: 10px 14px; margin: 16px 0; border-radius: 0 8px 8px 0; }
.banner.met { border-color: var(--good); } .banner.note { border-color: var(--mark); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 7px 12px; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
tbody th { font-weight: 500; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.said { min-width: 15em; word-break: keep-all; overflow-wrap: anywhere; }
.bar { display: block; height: 4px; border-radius: 2px; margin-top: 4px; background: var(--line); min-width: 70px; }
.bar i { display: block; height: 100%; border-radius: 2px; background: var(--good); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: 0 7px; font-size: 13px; white-space: nowrap; }
.chart { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
svg { display: block; width: 100%; min-width: 600px; height: auto; }
svg text { fill: var(--soft); font-size: 12px; font-family: inherit; }
svg .grid { stroke: var(--line); } svg .curve { fill: none; stroke: var(--good); stroke-width: 2.5; stroke-linejoin: round; }
svg .area { fill: var(--tint); } svg .gate { stroke: var(--bad); stroke-dasharray: 5 4; } svg .guide { stroke: var(--mark); stroke-dasharray: 2 3; }
svg .dot { fill: var(--card); stroke: var(--good); stroke-width: 1.5; } svg .mark { fill: var(--mark); stroke: var(--card); stroke-width: 2; }
svg .label { fill: var(--ink); font-size: 13px; font-weight: 600; } svg .gates { fill: var(--bad); }
@media print { .scroll, .tile, svg { break-inside: avoid; } }
"""


def render_page(report: CoverageReport, name: str) -> str:
    """Return the report as one HTML page: no script, nothing fetched, everything from the files escaped.

    Args:
        report: What was measured.
        name: Of the file of queries.
    """
    title = f"Cache coverage of {_text(name)}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
            f'<h1>{title}</h1><p class="soft">{report.queries:,} queries to {report.cached_lines:,} cached lines of '
            f"{report.cached_answers:,} answers</p>",
            _tiles(report),
            *_banners(report),
            "<h2>Hits against false hits</h2>",
            '<p class="soft">What other thresholds would give on these queries. Up is more answered, left is fewer wrong '
            "answers; the scale below is stretched near zero.</p>",
            _chart(report),
            *(_rates_table(f"By {what}", rates) for what, rates in (("kind", report.by_kind), ("intent", report.by_intent))),
            _refusals_table(report.refusals),
            _examples_table(
                "Worst false hits", "Wrong answers, the most confident first, with the guard that should have refused; exact: the same question is "
                "cached under that id, so that no guard was asked.",
                report.worst_false_hits, "No caller would have heard a wrong answer.", "should have refused",
            ),
            _examples_table(
                "Worst misses", "Queries that have an answer and did not get it; first those whose answer was found but refused.",
                report.worst_misses, "Every query that has an answer got one.", "refused by",
            ),
            "</main></body></html>\n",
        ]
    )  # fmt: skip


def _text(text: str) -> str:
    """Return text that HTML shows as it is: escaped, and without characters that it does not allow."""
    return escape("".join(char if char.isprintable() else " " for char in text))


def _tiles(report: CoverageReport) -> str:
    tiles = (
        ("Hit rate", percent(report.hit_rate), "good",
         (span(report.hit_rate_interval), f"{report.hits:,} of {report.answerable:,} that have an answer")),
        ("False-hit rate", percent(report.false_hit_rate), "bad" if report.false_hits else "good",
         (span(report.false_hit_rate_interval), f"{report.false_hits:,} of {report.queries:,}: "
          f"{report.wrong_answers:,} wrong, {report.unwanted_answers:,} where none was expected")),
        ("Threshold", decimal(report.threshold), "", ("probability from which a match is taken",)),
    )  # fmt: skip
    return '<div class="tiles">' + "".join(_tile(*tile) for tile in tiles) + "</div>"


def _tile(name: str, value: str, kind: str, lines: Sequence[str]) -> str:
    small = "".join(f"<small>{_text(line)}</small>" for line in lines if line)
    return f'<div class="tile">{_text(name)}<b class="{kind}">{_text(value)}</b>{small}</div>'


def _banners(report: CoverageReport) -> Iterable[str]:
    for problem in report.gate_problems:
        yield f'<p class="banner">Gate not met: {_text(problem)}.</p>'
    has_gate = report.gate.min_hit_rate is not None or report.gate.max_false_hit_rate is not None
    if has_gate and not report.gate_problems:
        yield '<p class="banner met">The gate is met.</p>'
    for note in report.notes:
        yield f'<p class="banner note">{_text(note)}.</p>'


def _rates_table(title: str, rates: Iterable[Rates]) -> str:
    rows = "".join(
        f"<tr><th>{_text(one.name)}</th>{_n(one.queries)}{_n(one.answerable)}{_n(one.hits)}"
        f'<td class="n">{percent(one.hit_rate)}{_bar(one.hit_rate)}</td><td class="n soft">{between(one.hit_rate_interval)}</td>'
        f'{_n(one.false_hits)}<td class="n{" bad" if one.false_hits else ""}">{percent(one.false_hit_rate)}</td>'
        f'<td class="n soft">{between(one.false_hit_rate_interval)}</td></tr>'
        for one in rates
    )
    return f"<h2>{_text(title)}</h2>{_table(RATE_COLUMNS, rows, numeric_from=1)}"


def _refusals_table(refusals: Sequence[Refusals]) -> str:
    rows = "".join(
        f'<tr><td><span class="tag">{_text(one.guard)}</span></td>{_n(one.refused)}{_n(one.prevented)}{_n(one.lost)}</tr>'
        for one in refusals
    )
    head = ("guard", "refused", "wrong answers prevented", "right answers lost")
    return (
        '<h2>Refusals by guard</h2><p class="soft">What each guard kept callers from hearing.</p>'
        + _table(head, rows, numeric_from=1)
        if refusals
        else ""
    )


def _examples_table(title: str, about: str, examples: Sequence[Example], none: str, guard: str) -> str:
    if not examples:
        return f'<h2>{title}</h2><p class="soft">{none}</p>'
    rows = "".join(
        f'<tr><td class="n soft">{one.line}</td><td class="said" lang="ko">{_text(one.utterance)}</td>'
        f'<td class="said" lang="ko">{_text(one.cached) or "-"}</td><td>{_text(one.expected) or "-"}</td>'
        f'<td>{_text(one.predicted) or "-"}</td><td class="n">{one.score:.4f}</td>'
        f'<td><span class="tag">{_text(one.guard) or "none"}</span></td></tr>'
        for one in examples
    )
    head = ("line", "asked", "nearest cached line", "expected", "found", "score", guard)
    return f'<h2>{title}</h2><p class="soft">{about}</p>{_table(head, rows)}'


def _table(head: Sequence[str], rows: str, numeric_from: int | None = None) -> str:
    cells = "".join(
        f"<th{' class=n' if (numeric_from is not None and at >= numeric_from) or name in ('score', 'line') else ''}>{_text(name)}</th>"
        for at, name in enumerate(head)
    )
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _n(number: int) -> str:
    return f'<td class="n">{number:,}</td>'


def _bar(rate: float | None) -> str:
    return "" if rate is None else f'<span class="bar"><i style="width:{100 * rate:.1f}%"></i></span>'


def _chart(report: CoverageReport) -> str:
    """Return the curve as SVG: hit rate over false-hit rate on a square-root scale, the threshold in force marked."""
    if report.hit_rate is None:
        return '<p class="soft">No query expects an answer, so there is no curve.</p>'
    here = CurvePoint(report.threshold, report.hits, report.hit_rate, report.false_hits, report.false_hit_rate)
    points = [point for point in report.curve if point.hit_rate is not None]
    limit = report.gate.max_false_hit_rate
    reach = max(0.02, 2 * here.false_hit_rate, 2 * (limit or 0.0))
    scale = _Scale(next(tick for tick in _X_TICKS if tick >= min(1.0, reach)))
    points = [point for point in points if point.false_hit_rate <= scale.reach]
    body = [scale.grid(), *_gates(scale, limit, report.gate.min_hit_rate), _curve(scale, points), _marker(scale, here)]
    label = f"Hit rate {percent(here.hit_rate)} at a false-hit rate of {percent(here.false_hit_rate)}"
    return f'<div class="chart"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{"".join(body)}</svg></div>'


class _Scale:
    """Places of rates on the chart.

    Args:
        reach: The largest false-hit rate that it shows.
    """

    def __init__(self, reach: float) -> None:
        self.reach = reach
        self.right, self.floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(self, false_hit_rate: float) -> float:
        return round(_LEFT + (self.right - _LEFT) * math.sqrt(min(1.0, false_hit_rate / self.reach)), 1)

    def y(self, hit_rate: float | None) -> float:
        return round(self.floor - (self.floor - _TOP) * (hit_rate or 0.0), 1)

    def grid(self) -> str:
        parts = []
        for rate in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            y = self.y(rate)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{self.right}" y1="{y}" y2="{y}"/>')
            parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{rate:.0%}</text>')
        before = -math.inf
        for rate in (tick for tick in _X_TICKS if tick <= self.reach):
            x = self.x(rate)
            parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{self.floor}"/>')
            if x - before >= _LABEL_WIDTH:
                before = x
                parts.append(f'<text x="{x}" y="{self.floor + 18}" text-anchor="middle">{100 * rate:g} %</text>')
        middle, height = (_LEFT + self.right) / 2, (_TOP + self.floor) / 2
        parts.append(f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">false hits, of all queries</text>')
        parts.append(
            f'<text transform="translate(16 {height}) rotate(-90)" text-anchor="middle">hits, of those with an answer</text>'
        )
        return "".join(parts)


def _gates(scale: _Scale, max_false: float | None, min_hit: float | None) -> Iterable[str]:
    if max_false is not None and max_false <= scale.reach:
        x = scale.x(max_false)
        yield f'<line class="gate" x1="{x}" x2="{x}" y1="{_TOP}" y2="{scale.floor}"/>'
        yield f'<text class="gates" x="{x + 5}" y="{scale.floor - 8}">at most {100 * max_false:g} %</text>'
    if min_hit is not None:
        y = scale.y(min_hit)
        yield f'<line class="gate" x1="{_LEFT}" x2="{scale.right}" y1="{y}" y2="{y}"/>'
        yield f'<text class="gates" x="{scale.right - 4}" y="{y + 16}" text-anchor="end">at least {100 * min_hit:g} %</text>'


def _curve(scale: _Scale, points: Sequence[CurvePoint]) -> str:
    places = [(scale.x(point.false_hit_rate), scale.y(point.hit_rate)) for point in points]
    path = " ".join(f"{x},{y}" for x, y in places)
    first, last = places[0][0], places[-1][0]
    dots = "".join(
        f'<circle class="dot" cx="{x}" cy="{y}" r="3"><title>threshold {decimal(point.threshold)}: {point.hits} hits '
        f"({percent(point.hit_rate)}), {point.false_hits} false ({percent(point.false_hit_rate)})</title></circle>"
        for point, (x, y) in _apart(points, places)
    )
    area = f'<polygon class="area" points="{first},{scale.floor} {path} {last},{scale.floor}"/>'
    return f'{area}<polyline class="curve" points="{path}"/>{dots}'


def _apart(
    points: Sequence[CurvePoint], places: Sequence[tuple[float, float]]
) -> Iterable[tuple[CurvePoint, tuple[float, float]]]:
    """Yield the points that are far enough from the one before to be drawn."""
    before = (-100.0, -100.0)
    for point, place in zip(points, places, strict=True):
        if math.dist(before, place) >= 14:
            before = place
            yield point, place


def _marker(scale: _Scale, here: CurvePoint) -> str:
    x, y = scale.x(here.false_hit_rate), scale.y(here.hit_rate)
    anchor, shift = ("end", -12) if x > _WIDTH * 0.6 else ("start", 12)
    below = y + 24 if y < _TOP + 60 else y - 14
    return (
        f'<line class="guide" x1="{x}" x2="{x}" y1="{y}" y2="{scale.floor}"/>'
        f'<line class="guide" x1="{_LEFT}" x2="{x}" y1="{y}" y2="{y}"/>'
        f'<circle class="mark" cx="{x}" cy="{y}" r="7"/>'
        f'<text class="label" x="{x + shift}" y="{below}" text-anchor="{anchor}">threshold {decimal(here.threshold)}</text>'
    )
