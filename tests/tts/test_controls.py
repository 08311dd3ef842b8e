"""What a page offers is what the engines take."""

import pytest

from voicebot.tts.controls import CONTROLS
from voicebot.tts.engines import eleven, minimax
from voicebot.tts.registry import ENGINES

pytestmark = pytest.mark.unit


def test_every_engine_has_controls() -> None:
    assert list(CONTROLS) == list(ENGINES)


def test_what_an_engine_does_not_do_is_said() -> None:
    assert CONTROLS["local"].unheard("calm", 1.0, 0.5) == ["it has no styles", "it has no temperature"]
    assert CONTROLS["eleven"].unheard("calm", 2.0, None) == ["its speed goes from 0.7 to 1.2"]
    assert CONTROLS["fish"].unheard(None, 1.0, 0.5) == []


def test_the_styles_are_those_that_the_engines_know() -> None:
    assert set(CONTROLS["eleven"].styles) == set(eleven.STYLES)
    assert set(CONTROLS["minimax"].styles) == set(minimax.STYLES)
    assert CONTROLS["eleven"].speeds == eleven.SPEEDS
