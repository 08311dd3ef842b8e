"""The inbox in DynamoDB.

The table has the utterance's cache key as its partition key. Its index has a partition for each state and shard, so
that no index partition takes all the writes; reading in order merges the shards.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from voicebot.cache.aws import AwsService, ConditionError
from voicebot.cache.dynamodb_items import (
    Item,
    decode,
    encode_all,
    encode_fields,
    number,
    table_key,
    text,
    whole_key,
    with_whole_key,
)
from voicebot.cache.dynamodb_setup import IndexSpec, TableSpec
from voicebot.cache.dynamodb_table import DynamoTable, shard_of
from voicebot.cache.protocol import INBOX_STATES, InboxItem, InboxState, Miss
from voicebot.clock import Clock
from voicebot.errors import ConflictError

RETRY_BASE_S = 30.0
"""A failed item is tried again after this times two to the number of its attempts."""

SHARDS = 4
CLAIM_THREADS = 8

_BY_RANK = "by_rank"

_RANK_STEP = Decimal(10**10)
"""More than any time in seconds: a rank is this times the count, minus the time of the first miss."""


def inbox_table(name: str) -> TableSpec:
    """Return what `DynamoInbox` needs."""
    index = IndexSpec(_BY_RANK, "queue", "rank", "N", ("owner", "lease_until_s", "attempts"))
    return TableSpec(name, "id", (index,))


@dataclass(frozen=True)
class _Entry:
    """An inbox item as it is stored, with when its lease or back-off ends."""

    item: InboxItem
    lease_until_s: float


class DynamoInbox:
    """`Inbox` in a DynamoDB table.

    An item's partition of the index (``queue``) says its state, and for a pending one whether it has an answer
    (``ready``); its sort key (``rank``) puts the most asked first. The index follows the table within moments: a claim
    looks there for candidates and then takes each one by a conditional write on the table, which alone decides.

    Args:
        service: DynamoDB.
        table: The table's name.
        clock: When leases run out.
        max_attempts: How often an item may be claimed.
    """

    def __init__(self, service: AwsService, table: str, clock: Clock, max_attempts: int) -> None:
        self._table = DynamoTable(service, table, "id")
        self._clock = clock
        self._max_attempts = max_attempts

    def record(self, miss: Miss) -> bool:
        """Add a miss, or count a repeat; return True when it is new. One write, but for the first repeats that matter."""
        now_s = self._clock.now()
        while True:
            try:
                return self._count_up(miss, now_s)
            except ConditionError:
                if self._table.change(table_key(miss.key), lambda item: _repeated(item, miss, now_s)):
                    return False

    def _count_up(self, miss: Miss, now_s: float) -> bool:
        """Write a new item, or a repeat that changes neither its state nor its place.

        Raises:
            ConditionError: The repeat changes more.
        """
        key = table_key(miss.key)
        new = InboxItem(
            id=miss.key,
            utterance=miss.utterance,
            answer=miss.answer,
            intent=miss.intent,
            answer_id=miss.answer_id,
            source=miss.source,
            state="pending",
            count=0,
            attempts=0,
            owner="",
            last_error="",
            first_seen_s=now_s,
            last_seen_s=now_s,
        )
        full = with_whole_key(_encode_entry(_Entry(new, 0.0)), miss.key)
        del full["id"]
        kept = [name for name in full if name not in ("count", "rank", "last_seen_s")]
        stays = "#state <> :approved" + (" AND attribute_exists(#answer)" if miss.answer else "")
        item = self._table.update(
            key,
            [
                *(f"#{name} = if_not_exists(#{name}, :{name})" for name in kept),
                "#count = if_not_exists(#count, :count) + :one",
                "#rank = if_not_exists(#rank, :rank) + :step",
                "#last_seen_s = :last_seen_s",
            ],
            {"one": 1, "step": _RANK_STEP, "approved": "approved"},
            encoded=full,
            condition=f"attribute_not_exists(#state) OR ({stays})",
        )
        return int(number(item, "count")) == 1

    def propose(self, item_id: str, answer: str, intent: str) -> bool:
        """Give a pending item its answer text; return whether there was such an item."""

        def proposed(entry: _Entry) -> _Entry | None:
            if entry.item.state not in ("pending", "failed"):
                return None
            return replace(entry, item=replace(entry.item, answer=answer, intent=intent))

        return self._change(item_id, proposed)

    def claim(self, n: int, lease_s: float, owner: str) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds."""
        now_s = self._clock.now()
        candidates = self._claimable(now_s, n)
        claimed: list[InboxItem] = []
        with ThreadPoolExecutor(max(1, min(CLAIM_THREADS, n))) as pool:
            while part := list(islice(candidates, n - len(claimed))):
                taken = pool.map(lambda key: self._take(key, now_s, lease_s, owner), part)
                claimed += [item for item in taken if item]
        return claimed

    def _claimable(self, now_s: float, n: int) -> Iterator[str]:
        left = "#attempts < :max_attempts"
        values: dict[str, object] = {"max_attempts": self._max_attempts}
        lapsed = f"{left} AND #lease_until_s < :now"
        page = max(25, min(n, 500))
        ready = self._by_rank(["ready"], left, values, page)
        waited = self._by_rank(["claimed", "failed"], lapsed, {**values, "now": now_s}, page)
        for item in heapq.merge(ready, waited, key=_rank, reverse=True):
            yield text(item, "id")

    def _take(self, key: str, now_s: float, lease_s: float, owner: str) -> InboxItem | None:
        """Claim one item, unless somebody else has been faster."""
        may = "#state = :pending OR (#state IN (:claimed, :failed) AND #lease_until_s < :now)"
        try:
            item = self._table.update(
                key,
                [
                    "#state = :claimed",
                    "#queue = :queue",
                    "#owner = :owner",
                    "#lease_until_s = :until",
                    "#attempts = #attempts + :one",
                ],
                {
                    "pending": "pending",
                    "claimed": "claimed",
                    "failed": "failed",
                    "queue": f"claimed#{shard_of(key, SHARDS)}",
                    "owner": owner,
                    "until": now_s + lease_s,
                    "now": now_s,
                    "one": 1,
                    "max_attempts": self._max_attempts,
                },
                condition=f"attribute_exists(#answer) AND #attempts < :max_attempts AND ({may})",
            )
        except ConditionError:
            return None
        return _entry(item).item

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim; see `Inbox.settle`."""
        now_s = self._clock.now()

        def settled(entry: _Entry) -> _Entry | None:
            item = entry.item
            if item.state != "claimed" or item.owner != owner:
                return None
            again_s = now_s + RETRY_BASE_S * (1 << item.attempts) if outcome == "failed" else 0.0
            return _Entry(replace(item, state=outcome, owner="", last_error=error), again_s)

        if not self._change(item_id, settled):
            raise ConflictError("the lease on an inbox item ran out; somebody else holds it")

    def release(self, owner: str) -> int:
        """Give back everything `owner` holds; return how many items."""

        def released(entry: _Entry) -> _Entry | None:
            item = entry.item
            if item.state != "claimed" or item.owner != owner:
                return None
            return _Entry(replace(item, state="pending", owner="", attempts=item.attempts - 1), 0.0)

        held = list(self._by_rank(["claimed"], "#owner = :owner", {"owner": owner}))
        return sum(self._change_at(text(item, "id"), released) for item in held)

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        return sorted({text(item, "owner") for item in self._by_rank(["claimed"])})

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        item = self._table.get(table_key(item_id))
        return _entry(item).item if item else None

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an unclaimed item into `state`; return whether there was one."""

        def put(entry: _Entry) -> _Entry | None:
            if entry.item.state == "claimed":
                return None
            return _Entry(replace(entry.item, state=state, attempts=0, last_error=""), 0.0)

        return self._change(item_id, put)

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first."""
        states = (state,) if state else INBOX_STATES
        found = self._by_rank([queue for each in states for queue in _queues(each)])
        last = ""
        for item in self._table.whole(found):
            entry = _entry(item)
            if entry.item.id != last and entry.item.state in states:
                yield entry.item
            last = entry.item.id

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        return {state: sum(map(self._count, _queues(state))) for state in INBOX_STATES}

    def _count(self, queue: str) -> int:
        return sum(self._table.count(_BY_RANK, ("queue", f"{queue}#{shard}")) for shard in range(SHARDS))

    def _by_rank(
        self, queues: Iterable[str], where: str = "", values: dict[str, object] | None = None, page_size: int = 500
    ) -> Iterator[Item]:
        shards = [
            self._table.query(
                _BY_RANK,
                ("queue", f"{queue}#{shard}"),
                is_descending=True,
                where=where,
                values=values,
                page_size=page_size,
            )
            for queue in queues
            for shard in range(SHARDS)
        ]
        return heapq.merge(*shards, key=_rank, reverse=True)

    def _change(self, item_id: str, new: Callable[[_Entry], _Entry | None]) -> bool:
        return self._change_at(table_key(item_id), new)

    def _change_at(self, key: str, new: Callable[[_Entry], _Entry | None]) -> bool:
        def changed(stored: Item) -> Item | None:
            entry = new(_entry(stored))
            return _overlaid(stored, entry) if entry else None

        return self._table.change(key, changed)


def _entry(item: Item) -> _Entry:
    decoded = decode(InboxItem, item, id=whole_key(item, "id"))
    return _Entry(decoded, float(number(item, "lease_until_s")))


def _encode_entry(entry: _Entry) -> Item:
    item = entry.item
    key = table_key(item.id)
    place = "ready" if item.state == "pending" and item.answer else item.state
    rank = _RANK_STEP * item.count - Decimal(repr(item.first_seen_s))
    decides = {
        "id": key,
        "lease_until_s": entry.lease_until_s,
        "queue": f"{place}#{shard_of(key, SHARDS)}",
        "rank": rank,
    }
    return encode_fields(item, "id") | encode_all(decides)


def _overlaid(stored: Item, entry: _Entry) -> Item:
    """Return the stored item with an entry's fields; attributes that are none of ours stay."""
    others = {name: value for name, value in stored.items() if name not in InboxItem.__dataclass_fields__}
    return others | _encode_entry(entry)


def _repeated(stored: Item, miss: Miss, now_s: float) -> Item:
    """Return a stored item after a repeat that brings an answer, or comes after an approval."""
    entry = _entry(stored)
    item = entry.item
    again = replace(
        item,
        count=item.count + 1,
        last_seen_s=now_s,
        answer=item.answer or miss.answer,
        intent=item.intent or miss.intent,
        answer_id=item.answer_id or miss.answer_id,
        state="pending" if item.state == "approved" else item.state,
    )
    return _overlaid(stored, replace(entry, item=again))


def _queues(state: InboxState) -> tuple[str, ...]:
    return ("ready", "pending") if state == "pending" else (state,)


def _rank(item: Item) -> Decimal:
    return number(item, "rank")
