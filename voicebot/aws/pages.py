"""Answers of AWS that come a page at a time."""

from collections.abc import Callable, Iterator
from typing import Any

Call = Callable[..., dict[str, Any]]
"""`AwsService.call`, or what stands before it: from an operation and its parameters to the reply."""

_NEXT = {
    "NextToken": "NextToken",
    "nextToken": "nextToken",
    "Marker": "Marker",
    "NextContinuationToken": "ContinuationToken",
    "LastEvaluatedKey": "ExclusiveStartKey",
}
"""What a reply that is not the last calls its end, and what the next request calls it."""


def pages(call: Call, operation: str, /, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Yield the replies to an operation, asking for each when it is wanted."""
    more: dict[str, Any] = {}
    while True:
        page = call(operation, **parameters, **more)
        yield page
        more = {asked: page[told] for told, asked in _NEXT.items() if page.get(told)}
        if not more:
            return


def entries(call: Call, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
    """Yield what stands under `key` in the replies to an operation."""
    for page in pages(call, operation, **parameters):
        yield from page.get(key, ())
