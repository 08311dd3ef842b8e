"""Transcripts in DynamoDB."""

from collections.abc import Iterator
from contextlib import suppress

from voicebot.aws.dynamodb_items import decode, encode_all, text
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec
from voicebot.aws.dynamodb_table import DynamoTable
from voicebot.aws.refusals import ConditionError
from voicebot.aws.session import AwsService
from voicebot.clock import Clock
from voicebot.transcribe.protocol import Segment

_BY_CONTACT = "by_contact"
_FIELDS = ("track", "end_s", "text", "is_partial")


def transcripts_table(name: str) -> TableSpec:
    """Return what `DynamoTranscripts` needs."""
    index = IndexSpec(_BY_CONTACT, "contact_id", "start_s", "N", _FIELDS)
    return TableSpec(name, "id", (index,), ttl="expires_at_s")


class DynamoTranscripts:
    """`TranscriptStore` in a DynamoDB table: an item a segment.

    Args:
        service: DynamoDB.
        table: The table's name.
        clock: When segments are kept.
        keep_s: How long after that DynamoDB keeps them.
    """

    def __init__(self, service: AwsService, table: str, clock: Clock, keep_s: float) -> None:
        self._table = DynamoTable(service, table, "id")
        self._clock = clock
        self._keep_s = keep_s

    def begin(self, contact_id: str) -> bool:
        """Note that a call is being transcribed; return False when that was noted before. `remove` takes it back."""
        return self._table.insert(encode_all({"id": contact_id, "expires_at_s": self._expires_at_s()}))

    def put(self, segment: Segment) -> None:
        """Keep a segment; one of the same id is replaced, but a final one never by a partial one."""
        values = {name: value for name, value in vars(segment).items() if name != "id"}
        values["expires_at_s"] = self._expires_at_s()
        with suppress(ConditionError):  # it is final already
            self._table.update(
                segment.id,
                [f"#{name} = :{name}" for name in values],
                values | ({"true": True} if segment.is_partial else {}),
                condition="attribute_not_exists(#is_partial) OR #is_partial = :true" if segment.is_partial else "",
            )

    def remove(self, segment_id: str) -> None:
        """Remove a segment."""
        self._table.delete(segment_id)

    def of(self, contact_id: str) -> Iterator[Segment]:
        """Yield a call's segments, by their start; the newest may follow within moments."""
        found = [decode(Segment, item) for item in self._table.query(_BY_CONTACT, ("contact_id", contact_id))]
        yield from sorted(found, key=lambda segment: (segment.start_s, segment.id))

    def delete(self, contact_id: str) -> int:
        """Remove a call's transcript; return how many segments it had."""
        items = list(self._table.query(_BY_CONTACT, ("contact_id", contact_id)))
        self._table.delete(contact_id)
        return sum(self._table.delete(text(item, "id")) for item in items)

    def _expires_at_s(self) -> int:
        return int(self._clock.now() + self._keep_s)
