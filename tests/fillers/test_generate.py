"""Fillers are made once, in the voice of the answers."""

import numpy as np
import pytest

from voicebot.audio.clip import Clip
from voicebot.audio.wav import check_connect_prompt
from voicebot.client import Voicebot
from voicebot.errors import EngineError, InputError
from voicebot.fillers.catalogue import FillerText
from voicebot.fillers.generate import FillerMaker, chosen
from voicebot.fillers.shelf import FillerShelf

pytestmark = pytest.mark.unit

TEXTS = [
    FillerText("thinking", "short", 0, "네."),
    FillerText("thinking", "short", 1, "음, 네."),
    FillerText("price", "short", 0, "네, 비용이요."),
]


class HummingVoice:
    """A `PromptVoice` that hums, and fails on one text."""

    engine = "scripted"

    def __init__(self, voice: str = "one", fails_on: str = "") -> None:
        self.voice = voice
        self.said: list[str] = []
        self._fails_on = fails_on

    def prompt(self, text: str) -> Clip:
        if text == self._fails_on:
            raise EngineError("is away", engine="scripted", retryable=True)
        self.said.append(text)
        return Clip((np.sin(np.arange(1600) * (0.1 + len(text) / 100)) * 8000).astype(np.int16), 8000)


def test_what_was_made_can_be_played_and_is_not_made_again(voicebot: Voicebot) -> None:
    first = FillerMaker(HummingVoice(), voicebot.blobs).run(TEXTS)
    voice = HummingVoice()
    second = FillerMaker(voice, voicebot.blobs).run(TEXTS)
    assert (first.made, first.kept, second.made, second.kept) == (3, 0, 0, 3)
    assert voice.said == []
    assert second.fillers == first.fillers == FillerShelf(voicebot.blobs).fillers
    with voicebot.blobs.open(first.fillers[0].key) as file:
        assert check_connect_prompt(file.read()) == []


def test_another_voice_a_lost_clip_or_a_wish_has_them_made_again(voicebot: Voicebot) -> None:
    made = FillerMaker(HummingVoice(), voicebot.blobs).run(TEXTS)
    voicebot.blobs.delete(made.fillers[2].key)
    assert FillerMaker(HummingVoice(), voicebot.blobs).run(TEXTS).made == 1
    assert FillerMaker(HummingVoice(), voicebot.blobs).run(TEXTS, is_fresh=True).made == 3
    assert FillerMaker(HummingVoice("two"), voicebot.blobs).run(TEXTS).made == 3


def test_a_run_that_broke_off_keeps_the_categories_that_were_whole(voicebot: Voicebot) -> None:
    with pytest.raises(EngineError):
        FillerMaker(HummingVoice(fails_on="네, 비용이요."), voicebot.blobs).run(TEXTS)
    voice = HummingVoice()
    FillerMaker(voice, voicebot.blobs).run(TEXTS)
    assert voice.said == ["네, 비용이요."]


def test_one_category_leaves_the_others(voicebot: Voicebot) -> None:
    FillerMaker(HummingVoice(), voicebot.blobs).run(TEXTS)
    FillerMaker(HummingVoice("two"), voicebot.blobs).run(chosen(TEXTS, ["price"]))
    voices = {filler.category: filler.voice for filler in FillerShelf(voicebot.blobs).fillers}
    assert voices == {"thinking": "one", "price": "two"}


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(InputError, match="none"):
        chosen(TEXTS, ["none"])
