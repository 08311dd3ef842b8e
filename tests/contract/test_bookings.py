"""The rules of `BookingRequests`, over every implementation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.database import Database
from voicebot.turns.protocol import BookingRequest, BookingRequests
from voicebot.turns.sqlite import SqliteBookings

pytestmark = pytest.mark.contract

FIRST = BookingRequest("contact-1", "booking_new|엔진오일 교환|강남점|2026-11-24|15:00", 1_800_000_000.5)
SECOND = BookingRequest("contact-2", "booking_cancel|||2026-11-25|", 1_800_000_100.0)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def bookings(
    request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str
) -> Iterator[BookingRequests]:
    if request.param != "sqlite":
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.turns.dynamodb import DynamoBookings, bookings_table

        service = aws(request.param, "dynamodb")
        setup_tables(service, [bookings_table(unique)])
        yield DynamoBookings(service, unique)
        return
    database = Database(tmp_path / "bookings.db")
    yield SqliteBookings(database)
    database.close()


def test_requests_come_back_oldest_first(bookings: BookingRequests) -> None:
    bookings.add(SECOND)
    bookings.add(FIRST)
    assert list(bookings.scan()) == [FIRST, SECOND]


def test_the_same_request_of_a_call_is_kept_once(bookings: BookingRequests) -> None:
    bookings.add(FIRST)
    bookings.add(FIRST)
    assert list(bookings.scan()) == [FIRST]
