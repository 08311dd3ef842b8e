"""The inbox in DynamoDB.

The table has the utterance's cache key as its partition key. Its index has a partition for each state and shard, so
that no index partition takes all the writes; reading in order merges the shards.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice

from voicebot.cache.aws import AwsService
from voicebot.cache.aws_refusals import ConditionError
from voicebot.cache.dynamodb_items import (
    Item,
    decode,
    encode,
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
from voicebot.cache.protocol import (
    INBOX_STATES,
    LOST,
    RETRIED_SHARE,
    WRITTEN_BY_PEOPLE,
    InboxItem,
    InboxState,
    Miss,
    MissSource,
    Waiting,
)
from voicebot.clock import Clock
from voicebot.errors import ConflictError

RETRY_BASE_S = 30.0
"""A failed item is tried again after this times two to the number of its attempts."""

SHARDS = 4
CLAIM_THREADS = 8
LOOK_PAUSE_S = 5.0
"""While there are fresh items, those that were tried before are looked for so often."""
MOST_TRIED = 1000
"""So many of them are compared at a time."""

_BY_RANK = "by_rank"

_HELD = "(#state = :claimed OR (#state = :synthesised AND attribute_exists(#owner)))"
_STATES: Mapping[str, object] = {"claimed": "claimed", "synthesised": "synthesised"}

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

    An item's partition of the index (``queue``) says its state; for a pending one whether it has an answer (``ready``,
    or ``renewal``), for a synthesised one whether somebody holds it (``saved``); its sort key (``rank``) puts the most asked first. The index follows the table within moments: a claim
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
        self._look_again_s = 0.0

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
        new = _new_item(miss, now_s)
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

    def propose(
        self, item_id: str, answer: str, intent: str, confidence: float = 0.0, source: MissSource = "call"
    ) -> bool:
        """Give a pending or failed item its answer text; see `Inbox.propose`."""
        by_person = source in WRITTEN_BY_PEOPLE

        def proposed(entry: _Entry) -> _Entry | None:
            item = entry.item
            is_taken = by_person or item.answer is None or item.source not in WRITTEN_BY_PEOPLE
            if item.state not in ("pending", "failed") or not is_taken:
                return None
            changed = replace(item, answer=answer, intent=intent, confidence=confidence)
            return replace(entry, item=replace(changed, source=source if by_person else item.source))

        return self._change(item_id, proposed)

    def renew(self, miss: Miss, clips: tuple[str, ...] = (), speech: str = "") -> bool:
        """Have the answer of `miss` made again; see `Inbox.renew`."""
        new = replace(_new_item(miss, self._clock.now()), clips=clips, speech=speech)

        def renewed(entry: _Entry) -> _Entry | None:
            item = entry.item
            is_idle = item.state == "approved" or (item.state == "pending" and item.answer is None)
            if not is_idle and not (item.state in ("failed", "dead") and item.answer != miss.answer):
                return None
            seen = replace(new, first_seen_s=item.first_seen_s, last_seen_s=item.last_seen_s, count=item.count)
            return _Entry(replace(seen, utterance=item.utterance), 0.0)

        full = with_whole_key(_encode_entry(_Entry(new, 0.0)), miss.key)
        return self._table.insert(full) or self._change(miss.key, renewed)

    def claim(self, n: int, lease_s: float, owner: str, *, renewals_only: bool = False) -> list[InboxItem]:
        """Take up to `n` answerable items, most asked first, for `lease_s` seconds."""
        now_s = self._clock.now()
        candidates = self._claimable(now_s, n, renewals_only)
        claimed: list[InboxItem] = []
        with ThreadPoolExecutor(max(1, min(CLAIM_THREADS, n))) as pool:
            while part := list(islice(candidates, n - len(claimed))):
                taken = pool.map(lambda entry: self._claim_one(entry, now_s, lease_s, owner, renewals_only), part)
                claimed += [item for item in taken if item]
        return claimed

    def _claimable(self, now_s: float, n: int, renewals_only: bool) -> Iterator[Item]:
        """Yield entries of the index that may be claimed, those that were tried before first or last.

        Looking for the latter costs a query for each of their partitions, so it is not done at every claim.
        """
        page = max(25, min(n, 500))
        ready = self._by_rank(["renewal"] if renewals_only else ["ready", "renewal"], page_size=page)
        share = n // RETRIED_SHARE
        if share and now_s >= self._look_again_s:
            self._look_again_s = now_s + LOOK_PAUSE_S
            tried = self._tried(now_s)
            return chain(islice(tried, share), ready, tried)
        return chain(ready, self._tried(now_s))

    def _tried(self, now_s: float) -> Iterator[Item]:
        """Yield entries that were tried before, the least tried first; those that may not any more become dead."""
        lapsed = self._by_rank(["claimed", "saved", "failed"], "#lease_until_s < :now", {"now": now_s})
        for item in sorted(islice(lapsed, MOST_TRIED), key=lambda item: number(item, "attempts")):
            if number(item, "attempts") >= self._max_attempts:
                self._change_at(text(item, "id"), lambda entry: self._buried(entry, now_s))
            else:
                yield item

    def _buried(self, entry: _Entry, now_s: float) -> _Entry | None:
        item = entry.item
        if (
            entry.lease_until_s >= now_s
            or item.attempts < self._max_attempts
            or not (_is_held(item) or _has_failed(item))
        ):
            return None
        error = item.last_error if _has_failed(item) else LOST
        return _Entry(replace(item, state="dead", owner="", last_error=error), 0.0)

    def _claim_one(
        self, candidate: Item, now_s: float, lease_s: float, owner: str, renewals_only: bool
    ) -> InboxItem | None:
        """Claim one item, unless somebody else has been faster."""
        key = text(candidate, "id")
        was_held = text(candidate, "queue").startswith(("claimed", "saved"))
        lapsed = "#lease_until_s < :now AND #attempts < :max_attempts"
        may = f"#state = :pending OR ({lapsed} AND (#state = :failed OR {_HELD}))"
        try:
            item = self._table.update(
                key,
                [
                    "#state = :claimed",
                    "#queue = :queue",
                    "#owner = :owner",
                    "#lease_until_s = :until",
                    "#attempts = #attempts + :one",
                    *(["#last_error = :lost"] if was_held else []),
                ],
                {
                    **_STATES,
                    "pending": "pending",
                    "failed": "failed",
                    "queue": f"claimed#{shard_of(key, SHARDS)}",
                    "owner": owner,
                    "until": now_s + lease_s,
                    "now": now_s,
                    "one": 1,
                    "max_attempts": self._max_attempts,
                    **({"lost": LOST} if was_held else {}),
                    **({"renewal": "renewal"} if renewals_only else {}),
                },
                condition=f"attribute_exists(#answer) AND ({may})"
                + (" AND #source = :renewal" if renewals_only else ""),
            )
        except ConditionError:
            if was_held:
                self._change_at(key, lambda entry: _given_back_unanswered(entry, now_s))
            return None
        return _entry(item).item

    def take(self, item_id: str, lease_s: float, owner: str) -> InboxItem | None:
        """Take one item that nobody holds; see `Inbox.take`."""
        now_s = self._clock.now()
        before: list[InboxItem] = []

        def taken(entry: _Entry) -> _Entry | None:
            before.clear()
            if entry.item.owner and entry.lease_until_s >= now_s:
                return None
            before.append(replace(entry.item, owner=owner))
            return _Entry(replace(entry.item, state="claimed", owner=owner), now_s + lease_s)

        return before[0] if self._change(item_id, taken) else None

    def extend(self, item_ids: Iterable[str], lease_s: float, owner: str) -> None:
        """Have the leases on items end in `lease_s` seconds; those that are lost meanwhile stay lost."""
        for item_id in item_ids:
            self._update_held(item_id, owner, {"lease_until_s": self._clock.now() + lease_s})

    def save(self, item: InboxItem, lease_s: float) -> None:
        """Keep what the owner of a claim has made of an item; see `Inbox.save`."""
        changed = {
            "answer": item.answer,
            "intent": item.intent,
            "answer_id": item.answer_id,
            "source": item.source,
            "clips": item.clips,
            "speech": item.speech,
            "state": "synthesised",
            "queue": f"saved#{shard_of(table_key(item.id), SHARDS)}",
            "lease_until_s": self._clock.now() + lease_s,
        }
        if not self._update_held(item.id, item.owner, changed):
            raise _lost_lease()

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim; see `Inbox.settle`."""
        now_s = self._clock.now()

        def settled(entry: _Entry) -> _Entry | None:
            item = replace(entry.item, state=outcome, owner="", last_error=error)
            if not _is_held(entry.item) or entry.item.owner != owner:
                return None
            if outcome == "failed" and item.attempts >= self._max_attempts:
                return _Entry(replace(item, state="dead"), 0.0)
            return _Entry(item, now_s + RETRY_BASE_S * (1 << item.attempts) if outcome == "failed" else 0.0)

        if outcome in ("failed", "pending"):  # what follows depends on the item
            is_settled = self._change(item_id, settled)
        else:
            queue = f"{outcome}#{shard_of(table_key(item_id), SHARDS)}"
            ended = {"state": outcome, "queue": queue, "owner": "", "last_error": error, "lease_until_s": 0.0}
            is_settled = self._update_held(item_id, owner, ended)
        if not is_settled:
            raise _lost_lease()

    def release(self, owner: str, *, is_refund: bool = True) -> int:
        """Give back everything `owner` holds; return how many items."""

        def released(entry: _Entry) -> _Entry | None:
            item = entry.item
            if not _is_held(item) or item.owner != owner:
                return None
            if not is_refund:
                return replace(entry, lease_until_s=0.0)
            return _Entry(replace(item, state="pending", owner="", attempts=max(0, item.attempts - 1)), 0.0)

        held = list(self._by_rank(["claimed", "saved"], "#owner = :owner", {"owner": owner}))
        return sum(self._change_at(text(item, "id"), released) for item in held)

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        return sorted({text(item, "owner") for item in self._by_rank(["claimed", "saved"])})

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        item = self._table.get(table_key(item_id))
        return _entry(item).item if item else None

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an item that nobody holds into `state`; return whether there was one."""

        def put(entry: _Entry) -> _Entry | None:
            if entry.item.owner:
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

    def waiting(self) -> Waiting:
        """Return how many items need a person; each kind has partitions of its own in the index."""
        return Waiting(self._count("pending"), self._count("synthesised"))

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

    def _update_held(self, item_id: str, owner: str, changed: Mapping[str, object]) -> bool:
        """Change attributes of an item in one request, as long as `owner` holds it."""
        encoded = encode_all(changed)
        try:
            self._table.update(
                table_key(item_id),
                [f"#{name} = :{name}" for name in encoded],
                _STATES,
                encoded={**encoded, "holder": encode(owner)},
                remove=[name for name in changed if name not in encoded],
                condition=f"#owner = :holder AND {_HELD}",
            )
        except ConditionError:
            return False
        return True

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
    place: str = item.state
    if item.state == "pending" and item.answer:
        place = "renewal" if item.source == "renewal" else "ready"
    elif item.state == "synthesised" and item.owner:
        place = "saved"
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
    if item.answer is None and miss.answer:
        item = replace(item, answer=miss.answer, source=miss.source, confidence=miss.confidence)
    if item.state == "approved":
        item = replace(item, state="pending", attempts=0, last_error="")
    again = replace(
        item,
        count=item.count + 1,
        last_seen_s=now_s,
        intent=item.intent or miss.intent,
        answer_id=item.answer_id or miss.answer_id,
    )
    return _overlaid(stored, replace(entry, item=again))


def _queues(state: InboxState) -> tuple[str, ...]:
    return {"pending": ("ready", "renewal", "pending"), "synthesised": ("saved", "synthesised")}.get(state, (state,))


def _rank(item: Item) -> Decimal:
    return number(item, "rank")


def _is_held(item: InboxItem) -> bool:
    return item.state == "claimed" or (item.state == "synthesised" and bool(item.owner))


def _has_failed(item: InboxItem) -> bool:
    return item.state == "failed"


def _given_back_unanswered(entry: _Entry, now_s: float) -> _Entry | None:
    """Return an item that its reviewer lost before it had an answer, as pending."""
    item = entry.item
    if not _is_held(item) or item.answer is not None or entry.lease_until_s >= now_s:
        return None
    return _Entry(replace(item, state="pending", owner=""), 0.0)


def _new_item(miss: Miss, now_s: float) -> InboxItem:
    return InboxItem(
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
        confidence=miss.confidence,
    )


def _lost_lease() -> ConflictError:
    return ConflictError("the lease on an inbox item ran out; somebody else holds it")
