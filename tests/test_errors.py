"""Every error has an exit code and a recovery."""

from collections.abc import Iterator

import pytest

from lambdas.replies import RECOVERY, recovery_for
from voicebot import errors
from voicebot.cli.exits import EXITS, Exit, exit_for
from voicebot.errors import EngineError, VoicebotError

pytestmark = pytest.mark.unit


def tree(kind: type[VoicebotError] = VoicebotError) -> Iterator[type[VoicebotError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


OWN = [kind for kind in tree() if kind.__module__ == "voicebot.errors"]


@pytest.mark.parametrize("kind", OWN)
def test_each_error_of_the_tree_is_in_both_tables(kind: type[VoicebotError]) -> None:
    assert kind in EXITS
    assert kind in RECOVERY


@pytest.mark.parametrize("kind", OWN)
def test_each_error_is_drawn_in_the_modules_docstring(kind: type[VoicebotError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_an_engines_word_on_retrying_decides_its_exit_code() -> None:
    assert exit_for(EngineError("busy", engine="e", retryable=True)) is Exit.UNAVAILABLE
    assert exit_for(EngineError("no", engine="e", retryable=False)) is Exit.REFUSED


def test_an_error_of_an_adapters_own_falls_back_on_its_ancestor() -> None:
    class Own(errors.ConfigError):
        pass

    assert exit_for(Own("x")) is Exit.CONFIGURATION
    assert recovery_for(Own("x")) == "raise"
