"""Who must not be called again, in DynamoDB."""

from collections.abc import Iterator

from voicebot.aws.dynamodb_items import decode, encode, encode_fields
from voicebot.aws.dynamodb_setup import TableSpec
from voicebot.aws.dynamodb_table import DynamoTable
from voicebot.aws.session import AwsService
from voicebot.call.guard.optouts import OptOut, e164
from voicebot.clock import Clock


def opt_outs_table(name: str) -> TableSpec:
    """Return what `DynamoOptOuts` needs."""
    return TableSpec(name, "number")


class DynamoOptOuts:
    """`OptOutList` in a DynamoDB table.

    Args:
        service: DynamoDB.
        table: The table's name.
        clock: When a number is added.
    """

    def __init__(self, service: AwsService, table: str, clock: Clock) -> None:
        self._table = DynamoTable(service, table, "number")
        self._clock = clock

    def add(self, number: str, source: str, contact_id: str = "") -> bool:
        """Put a number on the list; return False when it was there already."""
        return self._table.insert(encode_fields(OptOut(e164(number), source, contact_id, self._clock.now())))

    def has(self, number: str) -> bool:
        """Return whether a number is on the list."""
        return self._table.get(e164(number)) is not None

    def scan(self) -> Iterator[OptOut]:
        """Yield the list, oldest first."""
        items = self._table.scan(list(OptOut.__dataclass_fields__))
        yield from sorted((decode(OptOut, item) for item in items), key=lambda each: (each.added_at_s, each.number))

    def mark_notified(self, number: str, day: str) -> bool:
        """Note that the person was told the result; return whether the number is on the list."""
        return self._table.change(e164(number), lambda item: {**item, "notified_on": encode(day)})
