"""The inbox in DynamoDB.

The table has the utterance's cache key as its partition key. Its index has a partition for each state and shard, so
that no index partition takes all the writes; reading in order merges the shards.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice

from voicebot.aws.dynamodb_items import Item, encode, encode_all, number, table_key, text, with_whole_key
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec
from voicebot.aws.dynamodb_table import DynamoTable
from voicebot.aws.refusals import ConditionError
from voicebot.aws.session import AwsService
from voicebot.cache.protocol import (
    INBOX_STATES,
    LOST,
    RETRIED_SHARE,
    InboxItem,
    InboxState,
    Miss,
    MissSource,
    Waiting,
)
from voicebot.cache.stores.dynamodb_inbox_entry import (
    RANK_STEP,
    SHARDS,
    Entry,
    buried,
    decode_entry,
    encode_entry,
    given_back,
    new_item,
    overlaid,
    proposed,
    put_back,
    queue_of,
    queues_of,
    rank_of,
    released,
    renewed,
    repeated,
    settled,
)
from voicebot.clock import Clock
from voicebot.errors import ConflictError

CLAIM_THREADS = 8
LOOK_PAUSE_S = 5.0
"""While there are fresh items, those that were tried before are looked for so often."""
MOST_TRIED = 1000
"""So many of them are compared at a time."""

_BY_RANK = "by_rank"

_HELD = "(#state = :claimed OR (#state = :synthesised AND attribute_exists(#owner)))"
_STATES: Mapping[str, object] = {"claimed": "claimed", "synthesised": "synthesised"}


def inbox_table(name: str) -> TableSpec:
    """Return what `DynamoInbox` needs."""
    index = IndexSpec(_BY_RANK, "queue", "rank", "N", ("owner", "lease_until_s", "attempts"))
    return TableSpec(name, "id", (index,))


class DynamoInbox:
    """`Inbox` in a DynamoDB table.

    An item's partition of the index (``queue``) says its state; for a pending one whether it has an answer (``ready``,
    or ``renewal``), for a synthesised one whether somebody holds it (``saved``); its sort key (``rank``) puts the most
    asked first. The index follows the table within moments: a claim looks there for candidates and then takes each one
    by a conditional write on the table, which alone decides.

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
                if self._table.change(table_key(miss.key), lambda item: repeated(item, miss, now_s)):
                    return False

    def _count_up(self, miss: Miss, now_s: float) -> bool:
        """Write a new item, or a repeat that changes neither its state nor its place.

        Raises:
            ConditionError: The repeat changes more.
        """
        key = table_key(miss.key)
        new = new_item(miss, now_s)
        full = with_whole_key(encode_entry(Entry(new)), miss.key)
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
            {"one": 1, "step": RANK_STEP, "approved": "approved"},
            encoded=full,
            condition=f"attribute_not_exists(#state) OR ({stays})",
        )
        return int(number(item, "count")) == 1

    def propose(
        self, item_id: str, answer: str, intent: str, confidence: float = 0.0, source: MissSource = "call"
    ) -> bool:
        """Give a pending or failed item its answer text; see `Inbox.propose`."""
        return self._change(item_id, lambda entry: proposed(entry, answer, intent, confidence, source))

    def renew(self, miss: Miss, clips: tuple[str, ...] = (), speech: str = "") -> bool:
        """Have the answer of `miss` made again; see `Inbox.renew`."""
        new = replace(new_item(miss, self._clock.now()), clips=clips, speech=speech)
        full = with_whole_key(encode_entry(Entry(new)), miss.key)
        return self._table.insert(full) or self._change(miss.key, lambda entry: renewed(entry, new))

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
                self._change_at(text(item, "id"), lambda entry: buried(entry, now_s, self._max_attempts))
            else:
                yield item

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
                    "queue": queue_of("claimed", key),
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
                self._change_at(key, lambda entry: given_back(entry, now_s))
            return None
        return decode_entry(item).item

    def take(self, item_id: str, lease_s: float, owner: str) -> InboxItem | None:
        """Take one item that nobody holds; see `Inbox.take`."""
        now_s = self._clock.now()
        before: list[InboxItem] = []

        def taken(entry: Entry) -> Entry | None:
            before.clear()
            if entry.item.owner and entry.lease_until_s >= now_s:
                return None
            before.append(replace(entry.item, owner=owner))
            return Entry(replace(entry.item, state="claimed", owner=owner), now_s + lease_s)

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
            "queue": queue_of("saved", table_key(item.id)),
            "lease_until_s": self._clock.now() + lease_s,
        }
        if not self._update_held(item.id, item.owner, changed):
            raise _lost_lease()

    def settle(self, item_id: str, owner: str, outcome: InboxState, error: str = "") -> None:
        """End a claim; see `Inbox.settle`."""
        now_s = self._clock.now()
        if outcome in ("failed", "pending"):  # what follows depends on the item
            most = self._max_attempts
            is_settled = self._change(item_id, lambda entry: settled(entry, owner, outcome, error, now_s, most))
        else:
            queue = queue_of(outcome, table_key(item_id))
            ended = {"state": outcome, "queue": queue, "owner": "", "last_error": error, "lease_until_s": 0.0}
            is_settled = self._update_held(item_id, owner, ended)
        if not is_settled:
            raise _lost_lease()

    def release(self, owner: str, *, is_refund: bool = True) -> int:
        """Give back everything `owner` holds; return how many items."""
        held = list(self._by_rank(["claimed", "saved"], "#owner = :owner", {"owner": owner}))
        return sum(self._change_at(text(item, "id"), lambda entry: released(entry, owner, is_refund)) for item in held)

    def owners(self) -> list[str]:
        """Return who holds claims now."""
        return sorted({text(item, "owner") for item in self._by_rank(["claimed", "saved"])})

    def get(self, item_id: str) -> InboxItem | None:
        """Return one item."""
        item = self._table.get(table_key(item_id))
        return decode_entry(item).item if item else None

    def set_state(self, item_id: str, state: InboxState) -> bool:
        """Put an item that nobody holds into `state`; return whether there was one."""
        return self._change(item_id, lambda entry: put_back(entry, state))

    def scan(self, state: InboxState | None = None) -> Iterator[InboxItem]:
        """Yield items, most asked first."""
        states = (state,) if state else INBOX_STATES
        found = self._by_rank([queue for each in states for queue in queues_of(each)])
        last = ""
        for item in self._table.whole(found):
            entry = decode_entry(item)
            if entry.item.id != last and entry.item.state in states:
                yield entry.item
            last = entry.item.id

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state; every state has an entry."""
        return {state: sum(map(self._count, queues_of(state))) for state in INBOX_STATES}

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
        return heapq.merge(*shards, key=rank_of, reverse=True)

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

    def _change(self, item_id: str, new: Callable[[Entry], Entry | None]) -> bool:
        return self._change_at(table_key(item_id), new)

    def _change_at(self, key: str, new: Callable[[Entry], Entry | None]) -> bool:
        def changed(stored: Item) -> Item | None:
            entry = new(decode_entry(stored))
            return overlaid(stored, entry) if entry else None

        return self._table.change(key, changed)


def _lost_lease() -> ConflictError:
    return ConflictError("the lease on an inbox item ran out; somebody else holds it")
