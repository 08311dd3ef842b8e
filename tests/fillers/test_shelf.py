"""Which filler covers which wait."""

import itertools
import json

import pytest

from voicebot.client import Voicebot
from voicebot.fillers.catalogue import load_catalogue
from voicebot.fillers.shelf import MANIFEST_KEY, Filler, FillerShelf, Wait
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit

LASTS_S = {"short": 0.7, "medium": 1.5, "long": 3.0}


@pytest.fixture
def shelf(voicebot: Voicebot) -> FillerShelf:
    return stocked(voicebot)


def stocked(voicebot: Voicebot, *categories: str) -> FillerShelf:
    """Return a shelf with a filler for each text of the catalogue, or of some categories."""
    shelf = FillerShelf(voicebot.blobs)
    texts = load_catalogue(DATA_DIR / "fillers.yaml")
    for category in categories or dict.fromkeys(text.category for text in texts):
        shelf.put(
            category,
            [
                Filler(text.category, text.length, text.variant, text.text, f"clips/{n}.wav", LASTS_S[text.length])
                for n, text in enumerate(texts)
                if text.category == category
            ],
        )
    return FillerShelf(voicebot.blobs)


@pytest.mark.parametrize(
    ("expected_s", "length"), [(0.0, "short"), (0.9, "short"), (1.4, "medium"), (2.6, "long"), (20.0, "long")]
)
def test_the_length_is_about_that_of_the_wait(shelf: FillerShelf, expected_s: float, length: str) -> None:
    filler = shelf.pick(Wait("price_quote", expected_s))
    assert filler is not None
    assert (filler.category, filler.length) == ("price", length)


def test_later_fillers_of_a_turn_say_that_it_takes_long(shelf: FillerShelf) -> None:
    filler = shelf.pick(Wait("price_quote", 1.5, heard=1, heard_in_turn=1))
    assert filler is not None
    assert filler.category == "long_wait"


def test_a_category_that_was_not_made_gives_way_to_one_that_was(voicebot: Voicebot) -> None:
    shelf = stocked(voicebot, "thinking")
    picked = [shelf.pick(Wait("price_quote", 1.5, heard=n, heard_in_turn=n)) for n in range(3)]
    assert [filler.category if filler else "" for filler in picked] == ["thinking"] * 3
    assert len({filler.text for filler in picked if filler}) == 3


def test_an_empty_shelf_has_none(voicebot: Voicebot) -> None:
    assert FillerShelf(voicebot.blobs).pick(Wait("", 1.5)) is None


def test_no_caller_hears_the_same_filler_twice_in_a_row(shelf: FillerShelf) -> None:
    turns = (("price_quote", 1), ("price_quote", 3), ("", 1), ("booking_new", 2), ("booking_new", 1), ("complaint", 4))
    for call in range(50):
        heard: list[str] = []
        for intent, waits in turns * 2:
            for n in range(waits):
                filler = shelf.pick(Wait(intent, (call + n) % 4, f"call-{call}", len(heard), n))
                assert filler is not None
                heard.append(filler.text)
        assert all(one != other for one, other in itertools.pairwise(heard))


def test_callers_start_at_different_variants(shelf: FillerShelf) -> None:
    first = {shelf.pick(Wait("", 1.5, f"call-{call}")) for call in range(40)}
    assert len(first) == 4


def test_a_list_of_an_older_version_is_read(voicebot: Voicebot) -> None:
    row = {"category": "thinking", "length": "short", "variant": 0, "text": "네.", "key": "k", "duration_s": 0.5}
    voicebot.blobs.put(MANIFEST_KEY, json.dumps([row]).encode(), "application/json")
    assert FillerShelf(voicebot.blobs).fillers[0].engine == ""
