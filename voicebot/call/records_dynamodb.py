"""Records of outbound calls in DynamoDB."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby

from voicebot.aws.dynamodb_items import Item, encode_all, number, text
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec
from voicebot.aws.dynamodb_table import MOST_CONFLICTS, DynamoTable
from voicebot.aws.session import AwsService
from voicebot.call.records import Document, Record, as_json, check_changeable
from voicebot.errors import StorageError

_BY_KIND = "by_kind"


def calls_table(name: str) -> TableSpec:
    """Return what `DynamoRecords` needs."""
    return TableSpec(name, "id", (IndexSpec(_BY_KIND, "kind", "at_s", "N", ("key", "document")),))


class DynamoRecords:
    """`RecordStore` in a DynamoDB table: an item a record, its key ``kind#key``.

    `get` and `change` see the last finished write; `scan` reads an index, which follows within a second or so. The
    audit log is kept by never asking for a change; the policy of the functions' role can deny it as well, by the
    condition dynamodb:LeadingKeys ``audit#*``.

    Args:
        service: DynamoDB.
        table: The table's name.
    """

    def __init__(self, service: AwsService, table: str) -> None:
        self._name = table
        self._table = DynamoTable(service, table, "id")

    def insert(self, kind: str, key: str, at_s: float, document: Document) -> bool:
        """Keep a new record; return False and change nothing when its key is taken."""
        return self._table.insert(_item(kind, key, at_s, document))

    def get(self, kind: str, key: str) -> Record | None:
        """Return a record as the last finished write left it."""
        item = self._table.get(f"{kind}#{key}")
        return _record(item) if item else None

    def change(self, kind: str, key: str, at_s: float, new: Callable[[Document | None], Document | None]) -> bool:
        """Put what `new` makes of a record in its place, as one step; return whether anything was written."""
        check_changeable(kind)
        for _ in range(MOST_CONFLICTS):
            if self._table.get(f"{kind}#{key}") is not None:
                return self._table.change(f"{kind}#{key}", lambda item: _changed(item, new))
            document = new(None)
            if document is None:
                return False
            if self.insert(kind, key, at_s, document):
                return True
        raise StorageError(f"table {self._name}: a record is changed by others all the time", hint="try again later")

    def scan(self, kind: str, *, is_newest_first: bool = False) -> Iterator[Record]:
        """Yield the records of a kind, oldest first unless asked otherwise."""
        found = map(_record, self._table.query(_BY_KIND, ("kind", kind), is_descending=is_newest_first))
        for _, together in groupby(found, key=lambda record: record.at_s):  # an index has no order within a moment
            yield from sorted(together, key=lambda record: record.key, reverse=is_newest_first)

    def delete(self, kind: str, key: str) -> bool:
        """Remove a record; return whether there was one."""
        check_changeable(kind)
        return self._table.delete(f"{kind}#{key}")


def _item(kind: str, key: str, at_s: float, document: Document) -> Item:
    return encode_all({"id": f"{kind}#{key}", "kind": kind, "key": key, "at_s": at_s, "document": as_json(document)})


def _changed(item: Item, new: Callable[[Document | None], Document | None]) -> Item | None:
    document = new(json.loads(text(item, "document")))
    return None if document is None else {**item, **encode_all({"document": as_json(document)})}


def _record(item: Item) -> Record:
    return Record(text(item, "key"), float(number(item, "at_s")), json.loads(text(item, "document")))
