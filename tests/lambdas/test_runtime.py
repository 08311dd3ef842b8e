"""What a warm container keeps, and what it does before its first event."""

import gc
import os
from collections.abc import Iterator

import pytest

from lambdas.runtime import client, warm
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, StorageError

pytestmark = pytest.mark.unit


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
    yield
    gc.unfreeze()
    client.cache_clear()


def test_outside_of_lambda_nothing_is_loaded_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    warm(lambda voicebot: pytest.fail("loaded"), lambda voicebot: None)
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("in_lambda")
def test_garbage_is_not_looked_for_while_a_function_loads_and_is_afterwards() -> None:
    seen: list[bool] = []
    warm(lambda voicebot: seen.append(gc.isenabled()), lambda voicebot: None)
    assert (seen, gc.isenabled()) == ([False], True)
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("in_lambda")
@pytest.mark.parametrize(("error", "is_fatal"), [(StorageError("out of reach"), False), (ConfigError("wrong"), True)])
def test_what_is_out_of_reach_is_tried_again_and_a_wrong_set_up_does_not_start(
    error: StorageError | ConfigError, is_fatal: bool
) -> None:
    def fail(voicebot: Voicebot) -> None:
        raise error

    if is_fatal:
        with pytest.raises(ConfigError):
            warm(fail, lambda voicebot: None)
    else:
        warm(fail, lambda voicebot: None)
    assert gc.isenabled()


@pytest.mark.usefixtures("in_lambda")
@pytest.mark.parametrize(("given", "kept"), [("", "1"), ("2", "2")])
def test_numpy_starts_no_threads_in_a_function_unless_told_to(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
    if not given:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    client.cache_clear()
    client()
    assert os.environ["OPENBLAS_NUM_THREADS"] == kept
