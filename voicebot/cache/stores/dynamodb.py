"""Answers in DynamoDB.

The table has the utterance's cache key as its partition key, which spreads callers' utterances evenly. Its index has a
few shards as partitions, so that no index partition takes all the writes; reading in order merges the shards.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace

from voicebot.aws.dynamodb_items import (
    Item,
    decode,
    encode,
    encode_fields,
    number,
    table_key,
    text,
    whole_key,
    with_whole_key,
)
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec
from voicebot.aws.dynamodb_table import DynamoTable, shard_of
from voicebot.aws.refusals import ConditionError
from voicebot.aws.session import AwsService
from voicebot.cache.protocol import Answer
from voicebot.errors import ConflictError

SHARDS = 16

_BY_KEY = "by_key"


def answers_table(name: str) -> TableSpec:
    """Return what `DynamoAnswers` needs."""
    return TableSpec(name, "key", (IndexSpec(_BY_KEY, "shard", "key", "S"),))


class DynamoAnswers:
    """`AnswerStore` in a DynamoDB table.

    Reads of a key see every finished write. `scan` and `count` read the index, which follows the table within moments.

    Args:
        service: DynamoDB.
        table: The table's name.
    """

    def __init__(self, service: AwsService, table: str) -> None:
        self._table = DynamoTable(service, table, "key")

    def get(self, key: str) -> Answer | None:
        """Return the answer stored under `key`, in one read."""
        item = self._table.get(table_key(key))
        return _answer(item) if item else None

    def get_many(self, keys: Iterable[str]) -> dict[str, Answer]:
        """Return the answers that are stored under `keys`, by key, with one request per hundred."""
        items = self._table.get_many(table_key(key) for key in keys)
        return {answer.key: answer for answer in map(_answer, items.values())}

    def put(self, answer: Answer, expected_version: int | None = None) -> Answer:
        """Store `answer`; see `AnswerStore.put`."""
        key = table_key(answer.key)
        full = with_whole_key(encode_fields(answer, "key", "version"), answer.key)
        full["shard"] = encode(shard_of(key, SHARDS))
        empty = [name for name in Answer.__dataclass_fields__ if name not in {*full, "key", "version"}]
        values: dict[str, object] = {"zero": 0, "one": 1}
        condition = ""
        if expected_version == 0:
            condition = "attribute_not_exists(#version)"
        elif expected_version is not None:
            condition, values = "#version = :expected", {**values, "expected": expected_version}
        try:
            item = self._table.update(
                key,
                [f"#{name} = :{name}" for name in full] + ["#version = if_not_exists(#version, :zero) + :one"],
                values,
                encoded=full,
                remove=empty,
                condition=condition,
            )
        except ConditionError as exc:
            raise ConflictError(
                f"answer {answer.answer_id}: another version than {expected_version} is stored"
            ) from exc
        return replace(answer, version=int(number(item, "version")))

    def delete(self, key: str) -> bool:
        """Remove the answer under `key`; return whether there was one."""
        return self._table.delete(table_key(key))

    def scan(self, page_size: int = 500) -> Iterator[Answer]:
        """Yield every answer in the order of the keys."""
        shards = [self._table.query(_BY_KEY, ("shard", str(shard)), page_size=page_size) for shard in range(SHARDS)]
        merged = heapq.merge(*shards, key=lambda item: text(item, "key"))
        yield from map(_answer, self._table.whole(merged))

    def count(self) -> int:
        """Return how many answers are stored."""
        return sum(self._table.count(_BY_KEY, ("shard", str(shard))) for shard in range(SHARDS))


def _answer(item: Item) -> Answer:
    return decode(Answer, item, key=whole_key(item, "key"))
