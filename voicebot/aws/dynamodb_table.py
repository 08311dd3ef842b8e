"""One DynamoDB table: reads, pages, and writes that happen once however often they are sent.

Every write leaves a token of its own in the item (``write``). When the answer to a write is lost and its repeat meets
the item it has itself changed, the token tells that from somebody else's change.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from zlib import crc32

from voicebot.aws.dynamodb_items import Item, encode, encode_all, text
from voicebot.aws.pages import pages
from voicebot.aws.refusals import ConditionError
from voicebot.aws.session import FIRST_PAUSE_S, LONGEST_PAUSE_S, AwsService
from voicebot.errors import ConfigError, StorageError

MOST_KEYS_PER_READ = 100
"""BatchGetItem's limit."""

MOST_CONFLICTS = 100
"""How often `change` starts again when others change the same item."""

_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_NAME = re.compile(r"#(\w+)")


class DynamoTable:
    """A table with a partition key and no sort key.

    In expressions ``#name`` is the attribute ``name``, unless `names` says otherwise.

    Args:
        service: DynamoDB.
        name: The table's.
        key: The partition key's attribute.
    """

    def __init__(self, service: AwsService, name: str, key: str) -> None:
        self._service = service
        self._name = checked_table(name)
        self._key = key

    def get(self, key: str) -> Item | None:
        """Return one item, as the last finished write left it."""
        if not key:  # DynamoDB has no empty keys, and refuses a question for one
            return None
        reply = self._service.call("get_item", TableName=self._name, Key=self._at(key), ConsistentRead=True)
        return reply.get("Item")

    def get_many(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist, by key, with one request per hundred."""
        found: dict[str, Item] = {}
        left = iter(dict.fromkeys(keys))
        while part := list(islice(left, MOST_KEYS_PER_READ)):
            for item in self._batch([self._at(key) for key in part]):
                found[text(item, self._key)] = item
        return found

    def _batch(self, keys: list[Item]) -> Iterator[Item]:
        attempt = 0
        deadline_s = self._service.clock.now() + self._service.budget_s
        while keys:
            request = {self._name: {"Keys": keys, "ConsistentRead": True}}
            reply = self._service.call("batch_get_item", RequestItems=request)
            yield from reply["Responses"].get(self._name, [])
            left = reply.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if len(left) < len(keys):
                attempt, deadline_s = 0, self._service.clock.now() + self._service.budget_s
            elif self._service.clock.now() > deadline_s:
                raise StorageError(f"table {self._name}: too many requests", hint="try again later")
            keys = left
            if keys:
                self._service.clock.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt))
                attempt += 1

    def insert(self, item: Item) -> bool:
        """Store an item whose key is not taken; return False and change nothing when it is."""
        token = uuid.uuid4().hex
        try:
            self._put({**item, "write": encode(token)}, f"attribute_not_exists(#{self._key})", {})
        except ConditionError as exc:
            return exc.is_repeat and self._is_last_write(text(item, self._key), token)
        return True

    def update(
        self,
        key: str,
        assignments: Sequence[str],
        values: Mapping[str, object],
        *,
        encoded: Item | None = None,
        remove: Sequence[str] = (),
        condition: str = "",
        names: Mapping[str, str] | None = None,
    ) -> Item:
        """Change an item, made if it is missing and the condition allows it, and return it as it is afterwards.

        Args:
            key: The item's.
            assignments: What SET does.
            values: What the expressions' ``:name`` stand for, by name.
            encoded: More of them, as DynamoDB has them.
            remove: Attributes to take away.
            condition: What must hold for the stored item.
            names: Attributes whose names cannot stand in an expression, by placeholder.

        Raises:
            ConditionError: The condition does not hold.
        """
        token = uuid.uuid4().hex
        first = "(attribute_not_exists(#write) OR #write <> :write)"
        change = "SET " + ", ".join([*assignments, "#write = :write"])
        if remove:
            change += " REMOVE " + ", ".join(f"#{name}" for name in remove)
        whole_condition = f"{first} AND ({condition})" if condition else first
        try:
            reply = self._service.call(
                "update_item",
                TableName=self._name,
                Key=self._at(key),
                UpdateExpression=change,
                ConditionExpression=whole_condition,
                ExpressionAttributeNames=_names(change + whole_condition, names),
                ExpressionAttributeValues=_values({**values, "write": token}, encoded),
                ReturnValues="ALL_NEW",
            )
        except ConditionError as exc:
            stored = self.get(key) if exc.is_repeat else None
            if stored is None or text(stored, "write") != token:
                raise
            return stored
        item: Item = reply["Attributes"]
        return item

    def change(self, key: str, new: Callable[[Item], Item | None]) -> bool:
        """Replace an item by what `new` makes of it; start again whenever somebody else changes it meanwhile.

        Args:
            key: The item's.
            new: Returns the new item, or None to leave everything as it is.

        Returns:
            Whether there was an item and it was replaced.
        """
        for attempt in range(MOST_CONFLICTS):
            stored = self.get(key)
            item = new(stored) if stored is not None else None
            if stored is None or item is None:
                return False
            if self._replace(key, item, text(stored, "write")):
                return True
            self._service.clock.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * attempt) / 4)
        raise StorageError(f"table {self._name}: an item is changed by others all the time", hint="try again later")

    def _replace(self, key: str, item: Item, seen: str) -> bool:
        token = uuid.uuid4().hex
        condition = "#write = :seen" if seen else f"attribute_exists(#{self._key}) AND attribute_not_exists(#write)"
        try:
            self._put({**item, "write": encode(token)}, condition, {"seen": seen} if seen else {})
        except ConditionError as exc:
            return exc.is_repeat and self._is_last_write(key, token)
        return True

    def delete(self, key: str) -> bool:
        """Remove an item; return whether there was one."""
        reply = self._service.call("delete_item", TableName=self._name, Key=self._at(key), ReturnValues="ALL_OLD")
        return bool(reply.get("Attributes"))

    def query(
        self,
        index: str,
        partition: tuple[str, str],
        *,
        is_descending: bool = False,
        where: str = "",
        values: Mapping[str, object] | None = None,
        page_size: int = 500,
    ) -> Iterator[Item]:
        """Yield what an index holds in one partition, in the order of its sort key, reading a page at a time.

        Args:
            index: Its name.
            partition: The index's partition key and the wanted value.
            is_descending: From the largest sort key to the smallest.
            where: What must hold for an item, in terms of the attributes that the index holds.
            values: What the expression's ``:name`` stand for, by name.
            page_size: How many items to read at once.
        """
        parameters = self._partition(index, partition, where, values or {})
        yield from self._pages("query", **parameters, ScanIndexForward=not is_descending, Limit=page_size)

    def count(self, index: str, partition: tuple[str, str]) -> int:
        """Return how many items an index holds in one partition."""
        parameters = self._partition(index, partition, "", {})
        return sum(int(page["Count"]) for page in self._replies("query", **parameters, Select="COUNT"))

    def scan(
        self, attributes: Sequence[str], where: str = "", values: Mapping[str, object] | None = None
    ) -> Iterator[Item]:
        """Yield some attributes of every item, in no order, reading the whole table a page at a time."""
        projection = ", ".join(f"#{name}" for name in attributes)
        parameters: dict[str, Any] = {
            "ConsistentRead": True,
            "ProjectionExpression": projection,
            "ExpressionAttributeNames": _names(projection + where),
        }
        if where:
            parameters |= {"FilterExpression": where, "ExpressionAttributeValues": _values(values or {})}
        yield from self._pages("scan", **parameters)

    def whole(self, entries: Iterator[Item]) -> Iterator[Item]:
        """Yield the items behind an index's entries, in the same order; those that are gone meanwhile are left out."""
        while part := [text(entry, self._key) for entry in islice(entries, MOST_KEYS_PER_READ)]:
            items = self.get_many(part)
            yield from (items[key] for key in part if key in items)

    def _partition(
        self, index: str, partition: tuple[str, str], where: str, values: Mapping[str, object]
    ) -> dict[str, Any]:
        attribute, value = partition
        wanted = f"#{attribute} = :partition"
        parameters: dict[str, Any] = {
            "IndexName": index,
            "KeyConditionExpression": wanted,
            "ExpressionAttributeNames": _names(wanted + where),
            "ExpressionAttributeValues": _values({**values, "partition": value}),
        }
        return {**parameters, "FilterExpression": where} if where else parameters

    def _pages(self, operation: str, **parameters: Any) -> Iterator[Item]:
        for reply in self._replies(operation, **parameters):
            yield from reply.get("Items", [])

    def _replies(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        return pages(self._service.call, operation, TableName=self._name, **parameters)

    def _put(self, item: Item, condition: str, values: Mapping[str, object]) -> None:
        more: dict[str, Any] = {"ExpressionAttributeValues": _values(values)} if values else {}
        self._service.call(
            "put_item",
            TableName=self._name,
            Item=item,
            ConditionExpression=condition,
            ExpressionAttributeNames=_names(condition),
            **more,
        )

    def _is_last_write(self, key: str, token: str) -> bool:
        stored = self.get(key)
        return stored is not None and text(stored, "write") == token

    def _at(self, key: str) -> Item:
        return encode_all({self._key: key})


def checked_table(name: str) -> str:
    """Return a table's name.

    Raises:
        ConfigError: It is not one.
    """
    if not _TABLE_NAME.fullmatch(name):
        raise ConfigError(
            "the name of a DynamoDB table is not one", hint="3 to 255 letters, digits, dots, hyphens and underscores"
        )
    return name


def shard_of(key: str, shards: int) -> str:
    """Return the shard of a key."""
    return str(crc32(key.encode()) % shards)


def _names(expressions: str, names: Mapping[str, str] | None = None) -> dict[str, str]:
    return {f"#{name}": (names or {}).get(name, name) for name in _NAME.findall(expressions)}


def _values(values: Mapping[str, object], encoded: Item | None = None) -> Item:
    whole = {name: encode(value) for name, value in values.items()} | (encoded or {})
    return {f":{name}": value for name, value in whole.items()}
