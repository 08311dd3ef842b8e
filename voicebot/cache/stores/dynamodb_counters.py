"""Counters in DynamoDB: an item a day and shard, so that no single item takes every process's writes."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from voicebot.aws.dynamodb_items import number, text
from voicebot.aws.dynamodb_setup import TableSpec
from voicebot.aws.dynamodb_table import DynamoTable
from voicebot.aws.session import AwsService
from voicebot.cache.counters import EVENTS, Count, Counts, days_until

SHARDS = 16
"""DynamoDB takes 1,000 writes a second of one item."""


def counters_table(name: str) -> TableSpec:
    """Return what `DynamoCounters` needs."""
    return TableSpec(name, "id")


class DynamoCounters:
    """`CounterStore` in a DynamoDB table. All counters of a day that one process adds to are one write.

    Args:
        service: DynamoDB.
        table: The table's name.
        shard: The shard that this process writes to; any when None.
    """

    def __init__(self, service: AwsService, table: str, shard: int | None = None) -> None:
        self._table = DynamoTable(service, table, "id")
        self._shard = random.randrange(SHARDS) if shard is None else shard

    def add(self, counts: Counts) -> None:
        """Add to counters; those of one day all or none."""
        days: dict[str, dict[str, int]] = defaultdict(dict)
        for (day, intent, event), count in counts.items():
            days[day][f"{event}#{intent}"] = count
        for day, added in days.items():
            names = {f"c{n}": attribute for n, attribute in enumerate(added)}
            self._table.update(
                f"{day}#{self._shard}",
                [f"#{name} = if_not_exists(#{name}, :zero) + :{name}" for name in names],
                {"zero": 0, **{name: added[attribute] for name, attribute in names.items()}},
                names=names,
            )

    def read(self, first_day: str, last_day: str) -> Iterator[Count]:
        """Yield the counters of some days, in the order of days; a counter comes in as many parts as it has shards."""
        for day in days_until(last_day, _days_between(first_day, last_day)):
            items = self._table.get_many(f"{day}#{shard}" for shard in range(SHARDS))
            for item in items.values():
                for name in sorted(item):
                    event, mark, intent = name.partition("#")
                    if mark and event in EVENTS:
                        yield Count(text(item, "id").split("#")[0], intent, event, int(number(item, name)))


def _days_between(first_day: str, last_day: str) -> int:
    first, last = (datetime.strptime(day, "%Y-%m-%d") for day in (first_day, last_day))
    return (last - first).days + 1
