"""What the cache holds, how often it answered, and what that saved."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from voicebot.cache.counters import Count, CounterStore, day_of, days_until
from voicebot.cache.protocol import AnswerStore, Inbox
from voicebot.clock import Clock


@dataclass(frozen=True)
class HitRate:
    """Lookups of one day or intent, or of all.

    Attributes:
        name: The day or the intent; an intent may be empty.
        hits: Answered by an approved answer: `exact` and `paraphrase` together.
        exact: By the normal form.
        paraphrase: By the meaning.
        misses: Answered live.
        rate: Hits among all; None when nothing was asked.
    """

    name: str
    hits: int
    exact: int
    paraphrase: int
    misses: int
    rate: float | None


@dataclass(frozen=True)
class TopMiss:
    """A question that has no approved answer yet."""

    item: str
    count: int
    utterance: str
    state: str


@dataclass(frozen=True)
class Stats:
    """The cache in figures.

    Attributes:
        answers: How many questions have an approved answer.
        inbox: How many items are in each state.
        days: The days that are counted, first and last.
        total: All lookups of these days.
        by_day: Each day on which something was asked.
        by_intent: Each intent, most asked first.
        top_misses: What was asked most often without an approved answer.
        spared_chars: Characters of answers that need not be synthesised while a caller waited.
        saved_usd: What the live engine would have asked for them; None when its price is not known.
        stale: How many answers would be made again by ``cache approve --stale``; None when it was not asked for.
    """

    answers: int
    inbox: dict[str, int]
    days: tuple[str, str]
    total: HitRate
    by_day: list[HitRate] = field(default_factory=list)
    by_intent: list[HitRate] = field(default_factory=list)
    top_misses: list[TopMiss] = field(default_factory=list)
    spared_chars: int = 0
    saved_usd: float | None = None
    stale: int | None = None


class StatsService:
    """Puts the figures together.

    Args:
        answers: The answers.
        inbox: What waits.
        counters: What was counted.
        clock: Tells which day it is.
    """

    def __init__(self, answers: AnswerStore, inbox: Inbox, counters: CounterStore, clock: Clock) -> None:
        self._answers = answers
        self._inbox = inbox
        self._counters = counters
        self._clock = clock

    def collect(self, days: int, top: int, price_per_1k_chars_usd: float | None, stale: int | None = None) -> Stats:
        """Return the figures of the last `days` days and the `top` misses.

        Args:
            days: How many days, today among them.
            top: How many misses are listed.
            price_per_1k_chars_usd: What the live engine costs.
            stale: How many answers are stale, when that was looked at.
        """
        today = day_of(self._clock.now())
        span = (days_until(today, days)[0], today)
        counts = list(self._counters.read(*span))
        spared = sum(count.count for count in counts if count.event == "spared_chars")
        price = price_per_1k_chars_usd
        return Stats(
            answers=self._answers.count(),
            inbox=self._inbox.counts(),
            days=span,
            total=_rate("", counts),
            by_day=_grouped(counts, "day"),
            by_intent=sorted(_grouped(counts, "intent"), key=lambda rate: -(rate.hits + rate.misses)),
            top_misses=self._top_misses(top),
            spared_chars=spared,
            saved_usd=None if price is None else round(spared / 1000 * price, 4),
            stale=stale,
        )

    def _top_misses(self, top: int) -> list[TopMiss]:
        waiting = (item for item in self._inbox.scan("pending") if item.source in ("call", "chat"))
        return [TopMiss(item.id_hash, item.count, item.utterance, item.state) for item in islice(waiting, top)]


def _grouped(counts: Iterable[Count], field_: str) -> list[HitRate]:
    groups: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        groups[getattr(count, field_)].append(count)
    return [_rate(name, groups[name]) for name in sorted(groups)]


def _rate(name: str, counts: Iterable[Count]) -> HitRate:
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.event] += count.count
    hits, misses = sums["exact"] + sums["paraphrase"], sums["miss"]
    asked = hits + misses
    return HitRate(name, hits, sums["exact"], sums["paraphrase"], misses, round(hits / asked, 4) if asked else None)


def stats_text(stats: Stats) -> str:
    """Return the figures as lines to read."""
    lines = [f"answers      {stats.answers}"]
    lines += [f"{name:<12} {count}" for name, count in stats.inbox.items()]
    if stats.stale is not None:
        lines.append(f"stale        {stats.stale}")
    total = stats.total
    lines.append(f"lookups      {_rate_text(total)}, {stats.days[0]} to {stats.days[1]}")
    if stats.spared_chars:
        saved = "" if stats.saved_usd is None else f", {stats.saved_usd:.2f} USD at the live engine's price"
        lines.append(f"spared       {stats.spared_chars:,} characters of live speech{saved}")
    for title, rates in (("by day", stats.by_day), ("by intent", stats.by_intent)):
        lines += [f"{title}:", *(f"  {rate.name or 'not understood':<16} {_rate_text(rate)}" for rate in rates)] * bool(
            rates
        )
    if stats.top_misses:
        lines.append("most asked without an approved answer:")
        lines += [f"  {miss.count:>5}  {miss.item}  {miss.utterance}" for miss in stats.top_misses]
    return "\n".join(lines)


def _rate_text(rate: HitRate) -> str:
    if rate.rate is None:
        return "none"
    return f"{rate.rate:.1%} hits ({rate.exact} exact, {rate.paraphrase} paraphrases, {rate.misses} misses)"
