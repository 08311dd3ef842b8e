"""What a warm container keeps: one client, built from the package's settings and the environment on the first event."""

import gc
import importlib.util
import logging
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from voicebot.client import Voicebot
from voicebot.errors import ConfigError, VoicebotError
from voicebot.settings.snapshot import load_snapshot

_log = logging.getLogger(__name__)


@cache
def client() -> Voicebot:
    """Return the container's client.

    numpy, imported later, starts no threads in the container: one line is worked on at a time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settings = load_snapshot(Path(__file__).parent.parent, os.environ)
    logging.getLogger().setLevel(settings.log_level)
    return Voicebot(settings)


def warm(prepare: Callable[[Voicebot], object], refresh: Callable[[Voicebot], object]) -> None:
    """In a Lambda environment, do now what the first caller would otherwise wait for.

    Args:
        prepare: Loads what a turn needs.
        refresh: Loads again what has grown old when an environment is restored from a snapshot of SnapStart.

    Raises:
        ConfigError: The function is set up wrongly: it must not start.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    """
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ:
        return
    with kept():
        _try(prepare)
    if importlib.util.find_spec("snapshot_restore_py"):
        from snapshot_restore_py import register_after_restore

        register_after_restore(random.seed)
        register_after_restore(lambda: _try(refresh))


@contextmanager
def kept() -> Iterator[None]:
    """What is loaded meanwhile stays: to look for garbage in it takes an eighth of the start, and later 15 ms now and then."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _try(work: Callable[[Voicebot], object]) -> None:
    """Do `work` ahead of time; what is out of reach now is tried again by the turn that needs it."""
    try:
        work(client())
    except ConfigError:
        raise
    except VoicebotError as exc:
        _log.warning("could not be loaded ahead of time: %s", exc.message)
