"""The DynamoDB stores in tables of the test's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from voicebot.clock import VirtualClock

if TYPE_CHECKING:
    from voicebot.aws.session import AwsService
    from voicebot.cache.stores.dynamodb import DynamoAnswers
    from voicebot.cache.stores.dynamodb_inbox import DynamoInbox


@pytest.fixture
def server() -> str:
    """Whose DynamoDB it is; a module that wants several overrides this."""
    return "moto"


@pytest.fixture
def service(aws: Callable[[str, str], Any], server: str) -> "AwsService":
    """DynamoDB."""
    service: AwsService = aws(server, "dynamodb")
    return service


@pytest.fixture
def answers(service: "AwsService", unique: str) -> "DynamoAnswers":
    """An empty answer store."""
    from voicebot.aws.dynamodb_setup import setup_tables
    from voicebot.cache.stores.dynamodb import DynamoAnswers, answers_table

    setup_tables(service, [answers_table(unique)])
    return DynamoAnswers(service, unique)


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands still until it is told to go on."""
    return VirtualClock(1_000.0, timer=lambda: 0.0)


@pytest.fixture
def inbox(service: "AwsService", unique: str, clock: VirtualClock) -> "DynamoInbox":
    """An empty inbox whose items have three attempts."""
    from voicebot.aws.dynamodb_setup import setup_tables
    from voicebot.cache.stores.dynamodb_inbox import DynamoInbox, inbox_table

    setup_tables(service, [inbox_table(unique)])
    return DynamoInbox(service, unique, clock, max_attempts=3)
