"""The rules of `OptOutList`, over every implementation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.call.guard.optouts import OptOut, OptOutList, SqliteOptOuts
from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.errors import InputError

pytestmark = pytest.mark.contract

NUMBER = "+821000000000"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_000.0, timer=lambda: 0.0)


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def opt_outs(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock, aws: Callable[[str, str], Any], unique: str
) -> Iterator[OptOutList]:
    if request.param != "sqlite":
        service = aws(request.param, "dynamodb")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.call.guard.optouts_dynamodb import DynamoOptOuts, opt_outs_table

        setup_tables(service, [opt_outs_table(unique)])
        yield DynamoOptOuts(service, unique, clock)
        return
    database = Database(tmp_path / "opt_outs.db")
    yield SqliteOptOuts(database, clock)
    database.close()


def test_a_number_is_on_the_list_however_it_is_written(opt_outs: OptOutList) -> None:
    assert not opt_outs.has(NUMBER)
    assert opt_outs.add("010-0000-0000", "call", "contact-1")
    assert opt_outs.has(NUMBER)
    for written in ("010 0000 0000", "+82 010-0000-0000", "82-10-0000-0000", "+8201000000000", "821000000000"):
        assert opt_outs.has(written), written


def test_the_first_entry_of_a_number_stays(opt_outs: OptOutList, clock: VirtualClock) -> None:
    opt_outs.add(NUMBER, "call", "contact-1")
    clock.sleep(5)
    assert not opt_outs.add(NUMBER, "person")
    assert list(opt_outs.scan()) == [OptOut(NUMBER, "call", "contact-1", 1_000.0)]


def test_the_list_comes_oldest_first(opt_outs: OptOutList, clock: VirtualClock) -> None:
    for last in (3, 1, 2):
        opt_outs.add(f"+82100000000{last}", "import")
        clock.sleep(1)
    assert [entry.number[-1] for entry in opt_outs.scan()] == ["3", "1", "2"]
    assert [entry.contact_id for entry in opt_outs.scan()] == ["", "", ""]


def test_what_is_not_a_number_is_refused(opt_outs: OptOutList) -> None:
    with pytest.raises(InputError):
        opt_outs.add("사무실", "person")
