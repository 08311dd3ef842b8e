"""Answers of AWS that come a page at a time."""

from typing import Any

import pytest

from voicebot.aws.pages import entries, pages

pytestmark = pytest.mark.unit


class Told:
    """An operation with three pages, which notes what it is asked."""

    def __init__(self, told: str) -> None:
        self._told = told
        self.asked: list[dict[str, Any]] = []

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        page = len(self.asked)
        return {"Rows": [page], **({self._told: f"after {page}"} if page < 3 else {})}


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ("NextToken", "NextToken"),
        ("nextToken", "nextToken"),
        ("Marker", "Marker"),
        ("NextContinuationToken", "ContinuationToken"),
        ("LastEvaluatedKey", "ExclusiveStartKey"),
    ],
)
def test_each_page_is_asked_for_by_what_the_one_before_told(told: str, asks: str) -> None:
    call = Told(told)
    assert list(entries(call, "list_things", "Rows", Size=1)) == [1, 2, 3]
    assert call.asked == [{"Size": 1}, {"Size": 1, asks: "after 1"}, {"Size": 1, asks: "after 2"}]


def test_a_page_that_nobody_wants_is_not_asked_for() -> None:
    call = Told("NextToken")
    next(pages(call, "list_things"))
    assert len(call.asked) == 1


def test_a_reply_without_the_key_has_no_entries() -> None:
    assert list(entries(lambda operation: {}, "list_things", "Rows")) == []
