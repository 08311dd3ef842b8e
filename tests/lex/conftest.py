"""An account at Lex, and a server that archives are put to and fetched from."""

from collections.abc import Iterator

import pytest

from tests.fakes.lex import Account, Bucket, bucket


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()
    yield account
    account.close()


@pytest.fixture
def server() -> Iterator[Bucket]:
    with bucket() as server:
        yield server
