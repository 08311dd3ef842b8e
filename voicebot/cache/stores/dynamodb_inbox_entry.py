"""An inbox item as DynamoDB keeps it, and what may become of it.

What may become of an entry is a function from the entry to the next one, or to None where its state does not allow the
change. The table writes the result on condition that nobody else has changed the item meanwhile.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from voicebot.aws.dynamodb_items import Item, decode, encode_all, encode_fields, number, table_key, whole_key
from voicebot.aws.dynamodb_table import shard_of
from voicebot.cache.protocol import LOST, RETRY_BASE_S, WRITTEN_BY_PEOPLE, InboxItem, InboxState, Miss, MissSource

SHARDS = 4
RANK_STEP = Decimal(10**10)
"""More than any time in seconds: a rank is this times the count, minus the time of the first miss."""


@dataclass(frozen=True)
class Entry:
    """An inbox item as it is stored, with when its lease or back-off ends."""

    item: InboxItem
    lease_until_s: float = 0.0


def decode_entry(item: Item) -> Entry:
    """Return what a stored item says."""
    decoded = decode(InboxItem, item, id=whole_key(item, "id"))
    return Entry(decoded, float(number(item, "lease_until_s")))


def encode_entry(entry: Entry) -> Item:
    """Return an entry as it is stored, with its place in the index."""
    item = entry.item
    key = table_key(item.id)
    place: str = item.state
    if item.state == "pending" and item.answer:
        place = "renewal" if item.source == "renewal" else "ready"
    elif item.state == "synthesised" and item.owner:
        place = "saved"
    rank = RANK_STEP * item.count - Decimal(repr(item.first_seen_s))
    decides = {"id": key, "lease_until_s": entry.lease_until_s, "queue": queue_of(place, key), "rank": rank}
    return encode_fields(item, "id") | encode_all(decides)


def overlaid(stored: Item, entry: Entry) -> Item:
    """Return the stored item with an entry's fields; attributes that are none of ours stay."""
    others = {name: value for name, value in stored.items() if name not in InboxItem.__dataclass_fields__}
    return others | encode_entry(entry)


def queue_of(place: str, key: str) -> str:
    """Return the partition of the index for an item at a place."""
    return f"{place}#{shard_of(key, SHARDS)}"


def queues_of(state: InboxState) -> tuple[str, ...]:
    """Return the places that items of a state are at."""
    return {"pending": ("ready", "renewal", "pending"), "synthesised": ("saved", "synthesised")}.get(state, (state,))


def rank_of(item: Item) -> Decimal:
    """Return where a stored item stands among those of its partition; the highest is the most asked."""
    return number(item, "rank")


def new_item(miss: Miss, now_s: float) -> InboxItem:
    """Return the item of a first miss, not counted yet."""
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


def repeated(stored: Item, miss: Miss, now_s: float) -> Item:
    """Return a stored item after a repeat that brings an answer, or comes after an approval."""
    entry = decode_entry(stored)
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
    return overlaid(stored, replace(entry, item=again))


def proposed(entry: Entry, answer: str, intent: str, confidence: float, source: MissSource) -> Entry | None:
    """Return a pending or failed item with an answer; what a person wrote gives way to nobody but a person."""
    item = entry.item
    by_person = source in WRITTEN_BY_PEOPLE
    is_taken = by_person or item.answer is None or item.source not in WRITTEN_BY_PEOPLE
    if item.state not in ("pending", "failed") or not is_taken:
        return None
    changed = replace(item, answer=answer, intent=intent, confidence=confidence)
    return replace(entry, item=replace(changed, source=source if by_person else item.source))


def renewed(entry: Entry, new: InboxItem) -> Entry | None:
    """Return an item that nobody works on as `new`; its own words and counts stay."""
    item = entry.item
    is_idle = item.state == "approved" or (item.state == "pending" and item.answer is None)
    if not is_idle and not (item.state in ("failed", "dead") and item.answer != new.answer):
        return None
    seen = replace(new, first_seen_s=item.first_seen_s, last_seen_s=item.last_seen_s, count=item.count)
    return Entry(replace(seen, utterance=item.utterance))


def buried(entry: Entry, now_s: float, max_attempts: int) -> Entry | None:
    """Return an item that was tried too often as dead."""
    item = entry.item
    has_failed = item.state == "failed"
    if entry.lease_until_s >= now_s or item.attempts < max_attempts or not (_is_held(item) or has_failed):
        return None
    return Entry(replace(item, state="dead", owner="", last_error=item.last_error if has_failed else LOST))


def given_back(entry: Entry, now_s: float) -> Entry | None:
    """Return an item that its reviewer lost before it had an answer, as pending."""
    item = entry.item
    if not _is_held(item) or item.answer is not None or entry.lease_until_s >= now_s:
        return None
    return Entry(replace(item, state="pending", owner=""))


def settled(entry: Entry, owner: str, outcome: InboxState, error: str, now_s: float, max_attempts: int) -> Entry | None:
    """Return an item whose claim has ended; a failed one waits, or is dead when it was tried too often."""
    if not _is_held(entry.item) or entry.item.owner != owner:
        return None
    item = replace(entry.item, state=outcome, owner="", last_error=error)
    if outcome != "failed":
        return Entry(item)
    if item.attempts >= max_attempts:
        return Entry(replace(item, state="dead"))
    return Entry(item, now_s + RETRY_BASE_S * (1 << item.attempts))


def released(entry: Entry, owner: str, is_refund: bool) -> Entry | None:
    """Return what an owner holds as pending, its attempt not counted; without a refund, with its lease ended."""
    item = entry.item
    if not _is_held(item) or item.owner != owner:
        return None
    if not is_refund:
        return replace(entry, lease_until_s=0.0)
    return Entry(replace(item, state="pending", owner="", attempts=max(0, item.attempts - 1)))


def put_back(entry: Entry, state: InboxState) -> Entry | None:
    """Return an item that nobody holds in another state, as if never tried."""
    if entry.item.owner:
        return None
    return Entry(replace(entry.item, state=state, attempts=0, last_error=""))


def _is_held(item: InboxItem) -> bool:
    return item.state == "claimed" or (item.state == "synthesised" and bool(item.owner))
