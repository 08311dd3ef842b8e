"""Inbox items by their short names."""

import pytest

from tests.fakes.answers import MISS
from voicebot.cache.naming import item_named, put_named, retry_dead
from voicebot.cache.protocol import Miss, short_name
from voicebot.client import Voicebot
from voicebot.errors import InputError, NotFoundError

pytestmark = pytest.mark.unit


def test_an_item_is_found_by_the_beginning_of_its_name(voicebot: Voicebot) -> None:
    voicebot.inbox.record(MISS)
    voicebot.inbox.record(Miss("세차되나요", "세차 되나요"))
    assert item_named(voicebot.inbox, short_name(MISS.key)[:6]).id == MISS.key
    with pytest.raises(NotFoundError):
        item_named(voicebot.inbox, "zzz")
    with pytest.raises(InputError, match="2 items"):
        item_named(voicebot.inbox, "")


def test_a_held_item_is_left_alone(voicebot: Voicebot) -> None:
    voicebot.inbox.record(MISS)
    voicebot.inbox.claim(1, 60, "a")
    for is_dry_run in (False, True):
        with pytest.raises(InputError, match="worked on"):
            put_named(voicebot.inbox, short_name(MISS.key), "rejected", is_dry_run)


def test_a_dry_run_changes_nothing(voicebot: Voicebot) -> None:
    voicebot.inbox.record(MISS)
    put_named(voicebot.inbox, short_name(MISS.key), "rejected", is_dry_run=True)
    assert voicebot.inbox.counts()["pending"] == 1
    put_named(voicebot.inbox, short_name(MISS.key), "rejected")
    assert voicebot.inbox.counts()["rejected"] == 1


def test_what_was_given_up_has_all_its_attempts_again(voicebot: Voicebot) -> None:
    voicebot.inbox.record(MISS)
    voicebot.inbox.set_state(MISS.key, "dead")
    assert retry_dead(voicebot.inbox, is_dry_run=True) == 1
    assert voicebot.inbox.counts()["dead"] == 1
    assert retry_dead(voicebot.inbox) == 1
    assert [item.attempts for item in voicebot.inbox.claim(1, 60, "a")] == [1]
